"""Rich text from an editor: what of its HTML may stay, and the plain text it says. Everything else never gets in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from itertools import takewhile

import nh3

from balcao.shared.errors import Invalid
from balcao.shared.events import FileRef

MOST_HTML = 200_000
"""Characters of HTML as it comes in."""
MOST_TEXT = 100_000
"""Characters of the text in it."""

_TAGS = frozenset(
    "p br div b strong i em u s del ins sub sup h1 h2 h3 h4 blockquote pre code hr ul ol li a img "
    "table thead tbody tr th td".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_NUMBERS = frozenset({"width", "height", "start", "colspan", "rowspan"})
_CONTENT_ID = re.compile(r"cid:([A-Za-z0-9._@+-]{1,200})")
_IMAGE = re.compile(r'<img((?:\s+[a-z]+="[^"]*")*)\s*>')
_SOURCE = re.compile(r'\ssrc="cid:([^"]*)"')
_ALT = re.compile(r'\salt="([^"]*)"')
_MOST_LEFT_OUT = 20
_MOST_DEPTH = 100
_ELEMENT = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ENDED_BY_OTHERS = frozenset(
    "p li dt dd tr td th thead tbody tfoot option br img hr wbr input meta link col source".split()
)
"""All other elements nest until their end tag comes, and parsing deep ones takes time by the square of their depth."""


class TooLong(Invalid):
    """A text is longer than it may be."""


class UnknownImage(Invalid):
    """An image in the text is none of its files."""


@dataclass(frozen=True)
class RichText:
    """Words as they are kept, mailed and shown. `html` is empty where only plain text was written."""

    text: str
    html: str = ""
    images: tuple[str, ...] = ()
    """Content ids of the images in it, in order, each once."""
    left_out: tuple[str, ...] = ()
    """Sources of images that did not get in: only uploaded files do."""


def plain(text: str) -> RichText:
    """Words without any markup, as they are."""
    return RichText(text)


def clean(html: str, files: Sequence[FileRef] = (), *, unfinished: bool = False) -> RichText:
    """Sanitise HTML by an allow-list (see docs/decisions, rich text) and say it in plain text too.

    Images stay only as `cid:` of one of these files; others become their description, and are named in `left_out`.
    Raises `TooLong`, and `UnknownImage` for a `cid:` that none of the files has; in `unfinished` words it may still be
    on its way.
    """
    if len(html) > MOST_HTML:
        raise TooLong(f"at most {MOST_HTML} characters of HTML", most=MOST_HTML)
    if _depth(html) > _MOST_DEPTH:
        raise TooLong(f"at most {_MOST_DEPTH} elements inside one another", most_depth=_MOST_DEPTH)
    left_out: list[str] = []

    def keep(element: str, attribute: str, value: str) -> str | None:
        return _kept(element, attribute, value, left_out)

    kept = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        url_relative="deny",
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    kept = _IMAGE.sub(_described_without_source, kept)
    images = tuple(dict.fromkeys(found for tag in _IMAGE.findall(kept) for found in _SOURCE.findall(tag)))
    names: dict[str | None, str] = {file.content_id: file.name for file in files if file.content_id}
    unknown = [one for one in images if one not in names]
    if unknown and not unfinished:
        raise UnknownImage("an image in the text is none of its files; upload it first", images=unknown)
    text = to_text(kept, names)
    if len(text) > MOST_TEXT:
        raise TooLong(f"at most {MOST_TEXT} characters", most=MOST_TEXT)
    return RichText(text, kept.strip() if text else "", images, tuple(dict.fromkeys(left_out))[:_MOST_LEFT_OUT])


def with_images(files: Sequence[FileRef], images: Sequence[str]) -> tuple[FileRef, ...]:
    """The files, those that the text shows marked as inline and the others as attachments."""
    return tuple(file.model_copy(update={"inline": file.content_id in images}) for file in files)


def to_text(html: str, names: Mapping[str | None, str] | None = None) -> str:
    """What sanitised HTML says, as plain text: lists, quotes and links as people type them.

    `names` gives the files' names for images without a description.
    """
    reader = _Reader(names or {})
    reader.feed(html)
    reader.close()
    return reader.said()


def _depth(html: str) -> int:
    """How deep the elements stand inside one another, at the deepest place."""
    depth = deepest = 0
    for end, name in _ELEMENT.findall(html):
        if name.lower() in _ENDED_BY_OTHERS:
            continue
        depth = max(0, depth - 1) if end else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _kept(element: str, attribute: str, value: str, left_out: list[str]) -> str | None:
    """The attribute's value if it may stay."""
    value = value.strip()
    if element == "img" and attribute == "src":
        if _CONTENT_ID.fullmatch(value):
            return value
        left_out.append(value[:200] if not value.lower().startswith("data:") else value[:40])
        return None
    if attribute in _NUMBERS:
        return value if value.isascii() and value.isdigit() and len(value) <= 4 else None
    if attribute == "href" and value.lower().startswith(("cid:", "data:")):
        return None
    return value


def _described_without_source(image: re.Match[str]) -> str:
    """An image that lost its source becomes its description: its words must not be lost with it."""
    if _SOURCE.search(image[1]):
        return image[0]
    described = _ALT.search(image[1])
    words = unescape(described[1]).strip() if described else ""
    return escape(f"[{words}]", quote=False) if words else ""


_PARAGRAPHS = frozenset("p h1 h2 h3 h4 blockquote pre table".split())
_BLOCKS = _PARAGRAPHS | frozenset("div ul ol li tr hr".split())


class _Reader(HTMLParser):
    """Writes down what HTML says, line by line, each behind the marks of the quotes and lists it stands in."""

    def __init__(self, names: Mapping[str | None, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._names = names
        self._lines: list[str] = []
        self._line = ""
        self._wants_gap = False
        self._marks: list[str] = []
        self._last_marks: list[str] = []
        self._bullet = ""
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._in_pre = 0

    def said(self) -> str:
        """All of it."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what the tag begins."""
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._begin_block(tag, given)
        elif tag == "br":
            self._end_line(keep_empty=True)
        elif tag == "a":
            self._links.append((given.get("href", ""), len(self._line)))
        elif tag == "img":
            name = given.get("alt", "").strip() or self._names.get(given.get("src", "").removeprefix("cid:"), "")
            self._line += f"[{name}]" if name else ""
        elif tag in ("td", "th") and self._line.strip():
            self._line = self._line.rstrip() + " | "

    def handle_endtag(self, tag: str) -> None:
        """End what the tag ended."""
        if tag == "a" and self._links:
            self._end_link()
        elif tag in _BLOCKS:
            self._end_block(tag)

    def handle_data(self, data: str) -> None:
        """Words: white space is one space, but in preformatted text."""
        if self._in_pre:
            first, *others = data.split("\n")
            self._line += first
            for line in others:
                self._end_line(keep_empty=True)
                self._line = line
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._line += words.lstrip(" ") if not self._line or self._line.endswith(" ") else words

    def _begin_block(self, tag: str, given: Mapping[str, str]) -> None:
        self._end_line()
        if tag in _PARAGRAPHS or (tag in ("ul", "ol") and not self._lists):
            self._wants_gap = bool(self._lines)
        if tag in ("ul", "ol"):
            start = given.get("start", "")
            self._lists.append((int(start) if start.isdigit() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._bullet = self._next_bullet()
            self._marks.append(" " * len(self._bullet))
        elif tag == "blockquote":
            self._marks.append("> ")
        elif tag == "pre":
            self._in_pre += 1
        elif tag == "hr":
            self._line = "---"
            self._end_line()

    def _end_block(self, tag: str) -> None:
        self._end_line()
        if tag in _PARAGRAPHS or (tag in ("ul", "ol") and len(self._lists) == 1):
            self._wants_gap = True
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag in ("li", "blockquote") and self._marks:
            self._marks.pop()
            self._bullet = ""
        elif tag == "pre" and self._in_pre:
            self._in_pre -= 1

    def _next_bullet(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _end_link(self) -> None:
        address, begins = self._links.pop()
        words = self._line[begins:].strip()
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if bare and words.rstrip("/") != bare.rstrip("/"):
            self._line = self._line.rstrip() + (f" ({bare})" if words else bare)

    def _end_line(self, *, keep_empty: bool = False) -> None:
        line, self._line = self._line.rstrip(), ""
        self._links = [(address, 0) for address, _ in self._links]
        if not line and not keep_empty:
            return
        if self._wants_gap and self._lines:
            shared = takewhile(lambda pair: pair[0] == pair[1], zip(self._last_marks, self._marks, strict=False))
            self._lines.append("".join(mark for mark, _ in shared).rstrip())
        self._wants_gap = False
        self._last_marks = list(self._marks)
        marks = "".join(self._marks)
        if self._bullet:
            marks = marks[: len(marks) - len(self._bullet)] + self._bullet
            self._bullet = ""
        self._lines.append((marks + line).rstrip())
