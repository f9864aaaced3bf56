"""What delivery reports say, field by field (RFC 3464), and the mail that they send back."""

import re
from collections.abc import Iterator

from balcao.intake.domain.addresses import every_mailbox
from balcao.intake.domain.charsets import Hint
from balcao.intake.domain.entity import Entity, normalised, read_fields
from balcao.intake.domain.headers import Headers, decode_words, one_line, unfold
from balcao.intake.domain.limits import LIMITS, LimitExceeded
from balcao.intake.domain.mail import Report

_REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADER_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/rfc822", "message/global"})
_MOST_REPORTS = 50
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def reports(root: Entity, hint: Hint | None = None) -> tuple[Report, ...]:
    """What delivery reports in the mail say, one entry per recipient (RFC 3464, 2.3)."""
    found: list[Report] = []
    for entity in root.walk():
        if entity.media_type in _REPORT_TYPES and not entity.children:
            for fields in _blocks(entity, hint):
                if (report := _report(fields)) is not None:
                    found.append(report)
                if len(found) >= _MOST_REPORTS:
                    return tuple(found)
    return tuple(found)


def returned(root: Entity, hint: Hint | None = None) -> Headers | None:
    """The headers of the mail that a report sends back."""
    for entity in root.walk():
        if entity.media_type in _HEADER_TYPES and entity.path:
            content = normalised(entity.content()[: LIMITS.header_bytes])
            try:
                return Headers(read_fields(content, 0, len(content))[0], hint)
            except LimitExceeded:
                return None
    return None


def _blocks(entity: Entity, hint: Hint | None) -> Iterator[Headers]:
    """The groups of fields: the message's own, then each recipient's."""
    content = normalised(entity.content()[: LIMITS.header_bytes])
    at = 0
    for _ in range(LIMITS.header_fields):
        if at >= len(content):
            return
        try:
            fields, after = read_fields(content, at, len(content))
        except LimitExceeded:
            return
        yield Headers(fields, hint)
        at = max(after, at + 1)


def _report(fields: Headers) -> Report | None:
    recipient = None
    for name in ("final-recipient", "original-recipient"):
        kind, semicolon, address = unfold(fields.first(name)).decode("latin-1").partition(";")
        boxes = every_mailbox([(address if semicolon else kind).encode("latin-1")])
        recipient = recipient or (boxes[0].address if boxes else None)
    action = fields.word("action")
    if not action and recipient is None:
        return None
    status = _STATUS.search(decode_words(fields.first("status"), fields.hint))
    diagnostic = one_line(decode_words(fields.first("diagnostic-code"), fields.hint))[:1000]
    return Report(action, recipient, status[0] if status else None, diagnostic)
