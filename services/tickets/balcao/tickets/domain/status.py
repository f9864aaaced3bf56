"""The status of a ticket: what is possible in each, and the moves between them (W1-W6)."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Status, TicketCancelled, TicketClosed, TicketReopened, TicketResolved
from balcao.tickets.domain.conditions import NothingToReopen, TicketIsCancelled, TicketIsClosed, TicketIsResolved
from balcao.tickets.domain.ticket import ACTIVE, FINAL, Method, Ticket

MOVES: dict[Status, dict[str, Status]] = {
    "draft": {"submit": "open", "resolve": "resolved", "cancel": "cancelled"},
    "open": {"wait": "waiting", "resolve": "resolved", "cancel": "cancelled", "close": "closed"},
    "waiting": {"wait": "waiting", "reopen": "open", "resolve": "resolved", "cancel": "cancelled", "close": "closed"},
    "resolved": {"reopen": "open", "close": "closed"},
    "cancelled": {"reopen": "open"},
    "closed": {},
}
"""Every legal move: from a status, by a command, to a status. What is not here is refused by name."""

_FINAL_METHODS = ("spam", "unknown_sender")


def in_service(ticket: Ticket) -> None:
    """Let only a ticket through that the team may still work on; the condition raised says what to do instead."""
    if ticket.status in ACTIVE:
        return
    raise _condition(ticket)


def takes_replies(ticket: Ticket) -> None:
    """Let only a ticket through that a requester's words may join; on a final one nobody would see them (W2)."""
    if ticket.status in FINAL:
        raise _condition(ticket)


def allow(ticket: Ticket, command: str) -> Status:
    """The status a command leads to. Raises the condition that stands in the way."""
    target = MOVES[ticket.status].get(command)
    if target is not None:
        return target
    if command == "reopen" and ticket.status in ACTIVE:
        raise NothingToReopen(f"ticket #{ticket.number} is in service already", ticket_status=ticket.status)
    raise _condition(ticket)


def _condition(ticket: Ticket) -> Exception:
    possible = sorted(MOVES[ticket.status])
    details = {"ticket_status": ticket.status, "possible": possible}
    if ticket.status == "closed":
        return TicketIsClosed(f"ticket #{ticket.number} is closed; open a new one", **details)
    if ticket.status == "cancelled":
        return TicketIsCancelled(f"ticket #{ticket.number} is cancelled; reopen it first", **details)
    return TicketIsResolved(f"ticket #{ticket.number} is {ticket.status}; reopen it first", **details)


def enter_status(revision: Revision[Ticket], status: Status) -> Status:
    """Change the status as one step of a change, with all that hangs on it; returns the one before."""
    before = revision.now.status
    revision.set(status=status, active=status in ACTIVE, wait=None, resolution=None, resolved_at=None)
    revision.set(progress="in_progress" if status == "open" else None)
    return before


def resolve_step(revision: Revision[Ticket], method: Method, at: datetime) -> None:
    """Resolve as one step of a change (W5). Spam and unknown senders are closed at once."""
    allow(revision.now, "resolve")
    enter_status(revision, "resolved")
    revision.set(resolution=method, resolved_at=at, highlight=None)
    revision.say(TicketResolved, method=method)
    if method in _FINAL_METHODS:
        enter_status(revision, "closed")
        revision.set(resolution=method, resolved_at=at)
        revision.say(TicketClosed, reason=method)


def resolve(ticket: Ticket, method: Method, at: datetime) -> Change[Ticket]:
    """Conclude the ticket with a method (W5)."""
    revision = Revision(ticket)
    resolve_step(revision, method, at)
    return revision.done()


def reopen_step(revision: Revision[Ticket], reason: str) -> None:
    """Bring a waiting, resolved or cancelled ticket back in service as one step of a change."""
    allow(revision.now, "reopen")
    before = enter_status(revision, "open")
    revision.say(TicketReopened, before=before, reason=reason)


def cancel(ticket: Ticket) -> Change[Ticket]:
    """Give the ticket up; those who work on its open tasks are told."""
    allow(ticket, "cancel")
    revision = Revision(ticket)
    enter_status(revision, "cancelled")
    still_open = tuple(task.id for task in ticket.tasks if task.state in ("requested", "open"))
    revision.say(TicketCancelled, open_tasks=still_open)
    return revision.done()
