"""A mail as it is handed to the relay."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient: envelope and bytes, and the readable forms that the bytes were made of."""

    sender: str
    """Envelope sender: where reports of failure go."""
    recipient: str
    message_id: str
    written_at: datetime
    """The Date it bears."""
    subject: str
    text: str
    html: str
    raw: bytes
