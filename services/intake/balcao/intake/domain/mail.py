"""The values the pipeline works on: a delivery, and a mail once it is read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from balcao.intake.domain.headers import Headers

Outcome = Literal["accepted", "held", "bounced", "auto_replied", "rejected"]
OUTCOMES: tuple[Outcome, ...] = ("accepted", "held", "bounced", "auto_replied", "rejected")
"""Where a stored mail can end; a second arrival of it is a `duplicate`."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address; the address in lower case."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a mail came: its envelope, and when."""

    received_at: datetime
    recipients: tuple[str, ...]
    """Envelope recipients, lower case; empty where a way in has no envelope."""
    sender: str | None
    """Envelope sender; empty for `<>` (reports and automatic replies), none where a way in has no envelope."""
    client: str = ""
    """Network address of who handed it over."""
    helo: str = ""
    mailbox: str = ""
    """The address whose mailbox it lay in: without an envelope it is for that company, unless it was delivered
    to another company."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail. `part` is its place in the MIME tree, as IMAP numbers it, and never changes."""

    part: str
    name: str
    media_type: str
    size: int
    inline: bool = False
    content_id: str | None = None
    encrypted: bool = False
    """An archive that only its password opens."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says of one recipient (RFC 3464)."""

    action: str
    recipient: str | None
    status: str | None
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was read: everything later steps need, and nothing that needs the bytes again."""

    headers: Headers
    message_id: str | None
    """With its angle brackets."""
    subject: str
    senders: tuple[Mailbox, ...]
    """From, else Sender, else nothing."""
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    sent_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    media_type: str
    report_type: str = ""
    reports: tuple[Report, ...] = ()
    returned: Headers | None = None
    """The headers of the mail that a report returns."""
    body_digest: str = ""
    """SHA-256 of everything below the headers."""
