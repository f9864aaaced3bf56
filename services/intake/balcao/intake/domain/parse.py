"""From raw bytes to a `Mail`: the first step of the pipeline. Whatever comes, it answers; only limits stop it."""

import hashlib
import re

from balcao.intake.domain.addresses import every_mailbox, local_mailbox
from balcao.intake.domain.bodies import Bodies, file_content
from balcao.intake.domain.charsets import Hint
from balcao.intake.domain.entity import Entity, normalised, read_entity, read_fields
from balcao.intake.domain.headers import Headers, date, message_ids
from balcao.intake.domain.limits import LIMITS, LimitExceeded, Limits
from balcao.intake.domain.mail import Attachment, Mail, Mailbox
from balcao.intake.domain.reports import reports, returned

_MOST_SUBJECT = 500
_CHARSET = re.compile(rb"charset=[\"']?([^\s\"';]{1,40})", re.IGNORECASE)


def parse(raw: bytes, limits: Limits = LIMITS) -> Mail:
    """Read a mail. Raises `LimitExceeded` for one that goes past the limits."""
    return read_mail(read_entity(normalised(raw), limits), limits)


def read_mail(root: Entity, limits: Limits = LIMITS) -> Mail:
    """The mail in a tree that was read before. Raises `LimitExceeded`."""
    hint = Hint(_named_charset(root))
    headers = Headers(root.fields, hint)
    bodies = Bodies(hint)
    bodies.read(root)
    ids = message_ids(headers.first("message-id"))
    return Mail(
        headers=headers,
        message_id=ids[0] if ids else None,
        subject=headers.text("subject")[:_MOST_SUBJECT],
        senders=_senders(headers),
        reply_to=tuple(every_mailbox(headers.every("reply-to"), headers.hint)),
        to=_recipients(headers, "to", limits),
        cc=_recipients(headers, "cc", limits),
        sent_at=date(headers.first("date")) if "date" in headers else None,
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        text=bodies.text,
        html=bodies.html,
        attachments=tuple(bodies.attachments),
        media_type=root.media_type,
        report_type=root.params.get("report-type", "").lower(),
        reports=reports(root, hint),
        returned=returned(root, hint),
        body_digest=hashlib.sha256(memoryview(root.source)[root.start :]).hexdigest(),
    )


def read_headers(raw: bytes, most_bytes: int = LIMITS.header_bytes) -> Headers:
    """Only the headers, as far as they can be read: for a mail that is held because it goes past a limit."""
    source = normalised(raw[:most_bytes])
    fields, _ = read_fields(source, 0, len(source), Limits(header_fields=len(source), header_bytes=len(source)))
    return Headers(fields, Hint())


def extract(raw: bytes, part: str) -> tuple[Attachment, bytes] | None:
    """An attachment and its bytes by its place in the tree; none when there is no such attachment."""
    root = read_entity(normalised(raw))
    bodies = Bodies(Hint(_named_charset(root)))
    bodies.read(root)
    attachment = next((one for one in bodies.attachments if one.part == part), None)
    content = file_content(root, part) if attachment is not None else None
    return (attachment, content) if attachment is not None and content is not None else None


def _named_charset(root: Entity) -> str | None:
    """The charset the mail names first: the best guess for raw 8-bit headers."""
    found = _CHARSET.search(root.source, 0, root.start) or _CHARSET.search(root.source, root.start, root.start + 2000)
    return found[1].decode("latin-1") if found else None


def _senders(headers: Headers) -> tuple[Mailbox, ...]:
    for name in ("from", "sender"):
        if found := every_mailbox(headers.every(name), headers.hint):
            return tuple(found)
    # Without a domain nobody can be answered, but it is what the mail says.
    local = local_mailbox(headers.first("from"), headers.hint)
    return (local,) if local is not None else ()


def _recipients(headers: Headers, name: str, limits: Limits) -> tuple[Mailbox, ...]:
    found = tuple(every_mailbox(headers.every(name), headers.hint))
    if len(found) > limits.recipients:
        raise LimitExceeded("recipients", f"more than {limits.recipients} recipients")
    return found


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    values = headers.every(name)
    return message_ids(b" ".join(values)) if values else ()
