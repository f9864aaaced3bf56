"""Plain text from HTML, for mails that bring no text of their own. Linear in its length, and never an error.

A reader that lays tables out (inscriptis) took eight seconds for a mail of 350 KB; this one reads on from tag to tag.
"""

import html
import re

MOST_CHARACTERS = 500_000
"""Of one mail's HTML; a microsecond each at worst."""
_FAR = 1000
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:_-]{0,40}")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_MANY_BREAKS = re.compile(r"\n{3,}")
_QUOTED = re.compile(r"gmail_quote|\bcite\b", re.IGNORECASE)
_WITHOUT_WORDS = frozenset({"style", "script", "title", "template"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "hr"})
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd div dt fieldset figcaption figure footer form header html"
    " li main nav pre section tbody tfoot thead tr".split()
)
_CELLS = frozenset({"td", "th"})
_MOST_QUOTING = 10


def html_to_text(source: str) -> str:
    """The words of an HTML document in reading order, block by block; what it quotes is marked as mails mark it."""
    reader = _Reader(source[:MOST_CHARACTERS])
    reader.read()
    return reader.text()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._lowered = source.lower()
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quoting: list[bool] = []
        self._depth = 0
        self._prefix = ""
        self._is_pre = False
        self._never: set[str] = set()

    def read(self) -> None:
        source, at = self._source, 0
        while (found := source.find("<", at)) >= 0:
            self._say(source[at:found])
            at = self._markup(found)
        self._say(source[at:])
        self._break()

    def text(self) -> str:
        whole = "\n".join(self._lines).replace("\xa0", " ")
        return _MANY_BREAKS.sub("\n\n", "\n".join(line.rstrip() for line in whole.split("\n"))).strip("\n")

    def _markup(self, at: int) -> int:
        """What begins with the `<` at this place; where the text goes on."""
        source = self._source
        if source.startswith("<!--", at):
            end = self._find("-->", at + 4)
            return end + 3 if end >= 0 else self._after(at)
        if source[at + 1 : at + 2] in {"!", "?"}:
            return self._after(at)
        match = _NAME.match(source, at + 1)
        if match is None:
            self._line.append("<")
            return at + 1
        name = match[0].lower()
        end = self._after(at)
        if name in _WITHOUT_WORDS and (closed := self._find(f"</{name}", end)) >= 0:
            return self._after(closed)
        self._tag(name, source[match.end() : min(end, match.end() + _FAR)])
        return end

    def _find(self, what: str, start: int) -> int:
        """Where it comes next; what did not come once is not looked for again, or hostile mails would take for ever."""
        if what in self._never:
            return -1
        found = self._lowered.find(what, start)
        if found < 0:
            self._never.add(what)
        return found

    def _after(self, at: int) -> int:
        """Behind the tag that begins here; a `>` inside a quoted value does not end it."""
        end = self._find(">", at)
        if end < 0:
            return len(self._source)
        if self._source.count('"', at, min(end, at + _FAR)) % 2:
            closed = self._source.find('"', end, end + _FAR)
            further = self._source.find(">", closed, closed + _FAR) if closed >= 0 else -1
            if further >= 0 and "<" not in self._source[end:closed]:
                end = further
        return end + 1

    def _tag(self, name: str, attributes: str) -> None:
        plain = name.lstrip("/")
        if plain == "br":
            if not self._line:
                self._lines.append(self._prefix.rstrip())
            self._break()
        elif plain in _CELLS:
            self._line.append(" ")
        elif plain in _PARAGRAPHS:
            self._break()
            self._lines.append(self._prefix.rstrip())
        elif plain in _BLOCKS:
            self._break()
            if name == "li":
                self._line.append("- ")
            elif plain == "pre":
                self._is_pre = name == "pre"
            elif plain == "blockquote":
                self._quote(name == plain, attributes)

    def _quote(self, opens: bool, attributes: str) -> None:
        if opens:
            self._quoting.append(_QUOTED.search(attributes) is not None)
            self._depth += self._quoting[-1]
        elif self._quoting:
            self._depth -= self._quoting.pop()
        self._prefix = "> " * min(self._depth, _MOST_QUOTING)

    def _say(self, text: str) -> None:
        if not text:
            return
        if self._is_pre:
            *before, last = html.unescape(text).split("\n")
            for line in before:
                self._line.append(line)
                self._break()
            self._line.append(last)
            return
        words = _SPACES.sub(" ", html.unescape(text) if "&" in text else text)
        if words != " " or self._line:
            self._line.append(words)

    def _break(self) -> None:
        line = "".join(self._line)
        self._line = []
        words = line if self._is_pre else _SPACES.sub(" ", line).strip(" ")
        if words.strip():
            self._lines.append(self._prefix + words)
