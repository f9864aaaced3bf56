"""The words in each language: gettext catalogues, read from their .po files at start. English is the source."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = ("pt-BR", "en")
DEFAULT = "pt-BR"
DOMAIN = "notifier"
FOLDER = Path(__file__).parent / "locales"


def locale_of(*wanted: str | None) -> str:
    """The first of these that we have words for (`pt`, `pt_BR` and `en-US` will do), else pt-BR."""
    for one in wanted:
        language = (one or "").replace("_", "-").casefold().partition("-")[0]
        for locale in LOCALES:
            if language and locale.casefold().partition("-")[0] == language:
                return locale
    return DEFAULT


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of one of `LOCALES`."""
    if locale == "en":
        return NullTranslations()
    path = FOLDER / locale.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, DOMAIN)
