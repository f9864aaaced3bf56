"""The words of pages, mails and histories in each language: gettext catalogues, read from .po files. English is the
source."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

DEFAULT = "pt-BR"
LOCALES = (DEFAULT, "en")
_SOURCE = "en"


def N_(text: str) -> str:  # noqa: N802 - the customary name, by which words are collected for translation
    """Mark words that are translated later, where the reader is known."""
    return text


def locale_of(*wanted: str | None) -> str:
    """The first of these that we have words for (`pt`, `pt_BR` and `en-US` will do), else pt-BR."""
    for one in wanted:
        spoken = (one or "").replace("_", "-").casefold().partition("-")[0]
        for locale in LOCALES:
            if spoken and locale.casefold().partition("-")[0] == spoken:
                return locale
    return DEFAULT


def catalogue_of(folder: Path, domain: str, locale: str) -> Path:
    """Where a domain's words in a language lie, below the folder of its languages."""
    return folder / locale.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po"


@cache
def translations(folder: Path, domain: str, locale: str) -> NullTranslations:
    """A domain's words in one of `LOCALES`, read once per process."""
    if locale == _SOURCE:
        return NullTranslations()
    with catalogue_of(folder, domain, locale).open("rb") as file:
        catalogue = read_po(file, locale=locale.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain)
