"""A letter as the HTML that mail programs show: written in MJML, compiled once at start, then only filled in."""

from pathlib import Path

from jinja2 import Environment, StrictUndefined
from mjml import mjml2html

from balcao.notifier.letters.letter import Letter
from balcao.notifier.letters.look import Logo, Shades
from balcao.notifier.letters.words import paragraphs

_SOURCE = Path(__file__).parent / "templates" / "letter.mjml"


class Page:
    """The one page that all letters are written on."""

    def __init__(self) -> None:
        environment = Environment(autoescape=True, undefined=StrictUndefined)
        environment.filters["paragraphs"] = paragraphs
        # MJML leaves Jinja's marks alone, so what is slow (1 ms) happens once and not for each mail. Without `fonts` it
        # would have Roboto fetched from Google.
        self._template = environment.from_string(mjml2html(_SOURCE.read_text(encoding="utf-8"), fonts={}))

    def html_of(
        self, letter: Letter, *, lang: str, company: str, ticket: str, shades: Shades, logo: Logo | None
    ) -> str:
        """The HTML alternative. Everything but `Said.html` is escaped."""
        return self._template.render(letter=letter, lang=lang, company=company, ticket=ticket, look=shades, logo=logo)
