"""Facts about the tags of tasks, said by `workflow`."""

from balcao.shared.events.tasks import TaskFact
from balcao.shared.events.ticket_fields import TagName


class TaskTagged(TaskFact):
    """Tags were put on a task or taken off it (O14)."""

    type = "task.tagged.v1"

    added: tuple[TagName, ...] = ()
    removed: tuple[TagName, ...] = ()
