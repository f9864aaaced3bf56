"""What the notifier writes in one company's name, as intake takes it in at another company of the same installation."""

import pytest

from balcao.intake.domain.address import Directory
from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.pipeline import Pipeline
from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters.compose import Composer
from balcao.shared.events import CompanyProfile
from tests.support.told_facts import AT, COMPANY
from tests.support.told_kinds import telling

SECRET = "a secret of thirty-two characters"
STUDIO = CompanyProfile(id="estudio", slug="estudio", name="Estúdio", addresses=("ola@estudio.test",))


@pytest.mark.parametrize("kind", Kind)
def test_only_what_a_person_wrote_is_a_persons_mail_at_the_other_company(kind: Kind) -> None:
    """Automatic mail is never answered, so two companies that write to each other make no circle."""
    letter = Composer(SECRET, "https://mesa.aurora.example").compose(telling(kind), COMPANY)
    delivery = Delivery(AT, ("ola@estudio.test",), letter.sender)

    (taken,) = Pipeline(Directory((COMPANY, STUDIO)), SECRET).take(letter.raw, delivery)

    expected = ("accepted", "from") if kind is Kind.REPLY else ("auto_replied", "auto_submitted")
    assert (taken.company_id, taken.outcome, taken.rule) == ("estudio", *expected), taken.reason
