"""Languages: which one somebody reads, and that both are complete."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import balcao.portal_api.language
from balcao.portal_api.language import choose, load_languages

PACKAGE = Path(balcao.portal_api.language.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


@pytest.mark.parametrize(
    ("chosen", "profile", "accept", "company", "expected"),
    [
        ("en", "pt-BR", "pt-BR", "pt-BR", "en"),
        (None, "en", "pt-BR", "pt-BR", "en"),
        (None, None, "de-DE, en-GB;q=0.9, pt;q=0.8", "pt-BR", "en"),
        (None, None, "de-DE, pt-PT;q=0.5, en;q=0.1", "en", "pt-BR"),
        (None, None, "de-DE", "en", "en"),
        (None, None, "*;q=x, ,;;", None, "pt-BR"),
        ("klingon", None, None, None, "pt-BR"),
    ],
    ids=["choice", "profile", "browser", "browser by rank", "company", "nonsense", "unknown choice"],
)
def test_the_nearest_wish_counts(
    chosen: str | None, profile: str | None, accept: str | None, company: str | None, expected: str
) -> None:
    assert choose(chosen, profile, accept, company) == expected


def test_everything_on_screen_has_its_portuguese_words() -> None:
    """A message without a translation would be English on a Brazilian desk; one nobody uses is dead weight."""
    used = {
        message[0] if isinstance(message, tuple) else message
        for _, _, message, _, _ in extract_from_dir(PACKAGE, METHODS, OPTIONS, keywords=KEYWORDS)
    }
    with (PACKAGE / "locale" / "pt_BR" / "LC_MESSAGES" / "portal.po").open("rb") as text:
        catalogue = read_po(text, locale="pt_BR")
    translated = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in catalogue
        if message.id and all(message.string if isinstance(message.string, tuple) else (message.string,))
    }

    assert len(used) > 200
    assert used - translated == set()
    assert translated - used == set()


def test_a_translation_has_the_same_gaps_to_fill_as_its_message() -> None:
    with (PACKAGE / "locale" / "pt_BR" / "LC_MESSAGES" / "portal.po").open("rb") as text:
        catalogue = read_po(text, locale="pt_BR")

    for message in catalogue:
        original, translated = _texts(message.id), _texts(message.string)
        if original:
            assert all(_gaps(one) == _gaps(original[-1]) for one in translated), original


def test_plurals_follow_the_language() -> None:
    portuguese, english = load_languages()["pt-BR"], load_languages()["en"]

    assert portuguese.ngettext("%(num)s task", "%(num)s tasks", 2) == "%(num)s tarefas"
    assert english.ngettext("%(num)s task", "%(num)s tasks", 1) == "%(num)s task"


def _gaps(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s", text))


def _texts(of: object) -> list[str]:
    return [str(one) for one in of] if isinstance(of, list | tuple) else [str(of)] if of else []
