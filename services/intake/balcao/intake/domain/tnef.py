"""What lies inside a winmail.dat (MS-OXTNEF): files, words, embedded messages. Bounded, and never an error.

Every length in it comes from strangers: nothing is read past the end, nothing is unpacked, and no loop runs longer than
the limits below. What is broken ends the reading; what was read until then is given, and marked as not whole.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from balcao.intake.domain.charsets import decode

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_FILES = 200
_MOST_ATTRIBUTES = 5000
_MOST_PROPERTIES = 20_000
_MOST_DEPTH = 4
_MOST_WORDS = 2 * 1024 * 1024

_CODE_PAGE = 0x9007
_BODY = 0x800C
_MESSAGE_PROPERTIES = 0x9003
_NEXT_FILE = 0x9002
_FILE_TITLE = 0x8010
_FILE_DATA = 0x800F
_FILE_PROPERTIES = 0x9005

_STRING8, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY = 0x1000
_NAMED_FROM = 0x8000

_PR_SUBJECT, _PR_BODY, _PR_HTML = 0x0037, 0x1000, 0x1013
_PR_DISPLAY_NAME, _PR_DATA, _PR_FILE_NAME, _PR_LONG_NAME = 0x3001, 0x3701, 0x3704, 0x3707
_PR_MIME_TAG, _PR_CONTENT_ID = 0x370E, 0x3712
_MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")


class _Broken(Exception):
    """A length or count that the bytes do not hold."""


@dataclass(frozen=True, slots=True)
class TnefFile:
    """One file in it; `name` as it was given, empty when it has none."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tnef:
    """What was found. `is_whole` is false when the data broke off or went past a limit."""

    files: tuple[TnefFile, ...]
    text: str
    html: str
    is_whole: bool
    subject: str = ""


@dataclass(slots=True)
class _Props:
    """The MAPI properties that matter, by their number; the first value of each."""

    texts: dict[int, str] = field(default_factory=dict)
    data: dict[int, bytes] = field(default_factory=dict)
    is_object: bool = False

    def name(self) -> str:
        return next((found for key in (_PR_LONG_NAME, _PR_FILE_NAME) if (found := self.texts.get(key))), "")


@dataclass(slots=True)
class _Open:
    """The file whose attributes are being read."""

    title: str = ""
    content: bytes = b""
    props: _Props = field(default_factory=_Props)


def read_tnef(content: bytes) -> Tnef | None:
    """The contents of a winmail.dat; none when it is not one."""
    return _Reader(0).read(content) if content.startswith(SIGNATURE) else None


class _Reader:
    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._charset = "cp1252"
        self._text = b""
        self._message = _Props()
        self._files: list[TnefFile] = []
        self._open: _Open | None = None
        self._is_whole = True

    def read(self, content: bytes) -> Tnef:
        try:
            for tag, data in _attributes(content):
                self._take(tag, data)
        except _Broken:
            self._is_whole = False
        self._close()
        words = self._message
        html = words.data.get(_PR_HTML, b"")[:_MOST_WORDS]
        return Tnef(
            files=tuple(self._files[:MOST_FILES]),
            text=(words.texts.get(_PR_BODY) or decode(self._text[:_MOST_WORDS], self._charset)).rstrip("\ufffd\0"),
            html=decode(html, self._charset) or words.texts.get(_PR_HTML, ""),
            is_whole=self._is_whole and len(self._files) <= MOST_FILES,
            subject=words.texts.get(_PR_SUBJECT, ""),
        )

    def _take(self, tag: int, data: bytes) -> None:
        if tag == _CODE_PAGE and len(data) >= 4:
            self._charset = f"cp{struct.unpack_from('<I', data)[0]}"
        elif tag == _BODY:
            self._text = data.rstrip(b"\0")
        elif tag == _MESSAGE_PROPERTIES:
            self._message = self._properties(data)
        elif tag == _NEXT_FILE:
            self._close()
            self._open = _Open()
        elif self._open is None:
            return
        elif tag == _FILE_TITLE:
            self._open.title = decode(data.rstrip(b"\0"), self._charset)
        elif tag == _FILE_DATA:
            self._open.content = data
        elif tag == _FILE_PROPERTIES:
            self._open.props = self._properties(data)

    def _properties(self, data: bytes) -> _Props:
        props = _Props()
        try:
            for key, kind, value in _properties(data):
                self._keep(props, key, kind, value)
        except _Broken:
            self._is_whole = False
        return props

    def _keep(self, props: _Props, key: int, kind: int, value: bytes) -> None:
        if kind == _UNICODE:
            props.texts.setdefault(key, value[:_MOST_WORDS].decode("utf-16-le", "replace").rstrip("\0"))
        elif kind == _STRING8:
            props.texts.setdefault(key, decode(value[:_MOST_WORDS].rstrip(b"\0"), self._charset))
        elif kind in {_BINARY, _OBJECT} and key in {_PR_DATA, _PR_HTML}:
            props.data.setdefault(key, value)
            props.is_object = props.is_object or (kind == _OBJECT and key == _PR_DATA)

    def _close(self) -> None:
        one, self._open = self._open, None
        if one is None or len(self._files) > MOST_FILES:
            return
        name = one.props.name() or one.title or one.props.texts.get(_PR_DISPLAY_NAME, "")
        content = one.props.data.get(_PR_DATA, b"") or one.content
        if one.props.is_object:
            interface, content = content[:16], content[16:]
            if interface == _MESSAGE_INTERFACE and content.startswith(SIGNATURE):
                self._embedded(name, content)
                return
        media_type = one.props.texts.get(_PR_MIME_TAG, "").strip().lower()
        content_id = one.props.texts.get(_PR_CONTENT_ID, "").strip("<> ")
        if name or content:
            self._files.append(TnefFile(name, media_type, content, content_id or None))

    def _embedded(self, name: str, content: bytes) -> None:
        """A message inside: its words as a text file, and its files beside it."""
        if self._depth + 1 >= _MOST_DEPTH:
            self._files.append(TnefFile(name or "winmail.dat", "application/ms-tnef", content))
            return
        inner = _Reader(self._depth + 1).read(content)
        title = inner.subject or name
        if inner.html and not inner.text:
            self._files.append(TnefFile(f"{title}.html", "text/html", inner.html.encode("utf-8", "replace")))
        else:
            self._files.append(TnefFile(f"{title}.txt", "text/plain", inner.text.encode("utf-8", "replace")))
        self._files.extend(inner.files)
        self._is_whole = self._is_whole and inner.is_whole


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes: level, tag, length, data, checksum (MS-OXTNEF, 2.1.3)."""
    at = 6
    for _ in range(_MOST_ATTRIBUTES):
        if at >= len(content) or content[at] not in (1, 2):
            return  # the end, or rubbish that a server appended
        if at + 9 > len(content):
            raise _Broken
        tag, _type, length = struct.unpack_from("<HHI", content, at + 1)
        data = content[at + 9 : at + 9 + length]
        yield tag, data
        if len(data) < length:
            raise _Broken
        at += 9 + length + 2
    raise _Broken


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, kind and first value of each MAPI property (MS-OXTNEF, 2.1.3.4)."""
    cursor = _Cursor(data)
    for place in range(cursor.count()):
        if place >= _MOST_PROPERTIES:
            raise _Broken
        kind, key = cursor.two_words()
        if key >= _NAMED_FROM:
            cursor.skip(16)
            if cursor.count() == 0:
                cursor.skip(4)
            else:
                cursor.skip_padded(cursor.count())
        is_many, kind = bool(kind & _MANY), kind & ~_MANY
        is_long = kind in {_STRING8, _UNICODE, _OBJECT, _BINARY}
        values = cursor.count() if is_many or is_long else 1
        if kind not in _SIZES and not is_long:
            raise _Broken
        for number in range(values):
            value = cursor.padded(cursor.count()) if is_long else cursor.padded(_SIZES[kind])
            if number == 0:
                yield key, kind, value


class _Cursor:
    """A place in some bytes that never goes past their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def count(self) -> int:
        """An unsigned number of 32 bits."""
        return int.from_bytes(self._taken(4), "little")

    def two_words(self) -> tuple[int, int]:
        """Two unsigned numbers of 16 bits."""
        first, second = struct.unpack("<HH", self._taken(4))
        return first, second

    def padded(self, size: int) -> bytes:
        """So many bytes; what fills them up to a multiple of four is passed over."""
        value = self._taken(size)
        self._at += -size % 4
        return value

    def skip(self, size: int) -> None:
        """Pass over so many bytes."""
        self._at += size

    def skip_padded(self, size: int) -> None:
        """Pass over so many bytes and what fills them up."""
        self._at += size + -size % 4

    def _taken(self, size: int) -> bytes:
        value = self._data[self._at : self._at + size]
        if len(value) < size:
            raise _Broken
        self._at += size
        return value
