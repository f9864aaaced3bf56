"""Facts about a requester's message that came to the wrong ticket and was put on another one. Said by `tickets`.

One move is one operation: the facts it says on both tickets carry its id.
"""

from pydantic import Field

from balcao.shared.events.envelope import Party
from balcao.shared.events.ticket_links import LinkedTicket
from balcao.shared.events.tickets import TicketFact

_OPERATION = "The move this was part of."


class TicketMessageMovedAway(TicketFact):
    """A message that had come to this ticket was moved to another one. Its entry stays; requesters no longer see its
    words here."""

    type = "ticket.message_moved_away.v1"

    operation_id: str = Field(description=_OPERATION)
    entry: int = Field(description="Number of the message's entry on this ticket.")
    written_by: Party
    into: LinkedTicket
    back: bool = Field(default=False, description="It went back to the ticket that it had come from.")


class TicketMessageMovedHere(TicketFact):
    """A message that had come to another ticket was moved here; what it says is the entry said with this one."""

    type = "ticket.message_moved_here.v1"

    operation_id: str = Field(description=_OPERATION)
    origin: LinkedTicket
    entry: int = Field(description="Number of the message's entry on the ticket it came from.")
    written_by: Party


class TicketMessageBroughtBack(TicketFact):
    """A message that was moved away from this ticket is its own again."""

    type = "ticket.message_brought_back.v1"

    operation_id: str = Field(description="The move taken back.")
    entry: int = Field(description="Number of the message's entry on this ticket.")
    written_by: Party
    origin: LinkedTicket = Field(description="Where it was meanwhile.")
