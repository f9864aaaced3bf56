"""The words of the history of tasks."""

from pathlib import Path
from zoneinfo import ZoneInfo

from balcao.shared.catalogues import locale_of, translations
from balcao.shared.language import Language

FOLDER = Path(__file__).parent / "locale"


def language(time_zone: str, *wanted: str | None) -> Language:
    """How to speak to a reader: in the first of the locales wanted that we have words for, else pt-BR."""
    locale = locale_of(*wanted)
    return Language(locale, ZoneInfo(time_zone), translations(FOLDER, "workflow", locale).gettext)
