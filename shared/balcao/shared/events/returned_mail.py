"""Facts about mail that can't go on: what came back after it was sent, dead addresses, dialogues of machines."""

from pydantic import Field

from balcao.shared.events.directory import PersonProfile
from balcao.shared.events.envelope import Fact, Party
from balcao.shared.events.tickets import TicketFact


class MailReturned(Fact):
    """A mail that had been handed over did not arrive, says a report tied to its delivery. Said by `notifier`."""

    type = "mail.returned.v1"

    delivery_id: str
    fact_id: str = Field(description="Event that led to the mail.")
    ticket_id: str | None = None
    recipient: Party
    permanent: bool = Field(description="False for a delay: it may still arrive.")
    status: str | None = Field(default=None, description="RFC 3463 status code.")
    reason: str = ""
    certain: bool = Field(
        default=True, description="False where the report does not name the mail, and it was found by its return path."
    )


class MailLoopBroken(Fact):
    """An address got so many automatic mails in a short time that a machine must be answering them: this one was not
    sent, nor will others be until that time is over. Said by `notifier`."""

    type = "mail.loop_broken.v1"

    fact_id: str = Field(description="Event whose mail was not sent.")
    ticket_id: str | None = None
    recipient: Party
    mails: int = Field(description="How many it got before.")
    within_s: int = Field(description="In how many seconds.")


class AddressReturned(Fact):
    """A mail to a person's address came back for good. Said by `tickets`, which keeps the directory."""

    type = "address.returned.v1"

    person: PersonProfile
    address: str
    reason: str = ""
    mails: int = Field(description="How many came back since it was last cleared.")
    marked: bool = Field(description="Whether it counts as unreachable: no more mails are sent there.")


class AddressCleared(Fact):
    """An address counts as reachable again: somebody of the team said so, or it belongs to its person no more."""

    type = "address.cleared.v1"

    person: PersonProfile
    address: str


class TicketMailLoopBroken(TicketFact):
    """Automatic mails about a ticket are not sent: a machine seems to answer each of them."""

    type = "ticket.mail_loop_broken.v1"

    recipient: str | None = None
    mails: int = 0
    within_s: int = 0
