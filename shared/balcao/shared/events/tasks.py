"""Facts about production tasks, said by `workflow`. Each carries the whole snapshot: order of arrival is no matter."""

from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from balcao.shared.events.deliverables import Deliverables, DeliveredLink
from balcao.shared.events.envelope import Contract, Fact, FileRef, Party

PhaseKind = Literal["todo", "doing", "internal_review", "external_approval", "done"]


class TaskSnapshot(Contract):
    """A task as it is after the fact."""

    id: str
    number: int
    version: int = Field(description="Grows by one with each change; 0 while only requested.")
    rounds: int = Field(
        default=1,
        description="How often work on it has begun: one more each time it is taken up again after it was finished for "
        "its tickets (H4) or cancelled. Tells a second finish from a repeat, whatever was heard in between.",
    )
    title: str
    phase: str = Field(default="", description="The company's name for the phase.")
    phase_kind: PhaseKind = "todo"
    state: Literal["requested", "open", "completed", "cancelled"] = "open"
    executor: Party | None = None
    ticket_ids: tuple[str, ...] = ()
    due: datetime | None = None
    delivered: Deliverables | None = Field(
        default=None, description="What was handed over, while nothing is left to do; gone when work is taken up again."
    )
    type_id: str = Field(default="", description="Id of its task type.")
    phase_id: str = Field(default="", description="Id of the phase within its type.")


class TaskName(Contract):
    """Another task, as it was called at the time."""

    id: str
    number: int
    title: str


class TaskFact(Fact):
    """Base of the facts about one task."""

    task: TaskSnapshot


class TaskOwnFact(TaskFact):
    """Base of the facts that concern the task alone: they don't repeat the list of its tickets, which may be long."""

    @field_validator("task")
    @classmethod
    def _without_its_tickets(cls, task: TaskSnapshot) -> TaskSnapshot:
        return task.model_copy(update={"ticket_ids": ()}) if task.ticket_ids else task


class TaskCreated(TaskFact):
    """A task came to be; tickets it is linked to go to production (H3)."""

    type = "task.created.v1"

    description: str = ""
    recurrence: int | None = Field(default=None, description="Number of the recurrence that made it.")


class TaskPhaseEntered(TaskFact):
    """The task moved between phases. External approval counts as finished for the ticket (H4)."""

    type = "task.phase_entered.v1"

    before: str = ""
    before_kind: PhaseKind = "todo"
    despite: tuple[TaskName, ...] = Field(default=(), description="Tasks it still waited for, which was overruled.")


class TaskCompleted(TaskFact):
    """Production is done (H4)."""

    type = "task.completed.v1"

    handover: str = Field(default="", description="The producer's sentence for whoever answers the client.")
    files: tuple[FileRef, ...] = ()
    links: tuple[DeliveredLink, ...] = ()
    despite: tuple[TaskName, ...] = Field(default=(), description="Tasks it still waited for, which was overruled.")


class TaskCancelled(TaskFact):
    """Given up (H5)."""

    type = "task.cancelled.v1"

    reason: str = ""


class TaskReopened(TaskFact):
    """Completed or cancelled work goes on; its tickets return to production (H5)."""

    type = "task.reopened.v1"


class TaskAssigned(TaskFact):
    """The task got another executor (H6)."""

    type = "task.assigned.v1"

    before: Party | None = None


class TaskTicketFollowed(TaskFact):
    """A ticket the task serves moved in a way its people must know of; the work goes on until one of them decides."""

    type = "task.ticket_followed.v1"

    ticket_id: str
    ticket_number: int
    what: Literal["cancelled"]


class TaskTicketMoved(TaskFact):
    """The task serves another ticket: a split took it along, or was undone (W14, W15)."""

    type = "task.ticket_moved.v1"

    before: str = Field(description="Id of the ticket it served.")
    ticket_id: str
    ticket_number: int
