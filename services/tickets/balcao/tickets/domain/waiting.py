"""Putting a ticket aside until something outside the team happens (W4)."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, TicketWaitStarted
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import allow, enter_status
from balcao.tickets.domain.ticket import Ticket, Wait, WaitReason


def wait(ticket: Ticket, reason: WaitReason, until: datetime | None, by: Party) -> Change[Ticket]:
    """Wait for a reason, until a time or an answer; it leaves the inbox and comes back highlighted."""
    allow(ticket, "wait")
    revision = Revision(ticket)
    touch(revision, by)
    enter_status(revision, "waiting")
    revision.set(wait=Wait(reason=reason, until=until), highlight=None)
    revision.say(TicketWaitStarted, reason=reason, until=until)
    return revision.done()
