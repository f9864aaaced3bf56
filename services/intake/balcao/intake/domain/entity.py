"""A raw mail as a MIME tree of byte ranges: linear in its size, nothing copied, broken structure read leniently.

The standard library's parser looks at every line and costs 3 ms for a 100 KB attachment; here attachments are
skipped by searching for the next boundary. Ranges also give back nested and signed parts exactly as they came.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from balcao.intake.domain.headers import Fields, decode_base64, parameters
from balcao.intake.domain.limits import LIMITS, LimitExceeded, Limits
from balcao.intake.domain.uuencode import decode_uu

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_UNDECLARED = re.compile(
    rb"^--([^\r\n]{0,199}[^\s])[ \t]*+\r?\n(?=content-[a-z-]{1,40}:)", re.IGNORECASE | re.MULTILINE
)
_BOUNDARY = re.compile(rb"boundary=\"?([^\"\r\n;]{1,200})", re.IGNORECASE)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BREAK = re.compile(rb"\r(?!\n)")
_Place = tuple[str, int, int]
"""A field's name in lower case, where its line begins, and where its value does."""


@dataclass(slots=True)
class Entity:
    """One node of the tree: its fields and where in the bytes its body lies."""

    source: bytes
    fields: Fields
    start: int
    end: int
    path: str
    media_type: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    children: "list[Entity]" = field(default_factory=list)

    def first(self, name: str) -> bytes:
        """The first field of that lower-case name as it came; empty when there is none."""
        return next((value for known, value in self.fields if known == name), b"")

    @property
    def encoding(self) -> str:
        """The transfer encoding, lower case."""
        raw = self.first("content-transfer-encoding")
        return raw.split(b";", 1)[0].strip(b" \t\r\n\"'.").decode("latin-1").lower() if raw else ""

    def body(self) -> bytes:
        """The body as it was sent."""
        return self.source[self.start : self.end]

    def content(self) -> bytes:
        """The body without its transfer encoding. What can't be decoded is given as it was sent."""
        encoding = self.encoding
        body = self.body()
        if encoding == "base64":
            return decode_base64(body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        if encoding in {"x-uuencode", "uuencode", "uue", "x-uue"}:
            return decode_uu(body)
        return body

    def content_size(self) -> int:
        """How many bytes `content` has; for well-formed base64 without decoding it."""
        if self.encoding != "base64":
            return len(self.content())
        others = self.source[self.start : self.end].translate(None, _BASE64)
        pads = others.count(b"=")
        characters = self.end - self.start - len(others) + pads
        if characters % 4 or pads > 2 or others.strip(b"\r\n") != b"=" * pads:
            return len(self.content())
        if pads and not self.source[self.start : self.end].rstrip(b"\r\n").endswith(b"=" * pads):
            return len(self.content())
        return characters // 4 * 3 - pads

    def walk(self) -> "Iterator[Entity]":
        """This entity and all below it, in their order."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(reversed(one.children))


def normalised(raw: bytes) -> bytes:
    """The mail as the parser wants it: without a byte order mark or blank lines before, with line feeds in it."""
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw[start : start + 1] in {b"\r", b"\n"}:
        start += 1
    mail = raw[start:] if start else raw
    return _BREAK.sub(b"\n", mail) if b"\n" not in mail else mail


def read_entity(source: bytes, limits: Limits = LIMITS) -> Entity:
    """The MIME tree of a mail. Raises `LimitExceeded`, and nothing else."""
    return _Reader(source, limits).read()


def read_fields(source: bytes, start: int, end: int, limits: Limits = LIMITS) -> tuple[Fields, int]:
    """The header fields in this range, and where what follows them starts. Raises `LimitExceeded`."""
    return _Reader(source, limits).fields(start, end)


class _Reader:
    def __init__(self, source: bytes, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._parts = 0
        self._field_count = 0
        self._tries = 0
        self._looked_at = 0

    def read(self) -> Entity:
        root = self._entity(0, len(self._source), "", "text/plain")
        waiting: list[tuple[Entity, int]] = [(root, 0)]
        while waiting:
            parent, depth = waiting.pop()
            if not parent.media_type.startswith("multipart/"):
                continue
            if depth >= self._limits.nesting:
                raise LimitExceeded("nesting", f"more than {self._limits.nesting} levels of parts")
            default = "message/rfc822" if parent.media_type == "multipart/digest" else "text/plain"
            if unopened := self._unopened(parent):
                parent.children.append(unopened)
            for number, (start, end) in enumerate(self._ranges(parent), start=1):
                path = f"{parent.path}.{number}" if parent.path else str(number)
                child = self._entity(start, end, path, default)
                parent.children.append(child)
                waiting.append((child, depth + 1))
        return root

    def _entity(self, start: int, end: int, path: str, default: str) -> Entity:
        self._parts += 1
        if self._parts > self._limits.parts:
            raise LimitExceeded("parts", f"more than {self._limits.parts} parts")
        fields, body = self.fields(start, end)
        entity = Entity(self._source, fields, body, end, path, default)
        if raw := entity.first("content-type"):
            media_type, entity.params = parameters(raw)
            if media_type.count("/") == 1 and " " not in media_type:
                entity.media_type = media_type
            elif "boundary" in entity.params:
                entity.media_type = "multipart/mixed"
        return entity

    def fields(self, start: int, end: int) -> tuple[Fields, int]:
        """The header fields of the entity in this range, and where its body starts."""
        source = self._source
        found: list[_Place] = []
        at = start
        while at < end:
            stop = source.find(b"\n", at, end) + 1 or end
            line = source[at:stop]
            if line in {b"\r\n", b"\n"}:
                return self._values(found, at), stop
            if stop - start > self._limits.header_bytes:
                raise LimitExceeded("header", f"more than {self._limits.header_bytes} bytes of header")
            if line[:1] in {b" ", b"\t"} and not found:
                line = line.lstrip(b" \t")
            if line[:1] not in {b" ", b"\t"}:
                if match := _FIELD.match(line):
                    found.append((match[1].decode("ascii").lower(), at, stop - len(line) + match.end()))
                    self._count_field()
                elif not self._skip_rubbish(line, stop, end, found):
                    return self._values(found, at), at
            at = stop
        return self._values(found, end), end

    def _values(self, found: list[_Place], end: int) -> Fields:
        """Names and values. A value reaches to where the next field begins; what is folded is copied once."""
        ends = [begin for _, begin, _ in found[1:]] + [end]
        return [(name, self._source[value:stop]) for (name, _, value), stop in zip(found, ends, strict=False)]

    def _count_field(self) -> None:
        self._field_count += 1
        if self._field_count > self._limits.header_fields:
            raise LimitExceeded("header", f"more than {self._limits.header_fields} header fields")

    def _skip_rubbish(self, line: bytes, stop: int, end: int, found: list[_Place]) -> bool:
        """Whether a line that is no field is passed over because the header goes on below it: a value that was broken
        without indenting the rest."""
        if line.startswith((b"From ", b">From ")) and not found:
            return True  # an mbox separator
        next_line = self._source[stop : min(end, stop + 300)]
        return bool(found) and _FIELD.match(next_line) is not None

    def _ranges(self, parent: Entity) -> list[tuple[int, int]]:
        """Where the parts of a multipart lie. Without any delimiter there are none: it is read as text."""
        name = parent.params.get("boundary", "").encode("latin-1", "replace")
        # Spaces at its end are forbidden, and lost on the way where they are used all the same.
        found = self._split(name, parent.start, parent.end) if name != name.rstrip() else []
        if not found and (name := name.rstrip()):
            found = self._split(name, parent.start, parent.end)
        if not found and (guess := self._undeclared(parent)):
            found = self._split(guess, parent.start, parent.end)
        return found

    def _undeclared(self, parent: Entity) -> bytes | None:
        """A boundary that is used but was not declared (or not so): a dashed line with part fields below it."""
        match = _UNDECLARED.search(self._source, parent.start, parent.end)
        return match[1] if match else None

    def _unopened(self, parent: Entity) -> Entity | None:
        """A first part whose delimiter is missing: its fields ran into the multipart's own, its words stand before the
        first delimiter."""
        places = [place for place, (name, _) in enumerate(parent.fields) if name == "content-type"]
        first = self._source.find(b"--" + parent.params.get("boundary", "").encode("latin-1", "replace"), parent.start)
        if len(places) < 2 or not parent.start < first < parent.end:
            return None
        media_type, params = parameters(parent.fields[places[1]][1])
        if not media_type.startswith("text/"):
            return None
        end = _before_break(self._source, first)
        return Entity(
            self._source, parent.fields[places[1] :], parent.start, end, f"{parent.path}.0", media_type, params
        )

    def _is_inner(self, opened: int, found: int, name: bytes) -> bool:
        """Whether what looks like the closing delimiter is one of a multipart inside, whose boundary is longer."""
        inner = _BOUNDARY.search(self._source, opened, min(found, opened + 4096))
        return inner is not None and inner[1].startswith(name + b"--") and self._source.startswith(inner[1], found + 2)

    def _count_work(self, size: int) -> None:
        """Searching costs the range's length once per level: bounded, or a nest would be read dozens of times."""
        self._looked_at += size
        if self._looked_at > 12 * len(self._source) + 2**20:
            raise LimitExceeded("nesting", "parts inside parts that take too long to read")

    def _split(self, name: bytes, start: int, end: int) -> list[tuple[int, int]]:
        source = self._source
        self._count_work(end - start)
        delimiter = b"--" + name
        ranges: list[tuple[int, int]] = []
        opened: int | None = None
        at = start
        while (found := source.find(delimiter, at, end)) >= 0:
            at = found + len(delimiter)
            self._tries += 1
            if self._tries > self._limits.delimiters:
                raise LimitExceeded("parts", f"more than {self._limits.delimiters} lines that may part it")
            if found > start and source[found - 1] not in b"\r\n":
                continue
            stop = source.find(b"\n", at, end) + 1 or end
            rest = source[at:stop].strip()
            if rest and (not rest.startswith(b"--") or rest[2:].strip()):
                continue  # the beginning of a longer boundary
            if rest and opened is not None and self._is_inner(opened, found, name):
                continue
            if opened is not None:
                ranges.append((opened, max(opened, _before_break(source, found))))
                if len(ranges) > self._limits.parts:
                    raise LimitExceeded("parts", f"more than {self._limits.parts} parts")
            opened = stop if not rest else None
            at = stop
        if opened is not None and opened < end:
            ranges.append((opened, end))  # never closed
        return ranges


def _before_break(source: bytes, at: int) -> int:
    """Where the line before `at` ends: the break before a delimiter belongs to the delimiter."""
    if at > 0 and source[at - 1] == 0x0A:
        at -= 1
    return at - 1 if at > 0 and source[at - 1] == 0x0D else at
