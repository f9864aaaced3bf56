"""The words of mails and notices."""

from pathlib import Path

from babel.support import NullTranslations

from balcao.shared import catalogues

FOLDER = Path(__file__).parent / "locales"


def translations(locale: str) -> NullTranslations:
    """The words in one of the locales."""
    return catalogues.translations(FOLDER, "notifier", locale)
