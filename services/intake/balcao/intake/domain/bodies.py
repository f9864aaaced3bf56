"""Separates the words of a mail from the files that travel with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import filetype

from balcao.intake.domain.archives import SIGNATURE, is_encrypted
from balcao.intake.domain.charsets import Hint, decode
from balcao.intake.domain.entity import Entity, read_fields
from balcao.intake.domain.filenames import safe_name
from balcao.intake.domain.headers import Headers, parameters, unfold
from balcao.intake.domain.html_text import html_to_text
from balcao.intake.domain.inside import InnerFile, Inside, inside_text, inside_tnef, may_be_tnef
from balcao.intake.domain.limits import LimitExceeded
from balcao.intake.domain.mail import Attachment

_BODY_TYPES = frozenset({"text/plain", "text/html"})
_VAGUE = frozenset({"application/octet-stream", "application/x-octet-stream", "application/binary", ""})
_MOST_WORDS = 2 * 1024 * 1024
_FAR = 4096
_HEAD = 300
_MOST_OF_ARCHIVE = 64 * 1024
"""Bytes of an attachment that its entries are looked for in: one that is encrypted is so from its first file on."""
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


@dataclass(slots=True)
class Words:
    """What a part of the tree has to say, in either form."""

    text: str | None = None
    html: str | None = None

    def as_text(self) -> str:
        return self.text if self.text is not None else html_to_text(self.html or "")


@dataclass
class Bodies:
    """The words and the files of one mail."""

    hint: Hint | None
    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    _other_texts: list[Entity] = field(default_factory=list)
    _inner_words: list[Words] = field(default_factory=list)
    _left: int = _MOST_WORDS

    def read(self, root: Entity) -> None:
        """Read the tree below this entity."""
        words = self._read(root)
        if not (words.text or "").strip() and not (words.html or "").strip():
            words = next((one for one in self._inner_words if one.text or one.html), words)
        self.html = words.html or ""
        self.text = words.as_text()
        if not self.text.strip() and self._other_texts:
            # The only words stand in a part with a file name or of another kind: show them, besides offering the file.
            self.text = self._decoded(self._other_texts[0])
        if self.html:
            lowered = self.html.lower()
            self.attachments = [_placed(one, lowered) for one in self.attachments]

    def _read(self, entity: Entity, *, may_be_words: bool = True) -> Words:
        if not entity.children:
            return self._leaf(entity, may_be_words=may_be_words)
        if entity.media_type == "multipart/alternative":
            return self._alternative(entity)
        related = entity.media_type == "multipart/related"
        found = [
            self._read(child, may_be_words=not related or place == 0) for place, child in enumerate(entity.children)
        ]
        return _in_sequence([one for one in found if one.text is not None or one.html is not None])

    def _alternative(self, entity: Entity) -> Words:
        """The same words in several forms. Two parts of one form are no alternatives of each other: both are kept."""
        words = Words()
        for child in entity.children:
            found = self._read(child)
            if found.html is not None:
                words.html = _both(words.html, found.html)
            if words.text is None or not words.text.strip():
                words.text = found.text if found.text is not None else words.text
            elif found.html is None and found.text is not None:
                words.text = _both(words.text, found.text)
        if words.html is not None and not (words.text or "").strip():
            words.text = None
        return words

    def _leaf(self, entity: Entity, *, may_be_words: bool) -> Words:
        disposition, given = self._disposition(entity)
        multipart = entity.media_type.startswith("multipart/")  # one in which no part was found
        is_body = entity.media_type in _BODY_TYPES and may_be_words and disposition != "attachment" and not given
        if is_body or multipart:
            return self._words(entity)
        if may_be_tnef(entity, given) and (inside := inside_tnef(entity)) is not None:
            self._take_inside(entity, inside)
            if inside.is_all:
                return Words()
        if entity.media_type.startswith("text/") and entity.end - entity.start < _MOST_WORDS:
            self._other_texts.append(entity)
        self.attachments.append(self._attachment(entity, disposition, given))
        return Words()

    def _words(self, entity: Entity) -> Words:
        if entity.media_type == "text/html":
            return Words(html=self._decoded(entity))
        content = _text_content(entity)
        words, files = inside_text(content, self.hint)
        self.attachments.extend(_inner(entity, files))
        return Words(text=self._decoded(entity, words))

    def _take_inside(self, entity: Entity, inside: Inside) -> None:
        self.attachments.extend(_inner(entity, inside.files))
        self._inner_words.append(Words(inside.text.strip() or None, inside.html.strip() or None))

    def _disposition(self, entity: Entity) -> tuple[str, str]:
        """How the part wants to be shown, and the file name it gives."""
        raw = entity.first("content-disposition")
        disposition, params = parameters(raw, self.hint) if raw else ("", {})
        given = params.get("filename", "")
        if not given and "name" in entity.params:
            given = parameters(entity.first("content-type"), self.hint)[1].get("name", "")
        return disposition, given or params.get("name", "")

    def _attachment(self, entity: Entity, disposition: str, given: str) -> Attachment:
        head = _head(entity, _HEAD)
        media_type = sniffed(entity.media_type, head) if not entity.media_type.startswith("text/") else ""
        media_type = media_type or entity.media_type
        if not given and media_type == "message/rfc822":
            given = self._title(entity)
        part = part_of(entity)
        ids = unfold(entity.first("content-id")).decode("latin-1").strip("<> ")
        return Attachment(
            part=part,
            name=safe_name(given, part=part, media_type=media_type),
            media_type=media_type[:100],
            size=entity.content_size(),
            inline=disposition == "inline" and media_type.startswith("image/"),
            content_id=ids[:200] or None,
            encrypted=head.startswith(SIGNATURE) and is_encrypted(_head(entity, _MOST_OF_ARCHIVE)),
        )

    def _title(self, entity: Entity) -> str:
        """A name for an attached message, after its subject."""
        try:
            fields = read_fields(entity.source, entity.start, min(entity.end, entity.start + 64 * 1024))[0]
        except LimitExceeded:
            return ""
        subject = Headers(fields, self.hint).text("subject")
        return f"{subject}.eml" if subject else ""

    def _decoded(self, entity: Entity, content: bytes | None = None) -> str:
        content = (_text_content(entity) if content is None else content)[: max(0, self._left)]
        self._left -= len(content)
        text = decode(content, entity.params.get("charset"), self.hint)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def part_of(entity: Entity) -> str:
    """The entity's place as IMAP numbers it: the whole of a mail without parts is 1."""
    return entity.path or "1"


def file_content(root: Entity, part: str) -> bytes | None:
    """The bytes of the file at this place, be it a part or inside one; none when there is nothing."""
    for entity in root.walk():
        if entity.children:
            continue
        if part_of(entity) == part:
            return entity.content()
        holder, _, number = part.rpartition(".")
        if holder and part_of(entity) == holder:
            inside = inside_tnef(entity)
            files = inside.files if inside is not None else inside_text(_text_content(entity), None)[1]
            return files[int(number) - 1].content if 0 < int(number) <= len(files) else None
    return None


def sniffed(declared: str, head: bytes) -> str:
    """The media type by the first bytes where the declared one says nothing, or claims an image that it is not.

    A program is one whatever it claims to be. Other contradictions stay: an Illustrator drawing, say, begins as a PDF.
    """
    if (program := _program(head)) is not None:
        return program
    if declared not in _VAGUE and not declared.startswith("image/"):
        return declared
    kind = filetype.guess(head)
    if kind is not None:
        found = str(kind.mime)
        return found if declared in _VAGUE or not found.startswith("image/") else declared
    return declared or "application/octet-stream"


def _program(head: bytes) -> str | None:
    """Two letters alone make no program: those of Windows say near their beginning where the rest of theirs lies."""
    if head.startswith(b"MZ") and 64 <= int.from_bytes(head[60:64], "little") <= _FAR:
        return "application/x-msdownload"
    return "application/x-executable" if head.startswith(b"\x7fELF") else None


def _head(entity: Entity, size: int) -> bytes:
    """At most so many of its first bytes, decoded."""
    end = min(entity.end, entity.start + 2 * size)
    return Entity(entity.source, entity.fields, entity.start, end, entity.path).content()[:size]


def _inner(entity: Entity, files: tuple[InnerFile, ...]) -> Iterator[Attachment]:
    for number, one in enumerate(files, start=1):
        part = f"{part_of(entity)}.{number}"
        media_type = sniffed(one.media_type, one.content[:_HEAD])
        yield Attachment(
            part=part,
            name=safe_name(one.name, part=part, media_type=media_type),
            media_type=media_type[:100],
            size=len(one.content),
            content_id=(one.content_id or "")[:200] or None,
            encrypted=is_encrypted(one.content[:_MOST_OF_ARCHIVE]),
        )


def _text_content(entity: Entity) -> bytes:
    """A text without its transfer encoding; as it was sent when it only claims to be base64."""
    if entity.encoding != "base64":
        return entity.content()
    body = entity.body()
    head = body[:_FAR].partition(b"=")[0]
    return body if len(_NOT_BASE64.findall(head)) * 20 > len(head) else entity.content()


def _both(first: str | None, second: str) -> str:
    """Two texts one below the other; one of them when they are the same."""
    if first is None or not first.strip():
        return second
    return first if second.strip() == first.strip() else f"{first}\n{second}"


def _in_sequence(found: list[Words]) -> Words:
    """Parts that follow one another: all their words, whatever form each came in."""
    if not found:
        return Words()
    if len(found) == 1:
        return found[0]
    html = "\n".join(one.html for one in found if one.html is not None)
    return Words("\n".join(one.as_text() for one in found), html or None)


def _placed(attachment: Attachment, html: str) -> Attachment:
    """Inline when the HTML shows it, whatever its disposition says."""
    if attachment.inline or not attachment.content_id or f"cid:{attachment.content_id.lower()}" not in html:
        return attachment
    return replace(attachment, inline=True)
