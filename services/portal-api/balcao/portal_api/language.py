"""The languages of the pages: which one a person reads, and its words. Messages are written in English in the code."""

from dataclasses import dataclass
from pathlib import Path

from babel.support import NullTranslations

from balcao.shared.catalogues import locale_of, translations

LANGUAGES = {"pt-BR": "Português", "en": "English"}
"""By their own name."""
COOKIE = "balcao_language"
_FOLDER = Path(__file__).with_name("locale")


@dataclass(frozen=True)
class Language:
    """One language."""

    code: str
    translations: NullTranslations

    @property
    def locale(self) -> str:
        """The name Babel knows it by."""
        return self.code.replace("-", "_")

    def gettext(self, message: str) -> str:
        """The message in this language."""
        return self.translations.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The message for this count in this language."""
        return self.translations.ngettext(one, many, count)


def load_languages() -> dict[str, Language]:
    """All languages by code."""
    return {code: Language(code, translations(_FOLDER, "portal", code)) for code in LANGUAGES}


def choose(chosen: str | None, profile: str | None, accept: str | None, company: str | None) -> str:
    """The language for a person: what they chose, else their profile's, their browser's, their company's."""
    return locale_of(chosen, profile, *_accepted(accept or ""), company)


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, best first."""
    ranked: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag and tag != "*" and weight > 0:
            ranked.append((weight, tag))
    return [tag for _, tag in sorted(ranked, key=lambda one: -one[0])]
