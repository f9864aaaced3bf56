"""Production tasks: their states, and what each command and event makes of them.

A command that would lose nothing by changing nothing (the phase or executor is that one already) changes nothing;
every other one that doesn't fit the task's state is refused by name.
"""

from datetime import datetime
from typing import Any, Literal, NoReturn

from pydantic import Field, computed_field

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.clock import to_milliseconds
from balcao.shared.events import (
    Deliverables,
    FileRef,
    Malformed,
    Party,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    TaskName,
    TaskPhaseEntered,
    TaskReopened,
    TaskSnapshot,
    TicketRef,
    TicketTaskRequested,
)
from balcao.workflow.domain.asked import OpenApproval
from balcao.workflow.domain.conditions import TaskIsCancelled, TaskIsCompleted, TaskIsOpen
from balcao.workflow.domain.held import ChecklistEntry, DayOfWork
from balcao.workflow.domain.outside_link import OutsideLink
from balcao.workflow.domain.phases import FINISHED_FOR_THE_TICKET, Phase, TaskType
from balcao.workflow.domain.places import place_on_the_board
from balcao.workflow.domain.served import LinkedTicket

MOST_TAGS = 50
TaskState = Literal["open", "completed", "cancelled"]


class Task(Aggregate):
    """One piece of production work. It is completed exactly when its phase is of the kind done."""

    number: int
    title: str
    description: str = ""
    """What it says as plain text."""
    description_html: str = ""
    """Sanitised; empty where only plain text was written."""
    files: tuple[FileRef, ...] = ()
    """Attachments, and the images in the description."""
    type_id: str
    phase: Phase
    state: TaskState = "open"
    rounds: int = 1
    """How often work on it has begun; see `TaskSnapshot`."""
    executor: Party | None = None
    due: datetime | None = None
    tags: tuple[str, ...] = ()
    """Ids of the company's tags, in the order they were put on (O14)."""
    tickets: tuple[LinkedTicket, ...] = ()
    left: dict[str, int] = Field(default_factory=dict)
    """Ids of tickets it serves no more, or never could, with the newest version heard of each (see `links`)."""
    project_id: str | None = None
    checklist: tuple[ChecklistEntry, ...] = ()
    estimate_minutes: int | None = None
    spent: tuple[DayOfWork, ...] = ()
    """How long each person worked on it on each day."""
    spent_minutes: int = 0
    """All of `spent` together."""
    comments: int = 0
    """How many there are in its timeline."""
    blocked_by: tuple[str, ...] = ()
    """Ids of tasks it waits for; of some that are finished by now, too."""
    blocks: tuple[str, ...] = ()
    """Ids of tasks that wait for it."""
    recurrence_id: str | None = None
    """The recurrence that made it."""
    outside: tuple[OutsideLink, ...] = ()
    """Where the same work stands in trackers elsewhere, one place in each."""
    named_tickets: tuple[int, ...] = ()
    """Numbers of tickets that were named there."""
    handover: str = ""
    """What the producer said at completion; empty unless completed."""
    delivered: Deliverables | None = None
    """What was handed over, while nothing is left to do (H4)."""
    approval: OpenApproval | None = None
    """The answers it waits for in the phase it is in, if a rule asked for them."""
    cancel_reason: str = ""
    """Empty unless cancelled."""
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    """When it was completed or cancelled; none while open."""
    started_at: datetime | None = None
    """When it first left the phases of the kind to do; going back there does not unmake it."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def place(self) -> str:
        """Its place in lists: kept with the task because lists are sorted and paged by it."""
        return place_on_the_board(self.number, self.state, self.due, self.closed_at)

    def about(self) -> dict[str, Any]:
        """Each of its facts carries the whole snapshot."""
        return {"task": self.snapshot()}

    def snapshot(self) -> TaskSnapshot:
        """The task as others need to know it."""
        return TaskSnapshot(
            id=self.id,
            number=self.number,
            version=self.version,
            rounds=self.rounds,
            title=self.title,
            phase=self.phase.name,
            phase_kind=self.phase.kind,
            state=self.state,
            executor=self.executor,
            ticket_ids=tuple(ticket.id for ticket in self.tickets),
            due=self.due,
            delivered=self.delivered,
            type_id=self.type_id,
            phase_id=self.phase.id,
        )


def create(
    asked: TicketTaskRequested,
    company_id: str,
    task_type: TaskType,
    *,
    number: int,
    at: datetime,
    proposed: datetime | None = None,
) -> Change[Task]:
    """The task that a ticket asked for, in the first phase of its type (H3).

    Takes the id that the request gives it, and the ticket's title where it names none; and `proposed` as its due
    date where it has none. Raises `Malformed` when that lacks a time zone: a guess could promise the wrong day.
    """
    if asked.due is not None and asked.due.tzinfo is None:
        raise Malformed("due: a time needs its zone")
    task = Task(
        id=asked.task_id,
        company_id=company_id,
        number=number,
        title=asked.title.strip() or asked.ticket.title,
        description=asked.description,
        type_id=task_type.id,
        phase=task_type.first,
        executor=asked.executor or task_type.assignees.get(task_type.first.id),
        due=to_milliseconds(due) if (due := asked.due or proposed) is not None else None,
        tags=tuple(dict.fromkeys(asked.tags))[:MOST_TAGS],
        tickets=(_first_ticket(asked.ticket),),
        created_at=at,
        updated_at=at,
        started_at=_start(task_type.first, at),
    )
    return Revision(task).say(TaskCreated, description=task.description).done()


def move(
    task: Task, task_type: TaskType, wanted: str, *, at: datetime, despite: tuple[TaskName, ...] = ()
) -> Change[Task]:
    """Move the task to a phase: into one of the kind done completes it, out of such a one reopens it (H4, H5).

    Whoever the type names for the phase gets the task. Nothing happens when it is there already. `despite` names tasks
    it still waits for, where that was overruled. Raises `NoSuchPhase`, and `TaskIsCancelled` for a cancelled task.
    """
    if task.state == "cancelled":
        _refuse(task)
    phase = task_type.phase(wanted)
    if phase.id == task.phase.id:
        return Revision(task).done()
    if task.state == "open" and phase.kind == "done":
        return _completed(task, phase, "", at, despite)
    if task.state == "completed" and phase.kind != "done":
        return _reopened(task, task_type, phase, at)
    revision = Revision(task).set(phase=phase, rounds=taken_up(task, phase), updated_at=at)
    revision.set(started_at=task.started_at or _start(phase, at))
    if phase.kind not in FINISHED_FOR_THE_TICKET:
        revision.set(delivered=None)
    revision.say(TaskPhaseEntered, before=task.phase.name, before_kind=task.phase.kind, despite=despite)
    return _handed_over(revision, task_type).done()


def complete(
    task: Task, task_type: TaskType, handover: str, *, at: datetime, despite: tuple[TaskName, ...] = ()
) -> Change[Task]:
    """Production is done, with the producer's words for whoever answers the client (H4).

    Raises `TaskIsCompleted` or `TaskIsCancelled` when the task is not open.
    """
    if task.state != "open":
        _refuse(task)
    return _completed(task, task_type.done, handover, at, despite)


def cancel(task: Task, reason: str, *, at: datetime) -> Change[Task]:
    """Give the work up (H5). The task stays in its phase. Raises `TaskIsCompleted` or `TaskIsCancelled`."""
    if task.state != "open":
        _refuse(task)
    revision = Revision(task).set(state="cancelled", cancel_reason=reason, updated_at=at, closed_at=at)
    return revision.say(TaskCancelled, reason=reason).done()


def reopen(task: Task, task_type: TaskType, *, at: datetime) -> Change[Task]:
    """Completed or cancelled work goes on (H5). Raises `TaskIsOpen`.

    A cancelled task goes on in its phase, unless that one counts as finished for the ticket: reopening says that
    there is work to do again, so the task may not come back as good as done.
    """
    if task.state == "open":
        _refuse(task)
    finished = task.phase.kind in FINISHED_FOR_THE_TICKET
    return _reopened(task, task_type, task_type.resumed if finished else task_type.as_now(task.phase), at)


def assign(task: Task, executor: Party | None, *, at: datetime) -> Change[Task]:
    """Give the task to another executor, or to nobody (H6). Nothing happens when it is theirs already.

    Raises `TaskIsCompleted` or `TaskIsCancelled` when the task is not open.
    """
    if task.state != "open":
        _refuse(task)
    if _person(executor) == _person(task.executor):
        return Revision(task).done()
    return Revision(task).set(executor=executor, updated_at=at).say(TaskAssigned, before=task.executor).done()


def _first_ticket(ticket: TicketRef) -> LinkedTicket:
    return LinkedTicket(id=ticket.id, number=ticket.number, title=ticket.title, seen=ticket.version)


def _completed(
    task: Task, phase: Phase, handover: str, at: datetime, despite: tuple[TaskName, ...] = ()
) -> Change[Task]:
    """Says completed only: a fact that it entered the phase as well would move the ticket twice."""
    revision = Revision(task).set(phase=phase, state="completed", handover=handover, updated_at=at, closed_at=at)
    given = task.delivered or Deliverables()
    return revision.say(TaskCompleted, handover=handover, files=given.files, links=given.links, despite=despite).done()


def _reopened(task: Task, task_type: TaskType, phase: Phase, at: datetime) -> Change[Task]:
    revision = Revision(task).set(
        phase=phase,
        state="open",
        rounds=taken_up(task, phase),
        handover="",
        delivered=None,
        cancel_reason="",
        updated_at=at,
        closed_at=None,
    )
    revision.set(started_at=task.started_at or _start(phase, at))
    return _handed_over(revision.say(TaskReopened), task_type).done()


def _start(phase: Phase, at: datetime) -> datetime | None:
    return at if phase.kind != "todo" else None


def _handed_over(revision: Revision[Task], task_type: TaskType) -> Revision[Task]:
    """Give the task to whom its type names for the phase it has entered, if anybody."""
    task = revision.now
    assignee = task_type.assignees.get(task.phase.id)
    if assignee is not None and _person(assignee) != _person(task.executor):
        revision.set(executor=assignee).say(TaskAssigned, before=task.executor)
    return revision


def taken_up(task: Task, phase: Phase) -> int:
    """The count once the task is open in that phase: grows when there was no work left to do and now there is."""
    had_work = task.state == "open" and task.phase.kind not in FINISHED_FOR_THE_TICKET
    has_work = phase.kind not in FINISHED_FOR_THE_TICKET
    return task.rounds + (has_work and not had_work)


def _person(party: Party | None) -> str | None:
    """What makes two parties the same person: the directory's id, or the address where nobody owns it."""
    return (party.person_id or party.address) if party is not None else None


def _refuse(task: Task) -> NoReturn:
    """Refuse a command that doesn't fit the task's state, with what is possible instead in words and for programs."""
    if task.state == "completed":
        words = f"task #{task.number} is completed; reopen it first, or move it back to an earlier phase"
        raise TaskIsCompleted(words, state=task.state, possible=["reopen", "phase"])
    if task.state == "cancelled":
        raise TaskIsCancelled(
            f"task #{task.number} is cancelled; reopen it first", state=task.state, possible=["reopen"]
        )
    words = f"task #{task.number} is open, in {task.phase.name!r}; it can be moved, assigned, completed or cancelled"
    raise TaskIsOpen(words, state=task.state, possible=["phase", "assign", "complete", "cancel"])
