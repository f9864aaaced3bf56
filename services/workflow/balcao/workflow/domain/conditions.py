"""What can be wrong with a command on a task: each condition says what is possible instead."""

from balcao.shared.errors import Invalid, NotAllowed, NotFound, Refused


class TaskIsOpen(Refused):
    """The task is open already."""


class TaskIsCompleted(Refused):
    """The task is completed."""


class TaskIsCancelled(Refused):
    """The task is cancelled."""


class NoSuchPhase(Invalid):
    """The task's type has no such phase."""


class NoSuchType(Invalid):
    """The company has no such task type in use."""


class FileIsShown(Refused):
    """The description shows this image."""


class UnknownTag(Invalid):
    """A tag can't be put on the task (O14)."""


class BadTaskType(Invalid):
    """The phases of a task type don't make sense."""


class TaskTypeTaken(Refused):
    """There is a task type of that name already."""


class PhaseInUse(Refused):
    """Tasks are in this phase."""


class TooMuch(Invalid):
    """More than a task can hold."""


class NoSuchItem(NotFound):
    """There is no such thing on this task."""


class NotYours(NotAllowed):
    """Only who wrote it may change it."""


class BadTime(Invalid):
    """Time can't be entered so."""


class UnknownMember(Invalid):
    """Somebody is not of the team."""


class UnknownProject(Invalid):
    """There is no such project."""


class TaskIsBlocked(Refused):
    """The task waits for other tasks."""


class WouldBeACircle(Refused):
    """Tasks would wait for each other without end."""


class BadRule(Invalid):
    """The rule of recurrence makes no sense."""


class RecurrenceHasEnded(Refused):
    """There are no more tasks of this recurrence."""


class TaskNotCreatedYet(NotFound):
    """A task that was asked for does not exist yet: try again soon."""


class TaskIdTaken(Refused):
    """A task with this id exists already, asked for by something else."""


class BadLink(Invalid):
    """This can't be sent to a client as a link."""


class BadPhaseRule(Invalid):
    """This rule makes no sense as written."""


class TooManyRules(Refused):
    """The company has as many rules as it can have."""
