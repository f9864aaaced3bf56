"""Facts about requesters' words as they come in, whatever the channel. Said by `intake`."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, FileRef, Party


class ThreadingEvidence(Contract):
    """What in a message points at an existing ticket. `tickets` decides; the evidence is kept and shown."""

    token_ticket_id: str | None = Field(default=None, description="From a signed reply address whose signature held.")
    reference_ticket_id: str | None = Field(
        default=None, description="From one of our own signed Message-IDs in In-Reply-To or References."
    )
    references: tuple[str, ...] = Field(
        default=(), description="Message-IDs from In-Reply-To and References, newest first."
    )
    subject_number: int | None = Field(default=None, description="From a [#123] tag in the subject.")


class MessageReceived(Fact):
    """A person wrote to the company, by mail or through the portal. Said once the message is stored durably."""

    type = "message.received.v1"

    message_id: str = Field(description="Intake's id of the stored message.")
    channel: Literal["mail", "portal"]
    company_address: str | None = Field(default=None, description="The company's address it came to (mail).")
    sender: Party
    others: tuple[Party, ...] = Field(
        default=(), description="People in To and Cc, without the company's own addresses."
    )
    subject: str = ""
    text: str = Field(default="", description="Complete text, quotes included; cut at 100,000 characters.")
    quote_at: int | None = Field(default=None, description="Offset in `text` where quoted text or signature begins.")
    truncated: bool = False
    has_html: bool = False
    files: tuple[FileRef, ...] = ()
    internet_message_id: str | None = Field(default=None, description="Message-ID header with its angle brackets.")
    sent_at: datetime | None = Field(default=None, description="From the Date header.")
    evidence: ThreadingEvidence = ThreadingEvidence()


class MailBounced(Fact):
    """A mail of ours could not be delivered, says a delivery report."""

    type = "mail.bounced.v1"

    message_id: str
    recipient: str | None = Field(default=None, description="The address that failed.")
    permanent: bool = True
    status: str | None = Field(default=None, description="RFC 3463 status code.")
    diagnostic: str = ""
    original_message_id: str | None = Field(default=None, description="Message-ID of the mail that bounced.")
    ticket_id: str | None = None


class MailAutoReplied(Fact):
    """A machine answered (vacation notice): attached to the ticket, never reopens it, never gets an answer."""

    type = "mail.auto_replied.v1"

    message_id: str
    sender: Party
    subject: str = ""
    text: str = ""
    evidence: ThreadingEvidence = ThreadingEvidence()


class MailHeld(Fact):
    """A mail was kept but not let in: it can't be read, or policy holds it. A person decides."""

    type = "mail.held.v1"

    message_id: str
    reason: str
    sender: str | None = None
    subject: str = ""
