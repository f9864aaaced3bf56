"""Linking a ticket to tasks that exist, and taking it off them (H5, H6).

Unlinking is done at once. A link is asked for, since only production knows how the task stands: until it answers, the
ticket waits for the task as for one that is still to be made.
"""

from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    Party,
    TaskSnapshot,
    TicketTaskFollowed,
    TicketTaskLinkAsked,
    TicketTaskLinked,
    TicketTaskLinkRefused,
    TicketTaskUnlinked,
)
from balcao.tickets.domain.approval import left
from balcao.tickets.domain.conditions import TooManyTasks, UnknownTask
from balcao.tickets.domain.production import (
    catch_up,
    deciding,
    is_past,
    replaced,
)
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import refusal, submitted
from balcao.tickets.domain.ticket import Production, Ticket

MOST_TASKS = 100
Refusal = Literal["task_cancelled", "too_many_tickets"]


def ask_link(ticket: Ticket, task_id: str, number: int, title: str, by: Party | None) -> Change[Ticket]:
    """Ask production to let a task serve this ticket too. Asking again changes nothing.

    Raises the condition of a ticket that is out of service or a draft, and `TooManyTasks`.
    """
    submitted(ticket)
    revision = Revision(ticket)
    if ticket.task(task_id) is not None:
        return revision.done()
    if len(ticket.tasks) >= MOST_TASKS:
        raise TooManyTasks(f"a ticket has at most {MOST_TASKS} tasks", most=MOST_TASKS)
    if by is not None:
        touch(revision, by)
    awaited = TaskSnapshot(
        id=task_id, number=number, version=0, title=title, state="requested", ticket_ids=(ticket.id,)
    )
    revision.set(tasks=(*ticket.tasks, awaited), left_tasks=tuple(id_ for id_ in ticket.left_tasks if id_ != task_id))
    revision.set(moved_tasks={id_: to for id_, to in ticket.moved_tasks.items() if id_ != task_id})
    revision.set(inherited_tasks={id_: of for id_, of in ticket.inherited_tasks.items() if id_ != task_id})
    return revision.say(TicketTaskLinkAsked, task_id=task_id, task_number=number, task_title=title).done()


def linked(ticket: Ticket, task: TaskSnapshot) -> Change[Ticket]:
    """The task serves this ticket: the stage follows where production stands with it. Heard late it changes nothing."""
    revision = Revision(ticket)
    if is_past(ticket, task):
        return revision.done()
    task = _of(ticket, task)
    revision.set(tasks=replaced(ticket.tasks, task))
    revision.say(TicketTaskLinked, task=task)
    if ticket.active:
        catch_up(revision, task, "task_created", linked=True)
    return revision.done()


def link_refused(ticket: Ticket, task: TaskSnapshot, reason: Refusal) -> Change[Ticket]:
    """The task can't serve this ticket, which does not wait for it any more. Only what is still awaited is given up."""
    known = ticket.task(task.id)
    if known is None or known.state != "requested":
        return Revision(ticket).done()
    revision = Revision(ticket)
    _without(revision, known)
    revision.say(TicketTaskLinkRefused, task=task, reason=reason)
    _follow_rest(revision)
    return revision.done()


def unlink(ticket: Ticket, task_id: str, by: Party) -> Change[Ticket]:
    """Take the ticket off a task; the stage follows where production stands without it. With no task left it stays
    where it is. In whatever status but merged or a draft's: what had ended may be put right too.

    Raises `UnknownTask`. Doing it again changes nothing.
    """
    known = ticket.task(task_id)
    if known is None:
        if task_id in ticket.left_tasks:
            return Revision(ticket).done()
        raise UnknownTask("the ticket has no such task", task_id=task_id)
    if ticket.merged_into is not None:
        raise refusal(ticket)
    revision = Revision(ticket)
    if ticket.active:
        touch(revision, by)
    _without(revision, known)
    revision.set(left_tasks=(*revision.now.left_tasks, task_id))
    revision.say(TicketTaskUnlinked, task=known)
    _follow_rest(revision)
    return revision.done()


def moved_here(ticket: Ticket, task: TaskSnapshot) -> Change[Ticket]:
    """A task came along with a split, or back, and this is how it stands: only what is news of it is noted (W14, W15).

    What happened to it while it moved may have been told to the other ticket alone.
    """
    known = ticket.task(task.id)
    if known is None or is_past(ticket, task) or _stands(known) == _stands(task):
        return Revision(ticket).done()
    task = _of(ticket, task)
    revision = Revision(ticket)
    revision.set(tasks=replaced(ticket.tasks, task))
    whats = {"completed": "completed", "cancelled": "cancelled"}
    revision.say(TicketTaskFollowed, task=task, what=whats.get(task.state, "phase_entered"))
    if ticket.active:
        catch_up(revision, task, "task_reopened")
    return revision.done()


def _of(ticket: Ticket, task: TaskSnapshot) -> TaskSnapshot:
    return task.model_copy(update={"ticket_ids": (ticket.id,)})


def _stands(task: TaskSnapshot) -> tuple[str, str, int]:
    return task.state, task.phase_kind, task.rounds


def _without(revision: Revision[Ticket], task: TaskSnapshot) -> None:
    """The ticket without a task and what was asked about it, and its production without what that one counted for."""
    now = revision.now
    counted = task.rounds if task.state != "requested" else 0
    rest = now.production.model_copy(update={"rounds": max(0, now.production.rounds - counted)})
    revision.set(tasks=tuple(one for one in now.tasks if one.id != task.id), production=rest)
    revision.set(approvals=left(now.approvals, (task.id,)))


def _follow_rest(revision: Revision[Ticket]) -> None:
    now = revision.now
    if not now.tasks:
        revision.set(production=Production())
        if now.highlight == "delivery":
            revision.set(highlight=None)
    elif now.active:
        catch_up(revision, deciding(now.tasks), "task_reopened", linked=True)
