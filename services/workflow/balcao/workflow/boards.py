"""A task type's board: its phases as columns, each with its count and its first tasks."""

import asyncio
from dataclasses import dataclass

from balcao.shared import clock
from balcao.shared.numbers import Numbers
from balcao.workflow.domain.phases import Phase, TaskType
from balcao.workflow.domain.tasks import Task, TaskState
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks, Wanted

MOST_COUNTED = 500
"""A column's count goes no further: "500+"."""


@dataclass(frozen=True)
class ColumnShown:
    """One phase with some of its tasks."""

    phase: Phase
    count: int
    more: bool
    """There are more than were counted."""
    tasks: list[Task]
    following: str | None
    """Where the column's next page begins, if there is one."""


class Boards:
    """The boards of all companies."""

    def __init__(self, tasks: Tasks, types: TaskTypes, numbers: Numbers) -> None:
        self._tasks = tasks
        self._types = types
        self._numbers = numbers

    async def board(
        self, company_id: str, type_id: str, *, limit: int, executor_id: str | None = None
    ) -> tuple[TaskType, list[ColumnShown]]:
        """All columns: open tasks by urgency, in phases of the kind done the latest first. Raises `NotFound`.

        With `executor_id` only that person's, counted no further than they are shown.
        """
        task_type = await self._types.get(company_id, type_id)
        columns = [self._column(task_type, phase, limit, None, executor_id, counted=True) for phase in task_type.phases]
        return task_type, await asyncio.gather(*columns)

    async def column(
        self,
        company_id: str,
        type_id: str,
        phase_id: str,
        *,
        limit: int,
        after: str | None,
        executor_id: str | None = None,
    ) -> ColumnShown:
        """The next tasks of one column, uncounted. Raises `NotFound` and `NoSuchPhase`."""
        task_type = await self._types.get(company_id, type_id)
        return await self._column(task_type, task_type.phase(phase_id), limit, after, executor_id, counted=False)

    async def _column(
        self,
        task_type: TaskType,
        phase: Phase,
        limit: int,
        after: str | None,
        executor_id: str | None,
        *,
        counted: bool,
    ) -> ColumnShown:
        state: TaskState = "completed" if phase.kind == "done" else "open"
        wanted = Wanted(executor_id, state, columns=((task_type.id, phase.id),))
        company_id, now = task_type.company_id, clock.now()
        last = await self._numbers.last(company_id, "task")
        found = await self._tasks.page(company_id, wanted, limit=limit + 1, after=after, now=now, last_number=last)
        count, more = min(len(found), limit), len(found) > limit
        if counted and more and executor_id is None:
            count = await self._tasks.count(company_id, wanted, most=MOST_COUNTED + 1, now=now, last_number=last)
            count, more = min(count, MOST_COUNTED), count > MOST_COUNTED
        page = found[:limit]
        following = page[-1].place if len(found) > limit else None
        return ColumnShown(phase, count, more, page, following)
