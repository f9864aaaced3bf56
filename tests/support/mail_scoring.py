"""The intake pipeline in the shape that mail scorers ask for: `parse(raw) -> dict` and `strip(text) -> str`."""

from typing import Any

from balcao.intake.domain.bounces import Bounce
from balcao.intake.domain.classify import Automatic
from balcao.intake.domain.parse import read_headers
from balcao.intake.domain.quotes import visible
from balcao.intake.domain.reading import Reading, Unread, read

_NOTHING: dict[str, Any] = {
    "subject": "",
    "from_email": "",
    "to": [],
    "cc": [],
    "text": "",
    "html": "",
    "attachments": [],
    "message_id": "",
    "in_reply_to": "",
    "references": [],
    "is_auto_reply": False,
    "is_bounce": False,
}


def parse(raw: bytes) -> dict[str, Any]:
    """What the service reads in a mail that comes without an envelope. A mail that it holds has its subject only."""
    reading = read(raw, None)
    if isinstance(reading, Unread):
        return _NOTHING | {"subject": read_headers(raw).text("subject"), "held": reading.rule}
    return _found(reading)


def _found(reading: Reading) -> dict[str, Any]:
    mail, nature = reading.mail, reading.nature
    answer: dict[str, Any] = {
        "subject": mail.subject,
        "from_email": mail.senders[0].address if mail.senders else "",
        "to": [box.address for box in mail.to],
        "cc": [box.address for box in mail.cc],
        "text": mail.text,
        "html": mail.html,
        "attachments": [(one.name, one.media_type, one.size) for one in mail.attachments],
        "message_id": mail.message_id or "",
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else "",
        "references": list(mail.references),
        "is_auto_reply": isinstance(nature, Automatic),
        "is_bounce": isinstance(nature, Bounce),
    }
    if isinstance(nature, Bounce):
        answer["bounce_status"] = nature.failures[0].status or ""
    return answer


def strip(text: str) -> str:
    """The visible part of a mail's text: quotes and signature folded away."""
    return visible(text)
