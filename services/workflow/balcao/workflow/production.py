"""What can be asked of production: loads a task, lets the rules decide, saves. Decides nothing itself."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from balcao.shared import clock
from balcao.shared.aggregate import Change
from balcao.shared.events import (
    Party,
)
from balcao.shared.mongo import Document
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.phases import TaskType, chosen
from balcao.workflow.domain.tags import Known, retag
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks, Wanted

_log = structlog.get_logger()


class Production:
    """The tasks of all companies. Every method takes the company's id; a task of another one is `NotFound`."""

    def __init__(self, tasks: Tasks, types: TaskTypes, numbers: Numbers) -> None:
        self._tasks = tasks
        self._types = types
        self._numbers = numbers

    async def move(self, company_id: str, number: int, phase: str, cause: Cause, expected: int | None) -> Task:
        """Move a task to a phase, by the phase's id or name."""
        return await self._with_type(
            company_id, number, lambda task, type_: rules.move(task, type_, phase, at=cause.at), cause, expected
        )

    async def complete(self, company_id: str, number: int, handover: str, cause: Cause, expected: int | None) -> Task:
        """Complete a task with the producer's words for whoever answers the client."""
        return await self._with_type(
            company_id, number, lambda task, type_: rules.complete(task, type_, handover, at=cause.at), cause, expected
        )

    async def reopen(self, company_id: str, number: int, cause: Cause, expected: int | None) -> Task:
        """Take up completed or cancelled work again."""
        return await self._with_type(
            company_id, number, lambda task, type_: rules.reopen(task, type_, at=cause.at), cause, expected
        )

    async def cancel(self, company_id: str, number: int, reason: str, cause: Cause, expected: int | None) -> Task:
        """Give a task up."""
        task = await self._tasks.by_number(company_id, number)
        return await self._tasks.change(
            company_id,
            task.id,
            lambda t: rules.cancel(t, reason, at=cause.at),
            cause,
            expected_version=expected,
            loaded=task,
        )

    async def assign(
        self, company_id: str, number: int, executor: Party | None, cause: Cause, expected: int | None
    ) -> Task:
        """Give a task to another executor, or to nobody."""
        task = await self._tasks.by_number(company_id, number)
        return await self._tasks.change(
            company_id,
            task.id,
            lambda t: rules.assign(t, executor, at=cause.at),
            cause,
            expected_version=expected,
            loaded=task,
        )

    async def retag(
        self,
        company_id: str,
        number: int,
        add: Sequence[str],
        remove: Sequence[str],
        known: Known,
        cause: Cause,
        expected: int | None,
    ) -> Task:
        """Put tags on a task and take tags off (O14). Raises `UnknownTag`."""
        task = await self._tasks.by_number(company_id, number)
        return await self._tasks.change(
            company_id,
            task.id,
            lambda now: retag(now, add, remove, known, at=cause.at),
            cause,
            expected_version=expected,
            loaded=task,
        )

    async def task(self, company_id: str, number: int) -> tuple[Task, list[Document]]:
        """A task with its history, oldest first. Raises `NotFound`."""
        task = await self._tasks.by_number(company_id, number)
        return task, await self._tasks.timeline(company_id, task.id, public_only=False)

    async def page(
        self, company_id: str, wanted: Wanted, *, limit: int, after: str | None
    ) -> tuple[list[Task], str | None]:
        """Up to `limit` tasks in the board's order, and where the next page begins, if there is one."""
        last = await self._numbers.last(company_id, "task")
        found = await self._tasks.page(
            company_id, wanted, limit=limit + 1, after=after, now=clock.now(), last_number=last
        )
        page = found[:limit]
        return page, page[-1].place if len(found) > limit else None

    async def types(self, company_id: str) -> Sequence[TaskType]:
        """The company's task types, the default first."""
        return await self._types.of(company_id)

    async def _with_type(
        self,
        company_id: str,
        number: int,
        rule: Callable[[Task, TaskType], Change[Task]],
        cause: Cause,
        expected: int | None,
    ) -> Task:
        """Apply a rule that needs to know the phases of the task's type."""
        task, types = await asyncio.gather(self._tasks.by_number(company_id, number), self._types.of(company_id))
        task_type = chosen(types, task.type_id)
        return await self._tasks.change(
            company_id, task.id, lambda now: rule(now, task_type), cause, expected_version=expected, loaded=task
        )
