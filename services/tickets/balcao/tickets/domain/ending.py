"""The requester's own end of a ticket: "Encerrar ticket" (P4)."""

from datetime import datetime
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.tickets.domain.status import cancel_step, resolve_step
from balcao.tickets.domain.ticket import Ticket

Outcome = Literal["solved", "not_needed"]


def end(ticket: Ticket, outcome: Outcome, at: datetime) -> Change[Ticket]:
    """The requester says it is solved, or not needed any more. Saying that of what is resolved changes nothing."""
    revision = Revision(ticket)
    if ticket.status == "resolved" and outcome == "solved":
        return revision.done()
    if outcome == "solved":
        resolve_step(revision, "answered", at, who="requester")
    else:
        cancel_step(revision, who="requester")
    return revision.done()
