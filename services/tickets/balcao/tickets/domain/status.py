"""The status of a ticket: the moves that the table of its life allows, and all that hangs on each (W1, W2, W5, W6)."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.errors import Refused
from balcao.shared.events import (
    Status,
    TicketApprovalSkipped,
    TicketCancelled,
    TicketClosed,
    TicketDraftDiscarded,
    TicketDrafted,
    TicketReopened,
    TicketResolved,
)
from balcao.tickets.domain import drafts
from balcao.tickets.domain.approval import withdrawn
from balcao.tickets.domain.conditions import (
    NothingToReopen,
    TicketIsCancelled,
    TicketIsClosed,
    TicketIsDraft,
    TicketIsMerged,
    TicketIsOpen,
    TicketIsResolved,
    TicketIsWaiting,
)
from balcao.tickets.domain.life import Command, Who, possible, target
from balcao.tickets.domain.ticket import ACTIVE, FINAL, Method, Ticket

CLOSING_METHODS: frozenset[Method] = frozenset({"spam", "unknown_sender"})
"""Methods after which nobody is waited for: the ticket is closed at once, and no mail goes out (W5)."""


def in_service(ticket: Ticket) -> None:
    """Let only a ticket through that the team may still work on; the condition raised says what to do instead."""
    if ticket.status not in ACTIVE:
        raise refusal(ticket)


def submitted(ticket: Ticket) -> None:
    """Let only a ticket through that is in service and no draft any more (O12)."""
    in_service(ticket)
    if ticket.status == "draft":
        raise refusal(ticket)


def takes_replies(ticket: Ticket, at: datetime | None = None) -> None:
    """Let only a ticket through that a requester's words may join; on a final one nobody would see them (W2).

    Words that came (`at`) after the feedback window was over find it closed, also in the moment before its timer has
    closed it (W6).
    """
    if ticket.status in FINAL or ticket.status == "draft" or ticket.merged_into is not None:
        raise refusal(ticket, "requester")
    if window_is_over(ticket, at):
        raise TicketIsClosed(f"the feedback window of ticket #{ticket.number} is over; open a new one", possible=[])


def window_is_over(ticket: Ticket, at: datetime | None) -> bool:
    """Whether an instant is after the feedback window of a resolved ticket (W6)."""
    return ticket.status == "resolved" and None not in (at, ticket.reply_until) and at > ticket.reply_until  # type: ignore[operator]


def allow(ticket: Ticket, command: Command, who: Who = "team") -> Status:
    """The status a command leads to. Raises the condition that stands in the way."""
    after = target(command, ticket.status, never_submitted=ticket.draft is not None)
    if after is None or (ticket.merged_into is not None and command in _NOT_WHILE_MERGED):
        raise refusal(ticket, who, command)
    return after


_NOT_WHILE_MERGED: frozenset[Command] = frozenset({"reopen", "reply", "end"})
"""What a merged ticket does not take although it is resolved: it goes on in the one that took it in (W13)."""


def refusal(ticket: Ticket, who: Who = "team", command: Command | None = None) -> Refused:
    """Why a ticket in this status can't take it, and what is possible instead."""
    if ticket.merged_into is not None:
        into = next((link.number for link in ticket.links if link.kind == "merged_into"), None)
        words = f"ticket #{ticket.number} was merged into #{into}; go on there, or undo the merge"
        return TicketIsMerged(words, ticket_status=ticket.status, merged_into=into, possible=["undo"])
    kind, instead = _REFUSALS[ticket.status]
    if command == "reopen" and ticket.status in ("open", "draft"):
        kind, instead = NothingToReopen, "it is in service already"
    name = f"ticket #{ticket.number}"
    return kind(
        f"{name} is {ticket.status}; {instead}", ticket_status=ticket.status, possible=possible(ticket.status, who)
    )


_REFUSALS: dict[Status, tuple[type[Refused], str]] = {
    "draft": (TicketIsDraft, "submit it first"),
    "open": (TicketIsOpen, "it is in service"),
    "waiting": (TicketIsWaiting, "reopen it first"),
    "resolved": (TicketIsResolved, "reopen it first"),
    "closed": (TicketIsClosed, "open a new one"),
    "cancelled": (TicketIsCancelled, "reopen it first"),
}


def enter_status(revision: Revision[Ticket], status: Status) -> Status:
    """Change the status as one step of a change, with all that hangs on it; returns the one before."""
    before = revision.now.status
    revision.set(status=status, active=status in ACTIVE, wait=None)
    revision.set(resolution=None, resolved_at=None, reply_until=None, resolution_entry=None)
    taken = "in_progress" if revision.now.analyst is not None else "todo"
    revision.set(progress=taken if status == "open" else None)
    return before


def resolve_step(revision: Revision[Ticket], method: Method, at: datetime, who: Who = "team", text: str = "") -> None:
    """Resolve as one step of a change (W5). Spam and unknown senders are closed at once.

    What the company's policies add (words first, the feedback window) is added to whatever a rule decided: see
    `settling`.
    """
    closing = method in CLOSING_METHODS
    command: Command = "no_answer" if who == "clock" else "end" if who == "requester" else "resolve"
    allow(revision.now, "close" if closing else command, who)
    if revision.now.status == "draft":
        drafts.submit_step(revision)
    enter_status(revision, "resolved")
    revision.set(resolution=method, resolved_at=at, highlight=None)
    revision.say(TicketResolved, method=method, by=who, text=text)
    _skip_approvals(revision)
    if closing or revision.now.merged_into is not None:
        _withdraw_approvals(revision)
    if closing:
        enter_status(revision, "closed")
        revision.set(resolution=method, resolved_at=at)
        revision.say(TicketClosed, reason=method)


def close_step(revision: Revision[Ticket]) -> None:
    """Close a resolved ticket whose feedback window is over, as one step of a change (W6); its resolution stays."""
    now = revision.now
    allow(now, "window_over", "clock")
    enter_status(revision, "closed")
    revision.set(resolution=now.resolution, resolved_at=now.resolved_at, resolution_entry=now.resolution_entry)
    revision.set(highlight=None)
    _withdraw_approvals(revision)
    revision.say(TicketClosed, reason="window_over")


def _skip_approvals(revision: Revision[Ticket]) -> None:
    """Say that production waits no more for what its requester was asked: the ticket is out of service. They may still
    answer on a resolved one."""
    for one in revision.now.approvals:
        if one.state == "asked":
            revision.say(TicketApprovalSkipped, task_id=one.task_id, asked_in=one.asked_in)


def _withdraw_approvals(revision: Revision[Ticket]) -> None:
    """Ask nothing any more: nobody could answer."""
    revision.set(approvals=tuple(withdrawn(one) for one in revision.now.approvals))


def reopen_step(revision: Revision[Ticket], reason: str) -> None:
    """Bring a waiting, resolved or cancelled ticket back in service as one step of a change; a discarded draft is a
    draft again."""
    commands: dict[str, tuple[Command, Who]] = {"reply": ("reply", "requester"), "wait_over": ("wait_over", "clock")}
    command, who = commands.get(reason, ("reopen", "team"))
    after = allow(revision.now, command, who)
    before = enter_status(revision, after)
    if after == "draft":
        revision.say(TicketDrafted, again=True)
    else:
        revision.say(TicketReopened, before=before, reason=reason, tasks=_with_work(revision.now, before))


def _with_work(ticket: Ticket, before: Status) -> tuple[str, ...]:
    """Tasks whose people may have heard that the ticket had ended; whether work is left, production knows best."""
    if before not in ("resolved", "cancelled", "closed"):
        return ()
    return tuple(task.id for task in ticket.tasks if task.state in ("requested", "open"))


def cancel(ticket: Ticket) -> Change[Ticket]:
    """Give the ticket up; those who work on its open tasks are told. Of a draft nobody is told anything (O12)."""
    revision = Revision(ticket)
    cancel_step(revision)
    return revision.done()


def cancel_step(revision: Revision[Ticket], who: Who = "team", text: str = "") -> None:
    """`cancel` as one step of a change."""
    ticket = revision.now
    allow(ticket, "cancel", who)
    enter_status(revision, "cancelled")
    if ticket.draft is not None:
        revision.say(TicketDraftDiscarded)
        return
    still_open = tuple(task.id for task in ticket.tasks if task.state in ("requested", "open"))
    revision.say(TicketCancelled, open_tasks=still_open, by=who, text=text)
    _skip_approvals(revision)
    _withdraw_approvals(revision)


def resolve(ticket: Ticket, method: Method, at: datetime) -> Change[Ticket]:
    """Conclude the ticket with a method (W5)."""
    revision = Revision(ticket)
    resolve_step(revision, method, at)
    return revision.done()
