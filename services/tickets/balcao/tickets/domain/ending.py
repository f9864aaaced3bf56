"""The requester's own end of a ticket: "Encerrar ticket" (P4)."""

from datetime import datetime
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.tickets.domain.status import cancel_step, refusal, resolve_step
from balcao.tickets.domain.ticket import Ticket

Outcome = Literal["solved", "not_needed"]


def end(ticket: Ticket, outcome: Outcome, at: datetime, text: str = "") -> Change[Ticket]:
    """The requester says it is solved, or not needed any more, in words of their own if they like.

    Saying that of what is resolved changes nothing; with words it raises `TicketIsResolved`, so that they are not lost.
    """
    revision = Revision(ticket)
    if ticket.status == "resolved" and outcome == "solved":
        if text:
            raise refusal(ticket, "requester")
        return revision.done()
    if outcome == "solved":
        resolve_step(revision, "answered", at, who="requester", text=text)
    else:
        cancel_step(revision, who="requester", text=text)
    return revision.done()
