"""Facts about words on their way, and about tags on what was said. Said by `tickets`; none is for requesters."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Party
from balcao.shared.events.tickets import TicketFact


class TicketReplyHeld(TicketFact):
    """A visible answer was accepted and goes out when its undo window ends. Its words are said only then."""

    type = "ticket.reply_held.v1"

    reply_id: str
    author: Party
    recipients: tuple[Party, ...] = ()
    goes_out_at: datetime


class TicketReplyUndone(TicketFact):
    """An answer was taken back before it went out; its words are its author's unsent words again."""

    type = "ticket.reply_undone.v1"

    reply_id: str
    author: Party


class TicketReplyReturned(TicketFact):
    """An answer could not go out any more and was given back to its author; nobody outside got it."""

    type = "ticket.reply_returned.v1"

    reply_id: str
    author: Party
    reason: Literal["cancelled", "spam", "unknown_sender", "incomplete"]


class TicketEntryTagged(TicketFact):
    """Tags were put on, or taken from, one entry of the history (W19). The entry itself stays as it is."""

    type = "ticket.entry_tagged.v1"

    entry: int = Field(ge=1, description="Number of the entry in the ticket's history.")
    added: tuple[str, ...] = Field(default=(), description="Ids of tags.")
    removed: tuple[str, ...] = ()
