"""Header fields: unfolding, RFC 2047 words, RFC 2231 parameters, Message-IDs, dates. Linear, and never an error."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from balcao.intake.domain.charsets import Hint, clean, decode
from balcao.shared.clock import to_milliseconds

MOST_VALUE_BYTES = 64 * 1024
_MOST_PARAMETER_BYTES = 8 * 1024
_MOST_IDS = 100

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?(?:([bB])\?([^?]*)|([qQ])\?(.{0,2000}?))\?=", re.DOTALL)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BREAK = re.compile(rb"[\r\n]+")
_SPACES = re.compile(r"[\s\x00-\x1f]+")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)("|\Z)|([^;]*))', re.DOTALL)
_BARE_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*([^;]*)', re.DOTALL)
_SEGMENT = re.compile(r"^([^*]+)(?:\*(\d{1,3}))?(\*)?$")
_ID = re.compile(r"<([^<>]{1,995})>")

Fields = list[tuple[str, bytes]]


def unfold(raw: bytes) -> bytes:
    """A field's value on one line; white space inside stays as it is (a boundary may depend on it)."""
    value = raw[:MOST_VALUE_BYTES].strip()
    return _BREAK.sub(b" ", _FOLD.sub(b"", value)) if b"\n" in value or b"\r" in value else value


def decode_words(raw: bytes, hint: Hint | None = None) -> str:
    """The text of an unstructured value: RFC 2047 words, and raw 8-bit text as it is found in the wild."""
    value = unfold(raw)
    if b"=?" not in value:
        return decode(value, hint=hint)
    pieces: list[str] = []
    run = b""
    run_charset = ""
    at = 0
    for match in _WORD.finditer(value):
        between = value[at : match.start()]
        charset = match[1].decode("latin-1").split("*", 1)[0].lower()
        content = _word_content(match)
        if between.strip() or charset != run_charset:
            pieces.append(decode(run, run_charset, hint) if run else "")
            # White space between two encoded words is no text (RFC 2047, 6.2).
            if between.strip() or at == 0:
                pieces.append(decode(between, hint=hint))
            run = b""
        # A character may be spread over neighbouring words, against the rules: join before decoding.
        run += content
        run_charset = charset
        at = match.end()
    pieces.append(decode(run, run_charset, hint) if run else "")
    pieces.append(decode(value[at:], hint=hint))
    return "".join(pieces).strip()


def _word_content(match: re.Match[bytes]) -> bytes:
    if match[2]:
        return decode_base64(match[3])
    try:
        return binascii.a2b_qp(match[5].replace(b" ", b"_"), header=True)
    except binascii.Error:
        return match[5]


def decode_base64(content: bytes) -> bytes:
    """Base64 as it comes: other characters skipped, missing padding forgiven, several pieces joined."""
    try:
        return base64.b64decode(content.translate(None, b"\r\n \t"), validate=True)
    except (binascii.Error, ValueError):
        pass
    # What follows the padding on the same line is rubbish; a new line may begin another piece.
    kept = b"\n".join(_to_padding(line) for line in content.split(b"\n"))
    pieces: list[bytes] = []
    for piece in re.sub(rb"[^A-Za-z0-9+/=]", b"", kept).split(b"="):
        whole = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
        pieces.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(pieces)


def _to_padding(line: bytes) -> bytes:
    before, padding, _ = line.rpartition(b"=")
    return before.rstrip(b"=") + padding if padding else line


def one_line(text: str) -> str:
    """Text without line breaks and control characters, runs of white space as one space."""
    return _SPACES.sub(" ", text).strip()


def parameters(raw: bytes, hint: Hint | None = None) -> tuple[str, dict[str, str]]:
    """A structured value such as Content-Type: its first word in lower case, and its parameters, decoded.

    Reads RFC 2231 continuations and charsets, and RFC 2047 words inside quotes, which are forbidden and common.
    """
    value = unfold(raw[:_MOST_PARAMETER_BYTES]).decode("latin-1")
    head, separator, rest = value.partition(";")
    word = head.strip().strip('"').lower()
    if not separator:
        return word, {}
    plain: dict[str, str] = {}
    parts: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, text in _pairs(";" + rest):
        segment = _SEGMENT.match(name) if "*" in name else None
        if segment is None:
            # A boundary is compared, not read: what looks like an encoded word in it is none.
            plain.setdefault(name, text if name == "boundary" else _parameter_text(text, hint))
        else:
            number = int(segment[2]) if segment[2] else 0
            parts.setdefault(segment[1], {}).setdefault(number, (bool(segment[3]), text.strip('"')))
    for name, numbered in parts.items():
        plain[name] = _joined(numbered, hint)
    return word, plain


def _pairs(rest: str) -> Iterator[tuple[str, str]]:
    """Names in lower case and values. A quote that is never closed is read as if it were none, once and for all."""
    at = 0
    for match in _PARAMETER.finditer(rest):
        at = match.start()
        if match[2] is None:
            yield match[1].lower(), match[4].strip().strip('"')
        elif match[3]:
            yield match[1].lower(), match[2].replace('\\"', '"').replace("\\\\", "\\")
        else:
            break
    else:
        return
    for match in _BARE_PARAMETER.finditer(rest, at):
        yield match[1].lower(), match[2].strip().strip('"')


def _parameter_text(text: str, hint: Hint | None) -> str:
    return decode_words(text.encode("latin-1"), hint)


def _joined(numbered: dict[int, tuple[bool, str]], hint: Hint | None) -> str:
    """RFC 2231: pieces in the order of their numbers, charset named by the first."""
    charset: str | None = None
    content = b""
    for place, number in enumerate(sorted(numbered)):
        encoded, text = numbered[number]
        if encoded and place == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        content += unquote_to_bytes(text.encode("latin-1")) if encoded else text.encode("latin-1")
    return decode_words(content, hint) if b"=?" in content else decode(content, charset or None, hint)


def message_ids(raw: bytes) -> tuple[str, ...]:
    """The Message-IDs in a value, with their angle brackets, each once, in their order."""
    text = clean(unfold(raw).decode("latin-1"))
    if "<" not in text:
        # Some programs leave the brackets out.
        return tuple(dict.fromkeys(f"<{word}>" for word in text.split() if "@" in word and ">" not in word))[:_MOST_IDS]
    found = ("".join(match[1].split()) for match in _ID.finditer(text))
    return tuple(dict.fromkeys(f"<{one}>" for one in found if one))[-_MOST_IDS:]


def date(raw: bytes) -> datetime | None:
    """The instant of a Date field; none when it makes no sense."""
    try:
        instant = parsedate_to_datetime(unfold(raw[:200]).decode("ascii", "replace"))
        return to_milliseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


class Headers:
    """The fields of one entity, looked up by lower-case name."""

    def __init__(self, fields: Fields, hint: Hint | None = None) -> None:
        self._all: dict[str, list[bytes]] = {}
        self.hint = hint
        for name, value in fields:
            self._all.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def first(self, name: str) -> bytes:
        """The first field of that name as it came; empty when there is none."""
        values = self._all.get(name)
        return values[0] if values else b""

    def every(self, name: str) -> list[bytes]:
        """All fields of that name as they came."""
        return self._all.get(name, [])

    def text(self, name: str) -> str:
        """The first field of that name that has any text, decoded, on one line."""
        for value in self._all.get(name, ()):
            if text := one_line(decode_words(value, self.hint)):
                return text
        return ""

    def word(self, name: str) -> str:
        """The first word of a structured field, in lower case (`auto-replied` of `auto-replied; owner=…`)."""
        return unfold(self.first(name)).decode("latin-1").split(";", 1)[0].strip().lower()
