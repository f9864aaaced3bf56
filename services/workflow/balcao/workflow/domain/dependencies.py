"""Tasks that wait for other tasks. Both ends know of it; who completes a task need not look for who waits."""

from collections.abc import Sequence
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import PhaseKind, TaskDependencyAdded, TaskDependencyRemoved, TaskName, TaskUnblocked
from balcao.workflow.domain.conditions import NoSuchItem, TaskIsBlocked, TooMuch, WouldBeACircle
from balcao.workflow.domain.tasks import Task

MOST_EACH_WAY = 50
MOST_TOGETHER = 2_000
"""Tasks that wait for each other, directly or not: the search for a circle reads no more."""


def named(task: Task) -> TaskName:
    """The task as others name it."""
    return TaskName(id=task.id, number=task.number, title=task.title)


def wait_for(blocked: Task, blocker: Task, *, at: datetime) -> Change[Task]:
    """`blocked` waits for `blocker`; what that one says of it is `is_waited_for`. Nothing happens if it does already.

    Raises `WouldBeACircle` for a task that would wait for itself, and `TooMuch` past `MOST_EACH_WAY`. That no longer
    circle comes of it is for whoever can see all tasks to say.
    """
    if blocked.id == blocker.id:
        raise WouldBeACircle(f"task #{blocked.number} can't wait for itself")
    revision = Revision(blocked)
    if blocker.id in blocked.blocked_by:
        return revision.done()
    if len(blocked.blocked_by) >= MOST_EACH_WAY or len(blocker.blocks) >= MOST_EACH_WAY:
        raise TooMuch(f"a task waits for at most {MOST_EACH_WAY} others, and as many wait for it")
    revision.set(blocked_by=(*blocked.blocked_by, blocker.id), updated_at=max(blocked.updated_at, at))
    return revision.say(TaskDependencyAdded, blocker=named(blocker), blocked=named(blocked)).done()


def is_waited_for(blocker: Task, blocked: Task, *, at: datetime) -> Change[Task]:
    """The other end of `wait_for`."""
    revision = Revision(blocker)
    if blocked.id not in blocker.blocks:
        revision.set(blocks=(*blocker.blocks, blocked.id), updated_at=max(blocker.updated_at, at))
        revision.say(TaskDependencyAdded, blocker=named(blocker), blocked=named(blocked))
    return revision.done()


def stop_waiting(blocked: Task, blocker: Task, *, at: datetime) -> Change[Task]:
    """`blocked` does not wait for `blocker` any more. Raises `NoSuchItem` when it never did."""
    if blocker.id not in blocked.blocked_by:
        raise NoSuchItem(f"task #{blocked.number} does not wait for task #{blocker.number}")
    left = tuple(id_ for id_ in blocked.blocked_by if id_ != blocker.id)
    revision = Revision(blocked).set(blocked_by=left, updated_at=max(blocked.updated_at, at))
    return revision.say(TaskDependencyRemoved, blocker=named(blocker), blocked=named(blocked)).done()


def is_waited_for_no_more(blocker: Task, blocked: Task, *, at: datetime) -> Change[Task]:
    """The other end of `stop_waiting`."""
    revision = Revision(blocker)
    if blocked.id in blocker.blocks:
        left = tuple(id_ for id_ in blocker.blocks if id_ != blocked.id)
        revision.set(blocks=left, updated_at=max(blocker.updated_at, at))
        revision.say(TaskDependencyRemoved, blocker=named(blocker), blocked=named(blocked))
    return revision.done()


def require_free(task: Task, to: PhaseKind, blockers: Sequence[Task], *, overruled: bool) -> tuple[TaskName, ...]:
    """The open tasks that a step into a phase of this kind overrules; none for a step that none stands against.

    Going back to a phase of the kind to do never needs anybody. Raises `TaskIsBlocked` when it was not overruled.
    """
    waits_for = tuple(named(one) for one in blockers if one.state == "open")
    if not waits_for or to == "todo":
        return ()
    if not overruled:
        numbers = ", ".join(f"#{one.number}" for one in waits_for)
        raise TaskIsBlocked(
            f"task #{task.number} waits for {numbers}; say so with `despite_blockers` to go on all the same",
            blockers=[one.model_dump() for one in waits_for],
        )
    return waits_for


def unblock(blocked: Task, blocker: Task, blockers: Sequence[Task], *, at: datetime) -> Change[Task]:
    """A task that `blocked` waited for is finished or given up: whoever executes it is told when that was the last.

    Of several that were closed before anybody looked, the one closed last says so, and no other.
    """
    revision = Revision(blocked)
    over = all(one.closed_at is not None for one in blockers)
    last = max(blockers, key=lambda one: (str(one.closed_at), one.id), default=None) if over else None
    if blocked.state == "open" and last is not None and last.id == blocker.id:
        people = (blocked.executor,) if blocked.executor is not None else ()
        revision.set(updated_at=max(blocked.updated_at, at))
        revision.say(TaskUnblocked, blocker=named(blocker), people=people)
    return revision.done()
