"""The languages of the pages: which one a person reads, and its words. Messages are written in English in the code."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

DEFAULT = "pt-BR"
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


def N_(message: str) -> str:  # noqa: N802 - the usual mark for messages that are translated later
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


def load_languages() -> dict[str, Language]:
    """All languages by code. Catalogues are read as text (.po), once per process."""
    return {code: Language(code, _translations(code)) for code in LANGUAGES}


def choose(chosen: str | None, profile: str | None, accept: str | None, company: str | None) -> str:
    """The language for a person: what they chose, else their profile's, their browser's, their company's."""
    wishes = [chosen, profile, *_accepted(accept or ""), company]
    return next((known for wish in wishes if wish and (known := _known(wish))), DEFAULT)


def _known(wish: str) -> str | None:
    main = wish.replace("_", "-").split("-")[0].lower()
    return next((code for code in LANGUAGES if code.split("-")[0].lower() == main), None)


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


def _translations(code: str) -> NullTranslations:
    path = _FOLDER / code.replace("-", "_") / "LC_MESSAGES" / "portal.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as text:
        catalogue = read_po(text, locale=code.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
