"""The heart: production moves the ticket (H3-H6)."""

from datetime import datetime
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    Party,
    Stage,
    TaskSnapshot,
    TicketTaskFollowed,
    TicketTaskLinkAsked,
    TicketTaskRequested,
)
from balcao.tickets.domain.approval import left, moved_on
from balcao.tickets.domain.stages import Reason, enter, touch
from balcao.tickets.domain.status import reopen_step, submitted
from balcao.tickets.domain.ticket import Production, Ticket

What = Literal["created", "phase_entered", "completed", "cancelled", "reopened", "assigned"]


def is_open(task: TaskSnapshot) -> bool:
    """Whether the ticket still waits for this task. In external approval it does not (H4)."""
    return task.state == "requested" or (task.state == "open" and task.phase_kind != "external_approval")


def production_of(tasks: tuple[TaskSnapshot, ...]) -> Production:
    """Where production as a whole stands: finished when none is open and at least one is not cancelled (H5).

    A task only asked for holds the finish back, but no work on it has begun.
    """
    rounds = sum(task.rounds for task in tasks if task.state != "requested")
    if not tasks:
        return Production(state="none", rounds=rounds)
    if any(is_open(task) for task in tasks):
        return Production(state="under_way", rounds=rounds)
    abandoned = all(task.state == "cancelled" for task in tasks)
    return Production(state="abandoned" if abandoned else "finished", rounds=rounds)


def request_task(
    ticket: Ticket,
    task_id: str,
    by: Party,
    *,
    title: str | None = None,
    description: str | None = None,
    executor: Party | None = None,
    due: datetime | None = None,
    task_type: str | None = None,
    tags: tuple[str, ...] | None = None,
) -> Change[Ticket]:
    """Ask for a task; its description starts as the action plan (H3), its tags as the ticket's (O14). Production begins
    when it is created.

    Asking again under the same id changes nothing.
    """
    submitted(ticket)
    revision = Revision(ticket)
    if ticket.task(task_id) is not None:
        return revision.done()
    touch(revision, by)
    name = title or ticket.title
    requested = TaskSnapshot(
        id=task_id, number=0, version=0, title=name, state="requested", executor=executor, ticket_ids=(ticket.id,)
    )
    revision.set(tasks=(*ticket.tasks, requested))
    text = ticket.action_plan if description is None else description
    revision.say(
        TicketTaskRequested,
        task_id=task_id,
        title=name,
        description=text,
        executor=executor,
        task_type=task_type,
        due=due,
        tags=ticket.tags if tags is None else tags,
    )
    return revision.done()


def follow(ticket: Ticket, task: TaskSnapshot, what: What, *, merged: str | None = None) -> Change[Ticket]:
    """A linked task moved. Facts older than the last one seen are ignored, so that order of arrival does not matter.

    The stage follows production as a whole, each time that it changes: finished → delivery, work begun → production
    (a task created or taken up again, H3), all cancelled → planning (H5). Out of service, only the tasks are noted.
    `merged` is the ticket merged into this one that passes the news on: its task goes on here (W13).
    """
    if is_past(ticket, task):
        return Revision(ticket).done()
    known = ticket.task(task.id)
    revision = Revision(ticket)
    revision.set(tasks=replaced(ticket.tasks, task), approvals=moved_on(ticket.approvals, task))
    revision.say(TicketTaskFollowed, task=task, what=what)
    if merged is not None:
        _inherit(revision, known, task, merged)
    if ticket.active:
        is_new = known is None or known.state == "requested"
        catch_up(revision, task, "task_created" if is_new and what != "reopened" else "task_reopened")
    return revision.done()


def _inherit(revision: Revision[Ticket], known: TaskSnapshot | None, task: TaskSnapshot, merged: str) -> None:
    """Have production link a merged ticket's task to this one: a task has to know whose end and return concern it.

    Asked once for each round of work on it, because a task refuses while it is cancelled.
    """
    inherited = revision.now.inherited_tasks
    if known is not None and (task.id not in inherited or known.rounds >= task.rounds):
        return
    revision.set(inherited_tasks={**inherited, task.id: merged})
    revision.say(TicketTaskLinkAsked, task_id=task.id, task_number=task.number, task_title=task.title, inherited=True)


def is_past(ticket: Ticket, task: TaskSnapshot) -> bool:
    """Whether a snapshot is none of the ticket's business: it knows as new a one, or the task is not its any more."""
    known = ticket.task(task.id)
    if known is not None:
        return known.version >= task.version
    return task.id in ticket.moved_tasks or task.id in ticket.left_tasks


def work_began_since(ticket: Ticket) -> bool:
    """Whether work has begun on one of a ticket's tasks since its stage last followed them."""
    return production_of(ticket.tasks).rounds > ticket.production.rounds


def release(revision: Revision[Ticket], gone: frozenset[str]) -> None:
    """Tasks that a split took along, or an undone merge, are none of this ticket's business any more, as one step of a
    change (W14, W15). The stage follows where production stands without them."""
    kept = tuple(task for task in revision.now.tasks if task.id not in gone)
    revision.set(tasks=kept, approvals=left(revision.now.approvals, gone))
    if kept:
        catch_up(revision, deciding(kept), "task_reopened")
    else:
        revision.set(production=Production())


def take_back(revision: Revision[Ticket], tasks: tuple[TaskSnapshot, ...]) -> None:
    """Tasks that had gone to another ticket are this one's again, as one step of a change (W15)."""
    tasks = tuple(task for task in tasks if revision.now.task(task.id) is None)  # one may have been linked meanwhile
    revision.set(tasks=(*revision.now.tasks, *tasks))
    if tasks:
        catch_up(revision, deciding(tasks), "task_reopened")


STAGE_OF: dict[str, Stage] = {
    "none": "triage",
    "under_way": "production",
    "finished": "delivery",
    "abandoned": "planning",
}
"""The stage in which a ticket begins that has tasks already (W14)."""


def replaced(tasks: tuple[TaskSnapshot, ...], task: TaskSnapshot) -> tuple[TaskSnapshot, ...]:
    """The tasks with a newer snapshot of one of them, or with a new one."""
    if any(one.id == task.id for one in tasks):
        return tuple(task if one.id == task.id else one for one in tasks)
    return (*tasks, task)


def catch_up(revision: Revision[Ticket], task: TaskSnapshot, work_began: Reason, *, linked: bool = False) -> None:
    """Bring the stage to where production stands, once for each change of it; `linked` when it is a link that did it.

    Rounds make a second finish visible even when the fact between the two comes late or not at all.
    """
    before, after = revision.now.production, production_of(revision.now.tasks)
    revision.set(production=after)
    if after.state != "finished" and revision.now.highlight == "delivery":
        revision.set(highlight=None)  # there is no delivery to look at any more
    begun = after.rounds > before.rounds
    if after.state == "under_way":
        if begun:
            enter(revision, "production", work_began, task, linked=linked)
    elif begun or after.state != before.state:
        if after.state == "finished":
            enter(revision, "delivery", "production_finished", task, linked=linked)
            revision.set(highlight="delivery")
        else:
            enter(revision, "planning", "tasks_cancelled", task, linked=linked)


def reopen(ticket: Ticket, reason: Literal["team", "reply", "wait_over"]) -> Change[Ticket]:
    """Bring the ticket back in service, in the stage where production stands by now."""
    revision = Revision(ticket)
    reopen_with_production(revision, reason)
    return revision.done()


def reopen_with_production(revision: Revision[Ticket], reason: Literal["team", "reply", "wait_over"]) -> None:
    """`reopen` as one step of a change. What production did while the ticket was out of service moves it now, and
    what had moved it before does not do so again."""
    reopen_step(revision, reason)
    tasks = revision.now.tasks
    if tasks:
        never_began = revision.now.production.rounds == 0
        catch_up(revision, deciding(tasks), "task_created" if never_began else "task_reopened")


def deciding(tasks: tuple[TaskSnapshot, ...]) -> TaskSnapshot:
    """The task to name as the cause: the last one with work left, else that was not given up, else the last."""
    for chosen in (is_open, lambda task: task.state != "cancelled"):
        if some := [task for task in tasks if chosen(task)]:
            return some[-1]
    return tasks[-1]
