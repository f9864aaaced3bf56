"""What a letter is made of, before it becomes text and HTML: both are written from the same parts and say the same.

All texts are plain: whoever writes HTML escapes them. Only `Said.html` is markup, sanitised where it came in. Each part
says itself as lines of plain text; how it looks as HTML is in `templates/letter.mjml`, under its `name`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

NO_MARKUP = Markup("")


def quoted(words: str) -> str:
    """Text as mail programs quote it."""
    return "\n".join(f"> {line}".rstrip() for line in words.split("\n"))


@dataclass(frozen=True)
class Heading:
    """What has happened, in a few words."""

    name: ClassVar[str] = "heading"
    text: str

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield self.text


@dataclass(frozen=True)
class Line:
    """A paragraph of ours."""

    name: ClassVar[str] = "line"
    text: str

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield self.text


@dataclass(frozen=True)
class Said:
    """Somebody's own words, as the letter's main part."""

    name: ClassVar[str] = "said"
    words: str
    html: Markup = NO_MARKUP
    """The same words dressed as HTML, where they were written so."""

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield self.words


@dataclass(frozen=True)
class Signature:
    """Who says so, and for whom."""

    name: ClassVar[str] = "signature"
    author: str
    company: str

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield from (self.author, self.company)


@dataclass(frozen=True)
class Quote:
    """Words that were said before."""

    name: ClassVar[str] = "quote"
    words: str
    caption: str = ""

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        if self.caption:
            yield from (self.caption, "")
        yield quoted(self.words)


@dataclass(frozen=True)
class Points:
    """A short list."""

    name: ClassVar[str] = "points"
    caption: str
    items: Sequence[str]

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield self.caption
        yield from (f"- {item}" for item in self.items)


@dataclass(frozen=True)
class Details:
    """What it is about, as pairs of label and value."""

    name: ClassVar[str] = "details"
    rows: Sequence[tuple[str, str]]

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield from (f"{label}: {value}" for label, value in self.rows)


@dataclass(frozen=True)
class Action:
    """The one thing to do next: a button."""

    name: ClassVar[str] = "action"
    text: str
    link: str

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield f"{self.text}: {self.link}"


@dataclass(frozen=True)
class Work:
    """A row of a work list. Without a link where the desk has no public address."""

    title: str
    link: str = ""
    note: str = ""
    when: str = ""


@dataclass(frozen=True)
class WorkList:
    """Tickets to look after, under a caption."""

    name: ClassVar[str] = "work_list"
    caption: str
    heads: tuple[str, str]
    rows: Sequence[Work]
    rest: str = ""
    """What is said of those that are not listed."""

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield self.caption
        for row in self.rows:
            yield ""
            yield f"- {row.title}" + (f" · {row.when}" if row.when else "")
            yield from (f"  {line}" for line in (row.note, row.link) if line)
        if self.rest:
            yield from ("", self.rest)


@dataclass(frozen=True)
class Item:
    """One of several things told together."""

    name: ClassVar[str] = "item"
    title: str
    notes: Sequence[str] = ()
    words: str = ""
    link: str = ""

    def lines(self) -> Iterator[str]:
        """The part as plain text."""
        yield f"* {self.title}"
        yield from self.notes
        if self.words:
            yield quoted(self.words)
        if self.link:
            yield self.link


Block = Heading | Line | Said | Signature | Quote | Points | Details | Action | WorkList | Item


@dataclass(frozen=True)
class Letter:
    """A letter in its reader's language."""

    subject: str
    preview: str
    """The line that mail programs show beside the subject."""
    blocks: Sequence[Block]
    why: str
    """Why the reader gets it, or how to answer: the last line."""

    def as_text(self, sender: str) -> str:
        """The text alternative, saying all the HTML says; `sender` stands below the signature mark."""
        parts = ["\n".join(block.lines()) for block in self.blocks]
        return "\n\n".join(part for part in parts if part) + f"\n\n-- \n{sender}\n{self.why}\n"
