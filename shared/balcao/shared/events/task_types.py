"""Facts about what tasks are sorted by and measured against. Said by `workflow`; each carries the whole thing."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.directory import Changed
from balcao.shared.events.envelope import Contract, Party
from balcao.shared.events.tasks import PhaseKind, TaskOwnFact


class PhaseProfile(Contract):
    """One step of the work."""

    id: str
    name: str
    kind: PhaseKind
    assignee: Party | None = Field(default=None, description="Who gets a task that enters it.")


class TaskTypeProfile(Contract):
    """A kind of work with its phases in the order of the board."""

    id: str
    name: str
    default_since: datetime | None = Field(
        default=None, description="Since when it is taken for tasks that name no type; of several the latest is."
    )
    archived: bool = Field(default=False, description="Takes no new tasks.")
    work_minutes: int | None = Field(default=None, description="Working time it usually takes: dates follow from it.")
    phases: tuple[PhaseProfile, ...]
    version: int = 1


class TaskTypeConfigured(Changed):
    """A task type came to be or changed; its tasks follow its phases."""

    type = "task.type_configured.v1"

    task_type: TaskTypeProfile


class TaskPhaseRenamed(TaskOwnFact):
    """The company calls the phase that the task is in by another name now."""

    type = "task.phase_renamed.v1"

    before: str


class CapacityConfigured(Changed):
    """How much of a working day somebody gives to tasks was set."""

    type = "capacity.configured.v1"

    person: Party
    minutes_per_day: int
    before: int | None = None
