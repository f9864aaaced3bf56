"""The intake pipeline in the shape that mail scorers ask for: `parse(raw) -> dict` and `strip(text) -> str`."""

from typing import Any

from balcao.intake.domain.bounces import Bounce
from balcao.intake.domain.classify import Automatic, classify
from balcao.intake.domain.mail import Mail
from balcao.intake.domain.parse import parse as parse_mail
from balcao.intake.domain.quotes import visible


def parse(raw: bytes) -> dict[str, Any]:
    """What the service reads in a mail that comes without an envelope."""
    mail: Mail = parse_mail(raw)
    nature = classify(mail, None)
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
