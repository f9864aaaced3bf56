"""What an IMAP server says, as values (RFC 3501, 4 and 7). Pure; what no server may say is a `ProtocolError`."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\r\n\Z")
_TOKEN = re.compile(
    rb' *(?:(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*)"'
    rb'|(?P<atom>[^\s()"{\[]+(?:\[[^\]]*\](?:<\d+>)?)?|\[[^\]]*\])|(?P<literal>\{\d{1,12}\+?\})\r\n)',
    re.DOTALL,
)
_DEEPEST = 20

Value = bytes | None | list["Value"]
"""An atom, a quoted string or a literal; none is NIL; a list is what stood in parentheses."""


class ProtocolError(ConnectionError):
    """The server said what makes no sense; the connection is of no use any more."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response: its lines without their ends, and the literals between them."""

    lines: tuple[bytes, ...]
    literals: tuple[bytes, ...] = ()

    @property
    def is_continuation(self) -> bool:
        """Whether the server waits for more of a command, or idles."""
        return self.lines[0].startswith(b"+")

    @property
    def tag(self) -> bytes:
        """`*` for what nobody asked for, else the tag of the command that it ends."""
        return self.lines[0].partition(b" ")[0]

    def words(self, count: int) -> list[bytes]:
        """The first words after the tag, upper case; fewer when there are no more."""
        return self.lines[0].upper().split(b" ", count + 1)[1 : count + 1]

    @property
    def text(self) -> str:
        """What a status response says to people, without its code."""
        rest = self.lines[0].split(b" ", 2)[2:]
        return re.sub(rb"^\[[^\]]*\] ?", b"", rest[0]).decode("utf-8", "replace")[:200] if rest else ""

    def code(self, name: bytes) -> bytes | None:
        """The value of a response code: `[UIDVALIDITY 7]` has 7; empty for one without a value, none when not there."""
        found = re.match(rb"\S+ \S+ \[" + re.escape(name) + rb"(?: ([^\]]*))?\]", self.lines[0], re.IGNORECASE)
        return (found[1] or b"") if found else None

    def values(self) -> list[Value]:
        """Everything after the tag. Raises `ProtocolError`."""
        return list(_nested(_tokens(self), 0))


def literal_size(line: bytes) -> int | None:
    """How many bytes of literal follow a line; none when it ends the response."""
    found = _LITERAL.search(line)
    return int(found[1]) if found else None


def fetched(response: Response) -> dict[bytes, Value] | None:
    """The items of `* n FETCH (…)` by their upper-case names; none for any other response."""
    words = response.words(2)
    if response.tag != b"*" or words[1:] != [b"FETCH"] or not words[0].isdigit():
        return None
    values = response.values()
    items = values[2] if len(values) > 2 else None
    if not isinstance(items, list) or len(items) % 2:
        raise ProtocolError("FETCH without its items")
    names = items[::2]
    return {name.upper(): value for name, value in zip(names, items[1::2], strict=True) if isinstance(name, bytes)}


def found_numbers(responses: Sequence[Response]) -> list[int]:
    """The numbers of all `* SEARCH …`, ascending, each once."""
    numbers = {
        int(word)
        for one in responses
        if one.words(1) == [b"SEARCH"]
        for word in one.lines[0].split()[2:]
        if word.isdigit()
    }
    return sorted(numbers)


def number(value: Value) -> int | None:
    """A value as a number; none when it is none."""
    return int(value) if isinstance(value, bytes) and value.isdigit() else None


def quoted(text: str) -> bytes:
    """Text as a quoted string. Raises `ValueError` for what can't be one: line ends, NUL, more than ASCII."""
    raw = text.encode("ascii")
    if any(byte in b"\r\n\0" for byte in raw):
        raise ValueError("line ends and NUL can't be in it")
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def folder_name(name: str) -> bytes:
    """A folder's name as it is sent: quoted, in modified UTF-7 (RFC 3501, 5.1.3)."""
    encoded = re.sub(r"&|[^\x20-\x7e]+", lambda match: "&-" if match[0] == "&" else _shifted(match[0]), name)
    return quoted(encoded)


def _shifted(text: str) -> str:
    encoded = base64.b64encode(text.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
    return f"&{encoded.decode()}-"


def _tokens(response: Response) -> Iterator[tuple[str, bytes]]:
    literals = iter(response.literals)
    text = b"\r\n".join(response.lines)
    place = text.find(b" ")
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            if not text[place:].strip():
                return
            raise ProtocolError("a response that can't be read")
        place = found.end()
        if found.lastgroup == "literal":
            content = next(literals, None)
            if content is None:
                raise ProtocolError("a literal that did not come")
            yield "literal", content
        else:
            yield found.lastgroup, found[found.lastgroup]


def _nested(tokens: Iterator[tuple[str, bytes]], depth: int) -> Iterator[Value]:
    if depth > _DEEPEST:
        raise ProtocolError("nested too deep")
    for kind, content in tokens:
        if kind == "open":
            yield list(_nested(tokens, depth + 1))
        elif kind == "close":
            return
        elif kind == "atom":
            yield None if content.upper() == b"NIL" else content
        elif kind == "quoted":
            yield re.sub(rb"\\(.)", rb"\1", content, flags=re.DOTALL)
        else:
            yield content
