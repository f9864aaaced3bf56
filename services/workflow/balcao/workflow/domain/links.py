"""Which tickets a task serves, and what it hears of them. `tickets` decides about links; a task follows.

For each ticket the fact of its highest version holds, in whatever order and how often they come: a task remembers the
newest version it heard of, of tickets that it serves and of those that it serves no more.
"""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    TaskLinkRefused,
    TaskTicketFollowed,
    TaskTicketLinked,
    TaskTicketMoved,
    TaskTicketReopened,
    TaskTicketUnlinked,
    TicketRef,
)
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task

MOST_TICKETS = 5_000
"""A task is one document: with so many tickets it stays below 2 MB, and a fact with their ids below 250 KB."""


def serves(task: Task, ticket_id: str) -> LinkedTicket | None:
    """The ticket as the task knows it, if it serves it."""
    return next((linked for linked in task.tickets if linked.id == ticket_id), None)


def heard_of(task: Task, ticket_id: str) -> int | None:
    """The newest version of the ticket that the task heard of; none when it never served it."""
    linked = serves(task, ticket_id)
    return linked.seen if linked is not None else task.left.get(ticket_id)


def link(task: Task, ticket: TicketRef, *, at: datetime) -> Change[Task]:
    """The task serves a ticket too. The ticket waits for the answer, so one that is served already is answered as well.

    Refused by a fact, since nobody is there to hear an error: for a cancelled task, and past `MOST_TICKETS`.
    """
    revision = Revision(task)
    if _is_late(task, ticket.id, ticket.version):
        return revision.done()
    about = {"ticket_id": ticket.id, "ticket_number": ticket.number, "asked_in": ticket.version}
    served = serves(task, ticket.id) is not None
    refused = "task_cancelled" if task.state == "cancelled" else "too_many_tickets"
    if not served and (task.state == "cancelled" or len(task.tickets) >= MOST_TICKETS):
        revision.set(left={**task.left, ticket.id: ticket.version})
        return revision.say(TaskLinkRefused, **about, reason=refused).done()
    # One that had been given up before it got the task, by a merge, says nothing of that again.
    cancelled_at = at if ticket.status == "cancelled" else None
    known = {"id": ticket.id, "number": ticket.number, "title": ticket.title, "seen": ticket.version}
    _join(revision, LinkedTicket(**known, cancelled_at=cancelled_at), at)
    return revision.say(TaskTicketLinked, **about, ticket_title=ticket.title).done()


def unlink(task: Task, ticket: TicketRef, *, at: datetime) -> Change[Task]:
    """The task does not serve a ticket any more. Heard before the link it undoes, it is remembered all the same."""
    revision = Revision(task)
    if _is_late(task, ticket.id, ticket.version):
        return revision.done()
    _leave(revision, ticket.id, ticket.version, at)
    last = bool(task.tickets) and not revision.now.tickets
    return revision.say(TaskTicketUnlinked, ticket_id=ticket.id, ticket_number=ticket.number, last=last).done()


def ticket_cancelled(task: Task, ticket: TicketRef, *, at: datetime) -> Change[Task]:
    """A ticket of the task was given up: it is marked so, and the work goes on until a person decides.

    Nothing happens for a ticket that the task doesn't serve, or of which it heard something newer.
    """
    revision, linked = Revision(task), serves(task, ticket.id)
    if linked is None or _is_old(linked, ticket):
        return revision.done()
    _replace(revision, linked.model_copy(update={"ended": ticket.version, "cancelled_at": at}), at)
    return revision.say(TaskTicketFollowed, ticket_id=ticket.id, ticket_number=ticket.number, what="cancelled").done()


def ticket_reopened(task: Task, ticket: TicketRef, *, at: datetime) -> Change[Task]:
    """A ticket of the task that had ended is in service again: the mark goes, and whoever works on the task is told.

    Nothing happens for a ticket that the task doesn't serve, or of which it heard something newer.
    """
    revision, linked = Revision(task), serves(task, ticket.id)
    if linked is None or _is_old(linked, ticket):
        return revision.done()
    _replace(revision, linked.model_copy(update={"ended": ticket.version, "cancelled_at": None}), at)
    return revision.say(TaskTicketReopened, ticket_id=ticket.id, ticket_number=ticket.number).done()


def move_ticket(
    task: Task, before_id: str, before_version: int | None, ticket: LinkedTicket, *, at: datetime
) -> Change[Task]:
    """The task serves `ticket` instead of the one before: a split took it along, or was undone (W14, W15).

    Each half is heard or not by its own ticket's version, so the latest step holds in whatever order they come: also
    where the task has not heard of its link with the ticket before yet, which comes too late then.
    """
    revision = Revision(task)
    heard = heard_of(task, before_id)
    leaves = before_version if before_version is not None else (heard or 0) + 1
    moved = False
    if not _is_late(task, before_id, leaves):
        _leave(revision, before_id, leaves, at)
        moved = True
    if not _is_late(task, ticket.id, ticket.seen):
        _join(revision, ticket, at)
        moved = True
    if moved:
        revision.say(TaskTicketMoved, before=before_id, ticket_id=ticket.id, ticket_number=ticket.number)
    return revision.done()


def _is_old(linked: LinkedTicket, ticket: TicketRef) -> bool:
    """Whether this end or return of a ticket is older than what is known of it."""
    return max(linked.seen, linked.ended) >= ticket.version


def _is_late(task: Task, ticket_id: str, version: int) -> bool:
    heard = heard_of(task, ticket_id)
    return heard is not None and heard >= version


def _join(revision: Revision[Task], ticket: LinkedTicket, at: datetime) -> None:
    now = revision.now
    if (known := serves(now, ticket.id)) is not None:
        newer = known.ended > ticket.seen
        _replace(revision, known.model_copy(update={"seen": ticket.seen}) if newer else ticket, at)
        return
    left = {id_: version for id_, version in now.left.items() if id_ != ticket.id}
    revision.set(tickets=(*now.tickets, ticket), left=left, updated_at=max(now.updated_at, at))


def _leave(revision: Revision[Task], ticket_id: str, version: int, at: datetime) -> None:
    now = revision.now
    kept = tuple(linked for linked in now.tickets if linked.id != ticket_id)
    revision.set(tickets=kept, left={**now.left, ticket_id: version}, updated_at=max(now.updated_at, at))
    if now.approval is not None and ticket_id in (now.approval.asked or ()):
        asked = tuple(id_ for id_ in now.approval.asked or () if id_ != ticket_id)
        revision.set(approval=now.approval.model_copy(update={"asked": asked}))  # nor is it, linked once more


def _replace(revision: Revision[Task], ticket: LinkedTicket, at: datetime) -> None:
    now = revision.now
    tickets = tuple(ticket if linked.id == ticket.id else linked for linked in now.tickets)
    revision.set(tickets=tickets, updated_at=max(now.updated_at, at))
