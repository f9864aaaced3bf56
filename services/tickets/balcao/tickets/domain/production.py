"""The heart: production moves the ticket (H3-H6)."""

from datetime import datetime
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, TaskSnapshot, TicketTaskFollowed, TicketTaskRequested
from balcao.tickets.domain.stages import enter, touch
from balcao.tickets.domain.status import in_service, reopen_step
from balcao.tickets.domain.ticket import ACTIVE, Ticket

What = Literal["created", "phase_entered", "completed", "cancelled", "reopened", "assigned"]
State = Literal["none", "under_way", "finished", "abandoned"]


def is_open(task: TaskSnapshot) -> bool:
    """Whether the ticket still waits for this task. In external approval it does not (H4)."""
    return task.state == "requested" or (task.state == "open" and task.phase_kind != "external_approval")


def state_of(tasks: tuple[TaskSnapshot, ...]) -> State:
    """Where production as a whole stands: finished when none is open and at least one is not cancelled (H5)."""
    if not tasks:
        return "none"
    if any(is_open(task) for task in tasks):
        return "under_way"
    return "abandoned" if all(task.state == "cancelled" for task in tasks) else "finished"


def request_task(
    ticket: Ticket,
    task_id: str,
    by: Party,
    *,
    title: str | None = None,
    description: str | None = None,
    executor: Party | None = None,
    due: datetime | None = None,
) -> Change[Ticket]:
    """Ask for a task; its description starts as the action plan (H3). Production begins when it is created."""
    in_service(ticket)
    revision = Revision(ticket)
    touch(revision, by)
    name = title or ticket.title
    requested = TaskSnapshot(
        id=task_id, number=0, version=0, title=name, state="requested", executor=executor, ticket_ids=(ticket.id,)
    )
    revision.set(tasks=(*ticket.tasks, requested))
    text = ticket.action_plan if description is None else description
    revision.say(TicketTaskRequested, task_id=task_id, title=name, description=text, executor=executor, due=due)
    return revision.done()


def follow(ticket: Ticket, task: TaskSnapshot, what: What) -> Change[Ticket]:
    """A linked task moved. Facts older than the last one seen are ignored, so that order of arrival does not matter.

    The stage follows production as a whole, at the moment that it changes: finished → delivery, under way again →
    production, all cancelled → planning (H5). A task's creation always leads to production (H3).
    """
    known = ticket.task(task.id)
    if known is not None and known.version >= task.version:
        return Revision(ticket).done()
    revision = Revision(ticket)
    revision.set(tasks=_replaced(ticket.tasks, task))
    revision.say(TicketTaskFollowed, task=task, what=what)
    if ticket.status in ACTIVE:
        is_new = known is None or known.state == "requested"
        _move_stage(revision, state_of(ticket.tasks), task, is_new=is_new)
    return revision.done()


def _replaced(tasks: tuple[TaskSnapshot, ...], task: TaskSnapshot) -> tuple[TaskSnapshot, ...]:
    if any(one.id == task.id for one in tasks):
        return tuple(task if one.id == task.id else one for one in tasks)
    return (*tasks, task)


def _move_stage(revision: Revision[Ticket], before: State, task: TaskSnapshot, *, is_new: bool) -> None:
    after = state_of(revision.now.tasks)
    if after == "under_way":
        if is_new and is_open(task):
            enter(revision, "production", "task_created", task)
        elif before in ("finished", "abandoned"):
            enter(revision, "production", "task_reopened", task)
    elif after != before:
        if after == "finished":
            enter(revision, "delivery", "production_finished", task)
            revision.set(highlighted=True)
        else:
            enter(revision, "planning", "tasks_cancelled", task)


def reopen(ticket: Ticket, reason: Literal["team", "reply", "wait_over"]) -> Change[Ticket]:
    """Bring the ticket back in service, in the stage where production stands by now."""
    revision = Revision(ticket)
    reopen_with_production(revision, reason)
    return revision.done()


def reopen_with_production(revision: Revision[Ticket], reason: Literal["team", "reply", "wait_over"]) -> None:
    """`reopen` as one step of a change: out of service, a ticket follows its tasks without being moved by them."""
    was_active = revision.now.active
    reopen_step(revision, reason)
    tasks = revision.now.tasks
    if was_active or not tasks:
        return
    state = state_of(tasks)
    if state == "finished" and revision.now.stage == "production":
        enter(revision, "delivery", "production_finished", tasks[-1])
    elif state == "under_way" and revision.now.stage != "production" and any(task.state == "open" for task in tasks):
        enter(revision, "production", "task_reopened", tasks[-1])
