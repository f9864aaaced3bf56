"""The words of the history in each language: gettext catalogues, read from their .po files. English is the source."""

from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from balcao.tickets.domain.language import Language

LOCALES = ("pt-BR", "en")
DEFAULT = "pt-BR"
DOMAIN = "tickets"
FOLDER = Path(__file__).parent / "locale"


def language(time_zone: str, *wanted: str | None) -> Language:
    """How to speak to a reader: in the first of the locales wanted that we have words for, else pt-BR."""
    locale = locale_of(*wanted)
    return Language(locale, ZoneInfo(time_zone), translations(locale).gettext)


def locale_of(*wanted: str | None) -> str:
    """The first of these that we have words for (`pt`, `pt_BR` and `en-US` will do), else pt-BR."""
    for one in wanted:
        spoken = (one or "").replace("_", "-").casefold().partition("-")[0]
        for locale in LOCALES:
            if spoken and locale.casefold().partition("-")[0] == spoken:
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
