"""From raw bytes to a `Mail`: the first step of the pipeline. Whatever comes, it answers; only limits stop it."""

import hashlib
import re
from dataclasses import dataclass, field

import filetype

from balcao.intake.domain.addresses import every_mailbox
from balcao.intake.domain.charsets import decode
from balcao.intake.domain.entity import Entity, normalised, read_entity, read_fields
from balcao.intake.domain.filenames import safe_name
from balcao.intake.domain.headers import Headers, date, decode_words, message_ids, one_line, parameters, unfold
from balcao.intake.domain.html_text import html_to_text
from balcao.intake.domain.limits import LIMITS, LimitExceeded, Limits
from balcao.intake.domain.mail import Attachment, Mail, Mailbox, Report

_BODY_TYPES = frozenset({"text/plain", "text/html"})
_HEADER_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/rfc822", "message/global"})
_MOST_BODY_BYTES = 2 * 1024 * 1024
_MOST_SUBJECT = 500
_MOST_REPORTS = 50
_CHARSET = re.compile(rb"charset=[\"']?([^\s\"';]{1,40})", re.IGNORECASE)


def parse(raw: bytes, limits: Limits = LIMITS) -> Mail:
    """Read a mail. Raises `LimitExceeded` for one that goes past the limits."""
    root = read_entity(normalised(raw), limits)
    headers = Headers(root.fields, _hint(root))
    body = _Body(headers.hint)
    body.read(root)
    to = _recipients(headers, "to", limits)
    reports = tuple(_reports(root))
    ids = message_ids(headers.first("message-id"))
    return Mail(
        headers=headers,
        message_id=ids[0] if ids else None,
        subject=headers.text("subject")[:_MOST_SUBJECT],
        senders=_senders(headers),
        reply_to=tuple(every_mailbox(headers.every("reply-to"), headers.hint)),
        to=to,
        cc=_recipients(headers, "cc", limits),
        sent_at=date(headers.first("date")) if "date" in headers else None,
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        text=body.text,
        html=body.html,
        attachments=tuple(body.attachments),
        media_type=root.media_type,
        report_type=root.params.get("report-type", "").lower(),
        reports=reports,
        returned=_returned(root),
        body_digest=hashlib.sha256(memoryview(root.source)[root.start :]).hexdigest(),
    )


def read_headers(raw: bytes) -> Headers:
    """Only the headers, as far as they can be read: for a mail that is held because it goes past a limit."""
    source = normalised(raw[: LIMITS.header_bytes])
    fields, _ = read_fields(source, 0, len(source), Limits(header_fields=len(source), header_bytes=len(source)))
    return Headers(fields)


def extract(raw: bytes, part: str) -> tuple[Attachment, bytes] | None:
    """An attachment and its bytes by its place in the tree; none when there is no such attachment."""
    root = read_entity(normalised(raw))
    body = _Body(_hint(root))
    body.read(root)
    attachment = next((one for one in body.attachments if one.part == part), None)
    if attachment is None:
        return None
    entity = next(one for one in root.walk() if _part(one) == part and not one.children)
    return attachment, entity.content()


def _part(entity: Entity) -> str:
    return entity.path or "1"


def _hint(root: Entity) -> str | None:
    """The charset the mail names first: the best guess for raw 8-bit headers."""
    found = _CHARSET.search(root.source, 0, root.start) or _CHARSET.search(root.source, root.start, root.start + 2000)
    return found[1].decode("latin-1") if found else None


def _senders(headers: Headers) -> tuple[Mailbox, ...]:
    for name in ("from", "sender"):
        if found := every_mailbox(headers.every(name), headers.hint):
            return tuple(found)
    return ()


def _recipients(headers: Headers, name: str, limits: Limits) -> tuple[Mailbox, ...]:
    found = tuple(every_mailbox(headers.every(name), headers.hint))
    if len(found) > limits.recipients:
        raise LimitExceeded("recipients", f"more than {limits.recipients} recipients")
    return found


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    values = headers.every(name)
    return message_ids(b" ".join(values)) if values else ()


@dataclass(slots=True)
class _Words:
    """What a part of the tree has to say, in either form."""

    text: str | None = None
    html: str | None = None

    def as_text(self) -> str:
        return self.text if self.text is not None else html_to_text(self.html or "")


@dataclass
class _Body:
    """Separates the words of a mail from the files that travel with it."""

    hint: str | None
    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    _named_texts: list[Entity] = field(default_factory=list)

    def read(self, root: Entity) -> None:
        words = self._read(root)
        self.html = words.html or ""
        self.text = words.as_text()
        if not self.text.strip() and self._named_texts:
            # The only words stand in a part with a file name: show them, besides offering the file.
            self.text = self._decoded(self._named_texts[0])
        if self.html:
            lowered = self.html.lower()
            self.attachments = [_placed(one, lowered) for one in self.attachments]

    def _read(self, entity: Entity, *, root_of_related: bool = True) -> _Words:
        if not entity.children:
            return self._leaf(entity, root_of_related=root_of_related)
        if entity.media_type == "multipart/alternative":
            return self._alternative(entity)
        related = entity.media_type == "multipart/related"
        found = [
            self._read(child, root_of_related=not related or place == 0) for place, child in enumerate(entity.children)
        ]
        return _in_sequence([one for one in found if one.text is not None or one.html is not None])

    def _alternative(self, entity: Entity) -> _Words:
        """The same words in several forms: the first that is text, the last that is HTML."""
        words = _Words()
        for child in entity.children:
            found = self._read(child)
            if words.text is None or not words.text.strip():
                words.text = found.text if found.text is not None else words.text
            if found.html is not None:
                words.html = found.html
        if words.html is not None and not (words.text or "").strip():
            words.text = None
        return words

    def _leaf(self, entity: Entity, *, root_of_related: bool) -> _Words:
        disposition, given = self._disposition(entity)
        multipart = entity.media_type.startswith("multipart/")  # one in which no part was found
        is_body = entity.media_type in _BODY_TYPES and root_of_related and disposition != "attachment" and not given
        if is_body or multipart:
            text = self._decoded(entity)
            return _Words(html=text) if entity.media_type == "text/html" else _Words(text=text)
        if entity.media_type == "text/plain" and entity.end - entity.start < _MOST_BODY_BYTES:
            self._named_texts.append(entity)
        self.attachments.append(self._attachment(entity, disposition, given))
        return _Words()

    def _disposition(self, entity: Entity) -> tuple[str, str]:
        """How the part wants to be shown, and the file name it gives."""
        raw = entity.first("content-disposition")
        disposition, params = parameters(raw, self.hint) if raw else ("", {})
        given = params.get("filename", "")
        if not given and "name" in entity.params:
            given = parameters(entity.first("content-type"), self.hint)[1].get("name", "")
        return disposition, given or params.get("name", "")

    def _attachment(self, entity: Entity, disposition: str, given: str) -> Attachment:
        media_type = entity.media_type
        if media_type in {"application/octet-stream", "application/x-octet-stream"}:
            media_type = _sniffed(entity)
        if not given and media_type == "message/rfc822":
            subject = Headers(read_fields(entity.source, entity.start, entity.end)[0], self.hint).text("subject")
            given = f"{subject}.eml" if subject else ""
        part = _part(entity)
        ids = unfold(entity.first("content-id")).decode("latin-1").strip("<> ")
        return Attachment(
            part=part,
            name=safe_name(given, part=part, media_type=media_type),
            media_type=media_type[:100],
            size=entity.content_size(),
            inline=disposition == "inline" and media_type.startswith("image/"),
            content_id=ids[:200] or None,
        )

    def _decoded(self, entity: Entity) -> str:
        content = entity.content()[:_MOST_BODY_BYTES]
        text = decode(content, entity.params.get("charset"), self.hint)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _in_sequence(found: list[_Words]) -> _Words:
    """Parts that follow one another: all their words, whatever form each came in."""
    if not found:
        return _Words()
    if len(found) == 1:
        return found[0]
    html = "\n".join(one.html for one in found if one.html is not None)
    return _Words("\n".join(one.as_text() for one in found), html or None)


def _placed(attachment: Attachment, html: str) -> Attachment:
    """Inline when the HTML shows it, whatever its disposition says."""
    if attachment.inline or not attachment.content_id or f"cid:{attachment.content_id.lower()}" not in html:
        return attachment
    return Attachment(
        attachment.part, attachment.name, attachment.media_type, attachment.size, True, attachment.content_id
    )


def _sniffed(entity: Entity) -> str:
    """A better type than `application/octet-stream`, from the first bytes."""
    head = Entity(entity.source, entity.fields, entity.start, min(entity.end, entity.start + 600), entity.path)
    kind = filetype.guess(head.content()[:300])
    return str(kind.mime) if kind is not None else "application/octet-stream"


def _reports(root: Entity) -> list[Report]:
    """What delivery reports in the mail say, one entry per recipient (RFC 3464, 2.3)."""
    found: list[Report] = []
    for entity in root.walk():
        if len(found) >= _MOST_REPORTS:
            break
        if entity.media_type in {"message/delivery-status", "message/global-delivery-status"}:
            content = normalised(entity.content()[: LIMITS.header_bytes])
            at = 0
            while at < len(content) and len(found) < _MOST_REPORTS:
                fields, after = read_fields(content, at, len(content))
                report = _report(Headers(fields))
                if report is not None:
                    found.append(report)
                at = max(after, at + 1)
    return found


def _report(fields: Headers) -> Report | None:
    recipient = None
    for name in ("final-recipient", "original-recipient"):
        kind, semicolon, address = unfold(fields.first(name)).decode("latin-1").partition(";")
        boxes = every_mailbox([(address if semicolon else kind).encode("latin-1")])
        recipient = recipient or (boxes[0].address if boxes else None)
    action = fields.word("action")
    if not action and recipient is None:
        return None
    status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", decode_words(fields.first("status")))
    diagnostic = one_line(decode_words(fields.first("diagnostic-code")))[:1000]
    return Report(action, recipient, status[0] if status else None, diagnostic)


def _returned(root: Entity) -> Headers | None:
    """The headers of the mail that a report sends back."""
    for entity in root.walk():
        if entity.media_type in _HEADER_TYPES and entity.path:
            content = normalised(entity.content()[: LIMITS.header_bytes])
            try:
                return Headers(read_fields(content, 0, len(content))[0])
            except LimitExceeded:
                return None
    return None
