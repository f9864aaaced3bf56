"""A company's colour has to be seen on the white of its letters."""

import pytest
from pydantic import ValidationError

from balcao.tickets.configure import CompanyFile
from balcao.tickets.domain.company import Company, configure, set_up
from balcao.tickets.domain.conditions import ColourTooPale

COMPANY = Company(id="agencia", slug="agencia", name="Agência")


@pytest.mark.parametrize(
    ("colour", "nearest"), [("#ffd400", "#af9200"), ("#ffffff", "#949494"), ("#7fffd4", "#51a388")]
)
def test_a_pale_colour_is_refused_with_the_nearest_that_will_do(colour: str, nearest: str) -> None:
    with pytest.raises(ColourTooPale) as refused:
        configure(COMPANY, {"colour": colour})
    assert refused.value.details["nearest"] == nearest
    assert nearest in refused.value.message
    assert configure(COMPANY, {"colour": nearest}).after.colour == nearest
    with pytest.raises(ColourTooPale):
        set_up(COMPANY.model_copy(update={"colour": colour}))


def test_a_colour_that_is_there_can_be_taken_away() -> None:
    coloured = configure(COMPANY, {"colour": "#0f766e"}).after
    change = configure(coloured, {"colour": None})
    assert change.after.colour is None
    (fact,) = change.facts
    assert fact.company.colour is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("colour", ["teal", "#12345", "0f766e", "#0f766e;background:url(//x)"])
def test_a_company_file_takes_nothing_but_a_colour(colour: str) -> None:
    with pytest.raises(ValidationError):
        CompanyFile.model_validate({"slug": "agencia", "name": "A", "addresses": [], "colour": colour})
