"""Facts about tasks that wait for other tasks. Said by `workflow`."""

from pydantic import Field

from balcao.shared.events.envelope import Party
from balcao.shared.events.tasks import TaskName, TaskOwnFact


class TaskDependencyAdded(TaskOwnFact):
    """One task waits for another now. Both tasks say so."""

    type = "task.dependency_added.v1"

    blocker: TaskName
    blocked: TaskName


class TaskDependencyRemoved(TaskOwnFact):
    """One task does not wait for another any more. Both tasks say so."""

    type = "task.dependency_removed.v1"

    blocker: TaskName
    blocked: TaskName


class TaskUnblocked(TaskOwnFact):
    """The last of the tasks that this one waited for is finished or given up: its people can go on."""

    type = "task.unblocked.v1"

    blocker: TaskName
    people: tuple[Party, ...] = Field(default=(), description="Whom to tell: who executes it.")
