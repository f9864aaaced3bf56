"""Facts about mail that Balcão sent. Said by `notifier`."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.envelope import Fact, Party


class MailSent(Fact):
    """A visible reply was handed to the recipient's server or our relay (W7: who received it)."""

    type = "mail.sent.v1"

    fact_id: str = Field(description="Event that led to the mail.")
    ticket_id: str | None = None
    recipient: Party
    internet_message_id: str
    sent_at: datetime


class MailFailed(Fact):
    """A mail was refused for good, or given up after the last retry."""

    type = "mail.failed.v1"

    fact_id: str
    ticket_id: str | None = None
    recipient: Party
    internet_message_id: str
    reason: str
    status: str | None = Field(default=None, description="RFC 3463 status code, where the refusal has one.")
