"""The words in each language."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import balcao.notifier
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.domain.preferences import POSSIBLE
from balcao.notifier.letters import catalogues
from balcao.notifier.letters.titles import title_of
from balcao.shared.catalogues import locale_of

PACKAGE = Path(next(iter(balcao.notifier.__path__)))
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
OPTIONS = {"**/templates/**": {"trim_blocks": "true", "lstrip_blocks": "true"}}


def test_every_word_in_use_has_its_translation_and_no_other_has() -> None:
    used = {message for _, _, message, _, _ in extract_from_dir(PACKAGE, METHODS, OPTIONS)}
    with (catalogues.FOLDER / "pt_BR" / "LC_MESSAGES" / "notifier.po").open("rb") as file:
        catalogue = read_po(file, locale="pt_BR")
    translated = {message.id for message in catalogue if message.id and message.string and not message.fuzzy}
    assert len(used) > 20
    assert translated == used
    assert not list(catalogue.check())


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("en", "pt-BR"), "en"),
        ((None, "en"), "en"),
        (("pt_BR",), "pt-BR"),
        (("pt",), "pt-BR"),
        (("en-US",), "en"),
        (("de", "en"), "en"),
        (("de",), "pt-BR"),
        ((), "pt-BR"),
        (("",), "pt-BR"),
    ],
)
def test_the_first_language_that_we_have_is_taken(wanted: tuple[str | None, ...], found: str) -> None:
    assert locale_of(*wanted) == found


@pytest.mark.parametrize("kind", sorted(kind for kind, ways in POSSIBLE.items() if Channel.IN_APP in ways))
def test_every_notice_has_its_own_title_in_both_languages(kind: Kind) -> None:
    portuguese, english = (title_of(kind, "100% pronto", "Zoë", locale) for locale in ("pt-BR", "en"))
    assert portuguese != english
    assert portuguese.endswith("100% pronto")
    assert portuguese != "100% pronto"


def test_a_notice_without_an_actor_names_somebody() -> None:
    assert title_of(Kind.REQUESTER_REPLIED, "Banner", "", None) == "Alguém respondeu: Banner"
