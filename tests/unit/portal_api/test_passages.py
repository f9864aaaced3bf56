"""Taking out what stands in a private note."""

import pytest

from balcao.portal_api.domain.passages import without

PASSAGE = "a foto antiga porque a nova"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Usei a foto antiga, porque a NOVA veio torta.", "Usei veio torta."),
        ("Oi! A foto antiga porque a nova. Até já", "Oi! Até já"),
        ("A fóto antiga\nporque a nova", ""),
        ("A foto antiga, porque nova", "A foto antiga, porque nova"),
    ],
    ids=["in a sentence", "a sentence", "everything", "not the same words"],
)
def test_a_passage_is_found_as_the_warning_compares_it_and_leaves_a_clean_seam(text: str, left: str) -> None:
    """W7"""
    assert without(text, PASSAGE) == left


def test_of_html_the_markup_stays_and_is_no_word() -> None:
    """W7"""
    html = '<div>Usei <b>a foto</b> antiga porque <a href="https://a.test/antiga">a nova</a> hoje</div>'
    assert without(html, PASSAGE, is_html=True) == '<div>Usei <b></b><a href="https://a.test/antiga"></a> hoje</div>'
