"""What can be wrong with a command on a task: each condition says what is possible instead."""

from balcao.shared.errors import Invalid, NotFound, Refused


class TaskIsOpen(Refused):
    """The task is open already."""


class TaskIsCompleted(Refused):
    """The task is completed."""


class TaskIsCancelled(Refused):
    """The task is cancelled."""


class NoSuchPhase(Invalid):
    """The task's type has no such phase."""


class UnknownTag(Invalid):
    """A tag can't be put on the task (O14)."""


class BadTaskType(Invalid):
    """The phases of a task type don't make sense."""


class TaskNotCreatedYet(NotFound):
    """A task that was asked for does not exist yet: try again soon."""


class TaskIdTaken(Refused):
    """A task with this id exists already, asked for by something else."""
