"""Tasks that wait for other tasks: both ends change in one transaction, and who waited is told when it is over."""

import structlog

from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.ids import derived_id
from balcao.shared.timeline import Cause
from balcao.shared.timers import Timer
from balcao.workflow.domain import dependencies as rules
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store.dependencies import Dependencies
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()


class Waiting:
    """The dependencies between all companies' tasks."""

    def __init__(self, tasks: Tasks, dependencies: Dependencies) -> None:
        self._tasks = tasks
        self._dependencies = dependencies

    async def wait_for(
        self, company_id: str, number: int, blocker_number: int, cause: Cause, expected: int | None
    ) -> Task:
        """Let a task wait for another. Raises `WouldBeACircle`, whatever other replicas add at the same time."""
        task = await self._tasks.by_number(company_id, number)
        blocker = await self._tasks.by_number(company_id, blocker_number)

        async def both_ends(change: Change[Task]) -> Work:
            work, other = Work(), await self._tasks.get(company_id, blocker.id)
            self._tasks.include(work, rules.is_waited_for(other, change.before, at=cause.at), cause)
            return await self._dependencies.guarded(work, company_id, task.id, blocker.id)

        return await self._tasks.change(
            company_id,
            task.id,
            lambda now: rules.wait_for(now, blocker, at=cause.at),
            cause,
            expected_version=expected,
            also=both_ends,
            loaded=task,
        )

    async def stop_waiting(
        self, company_id: str, number: int, blocker_number: int, cause: Cause, expected: int | None
    ) -> Task:
        """Let a task not wait for another any more. Raises `NoSuchItem` when it never did."""
        task = await self._tasks.by_number(company_id, number)
        blocker = await self._tasks.by_number(company_id, blocker_number)

        async def both_ends(change: Change[Task]) -> Work:
            work, other = Work(), await self._tasks.get(company_id, blocker.id)
            self._tasks.include(work, rules.is_waited_for_no_more(other, change.before, at=cause.at), cause)
            return work

        return await self._tasks.change(
            company_id,
            task.id,
            lambda now: rules.stop_waiting(now, blocker, at=cause.at),
            cause,
            expected_version=expected,
            also=both_ends,
            loaded=task,
        )

    async def tell_who_waited(self, timer: Timer) -> None:
        """A task that others wait for was finished or given up: tell those that waited for nothing else, once each."""
        blocker = await self._tasks.get(timer.company_id, timer.of)
        if blocker.state == "open":
            return  # taken up again before anybody could be told
        id_ = derived_id("unblock", blocker.id, timer.due.isoformat())
        cause = Cause(id_, id_, timer.due)
        for task in await self._tasks.named(timer.company_id, blocker.blocks):
            others = await self._tasks.named(timer.company_id, task.blocked_by)
            await self._tasks.change(
                timer.company_id,
                task.id,
                lambda now, others=others: rules.unblock(now, blocker, others, at=timer.due),  # type: ignore[misc]
                cause,
            )
        _log.info("task.unblocked", task_id=blocker.id, waited=len(blocker.blocks))
