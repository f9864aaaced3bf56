"""What can be asked of production: loads a task, lets the rules decide, saves. Decides nothing itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from balcao.shared import clock
from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.events import Deliverables, Party, PhaseKind, TaskName
from balcao.shared.mongo import Document
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.deliverables import deliver
from balcao.workflow.domain.dependencies import require_free
from balcao.workflow.domain.phases import Phase, TaskType, chosen
from balcao.workflow.domain.places import place_on_the_board
from balcao.workflow.domain.tags import Known, retag
from balcao.workflow.domain.tasks import Task, TaskState
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks, Wanted

Also = Callable[[Change[Task]], Awaitable[Work]]


@dataclass(frozen=True)
class Phases:
    """Which phases a list asks for; nothing given: all of them."""

    kind: PhaseKind | None = None
    type_id: str | None = None
    phase_id: str | None = None

    def include(self, task_type: TaskType, phase: Phase) -> bool:
        """Whether tasks of this type in this phase are asked for."""
        given = ((self.kind, phase.kind), (self.type_id, task_type.id), (self.phase_id, phase.id))
        return all(wanted is None or wanted == actual for wanted, actual in given)


ANY_PHASE = Phases()


class Production:
    """The tasks of all companies. Every method takes the company's id; a task of another one is `NotFound`."""

    def __init__(self, tasks: Tasks, types: TaskTypes, numbers: Numbers) -> None:
        self._tasks = tasks
        self._types = types
        self._numbers = numbers

    async def apply(
        self,
        company_id: str,
        number: int,
        rule: Callable[[Task], Change[Task]],
        cause: Cause,
        expected: int | None,
        *,
        also: Also | None = None,
    ) -> Task:
        """Apply a rule to the task with this number."""
        task = await self._tasks.by_number(company_id, number)
        return await self._tasks.change(
            company_id, task.id, rule, cause, expected_version=expected, also=also, loaded=task
        )

    async def move(
        self,
        company_id: str,
        number: int,
        phase: str,
        cause: Cause,
        expected: int | None,
        *,
        overruled: bool = False,
        delivered: Deliverables | None = None,
    ) -> Task:
        """Move a task to a phase, by the phase's id or name, with what is handed over where that finishes the work.

        Raises `TaskIsBlocked` while it waits for other tasks, unless that is overruled.
        """
        task, task_type = await self._with_type(company_id, number)
        despite = await self._free(task, task_type.phase(phase).kind, cause, overruled=overruled)
        return await self._tasks.change(
            company_id,
            task.id,
            lambda now: rules.move(deliver(now, delivered), task_type, phase, at=cause.at, despite=despite),
            cause,
            expected_version=expected,
            loaded=task,
        )

    async def complete(
        self,
        company_id: str,
        number: int,
        handover: str,
        cause: Cause,
        expected: int | None,
        *,
        overruled: bool = False,
        delivered: Deliverables | None = None,
    ) -> Task:
        """Complete a task with the producer's words for whoever answers the client. Raises as `move` does."""
        task, task_type = await self._with_type(company_id, number)
        despite = await self._free(task, "done", cause, overruled=overruled)
        return await self._tasks.change(
            company_id,
            task.id,
            lambda now: rules.complete(deliver(now, delivered), task_type, handover, at=cause.at, despite=despite),
            cause,
            expected_version=expected,
            loaded=task,
        )

    async def reopen(self, company_id: str, number: int, cause: Cause, expected: int | None) -> Task:
        """Take up completed or cancelled work again."""
        task, task_type = await self._with_type(company_id, number)
        return await self._tasks.change(
            company_id,
            task.id,
            lambda now: rules.reopen(now, task_type, at=cause.at),
            cause,
            expected_version=expected,
            loaded=task,
        )

    async def cancel(self, company_id: str, number: int, reason: str, cause: Cause, expected: int | None) -> Task:
        """Give a task up."""
        return await self.apply(
            company_id, number, lambda task: rules.cancel(task, reason, at=cause.at), cause, expected
        )

    async def assign(
        self, company_id: str, number: int, executor: Party | None, cause: Cause, expected: int | None
    ) -> Task:
        """Give a task to another executor, or to nobody."""
        return await self.apply(
            company_id, number, lambda task: rules.assign(task, executor, at=cause.at), cause, expected
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
        return await self.apply(
            company_id, number, lambda task: retag(task, add, remove, known, at=cause.at), cause, expected
        )

    async def task(self, company_id: str, number: int) -> tuple[Task, list[Document]]:
        """A task with its history, oldest first. Raises `NotFound`."""
        task = await self._tasks.by_number(company_id, number)
        return task, await self._tasks.timeline(company_id, task.id, public_only=False)

    async def named(self, company_id: str, ids: Sequence[str]) -> list[Task]:
        """The company's tasks with these ids, in that order."""
        return await self._tasks.named(company_id, ids)

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

    async def wanted(
        self,
        company_id: str,
        executor_id: str | None,
        state: TaskState | None,
        tag_id: str | None,
        phases: Phases = ANY_PHASE,
        *,
        late: bool = False,
    ) -> Wanted:
        """What a list asks for; tasks in certain phases are read column by column."""
        columns = None
        if phases != ANY_PHASE:
            types = await self._types.of(company_id)
            columns = tuple((type_.id, one.id) for type_ in types for one in type_.phases if phases.include(type_, one))
        until = place_on_the_board(0, "open", clock.now(), None) if late else None
        return Wanted(executor_id, "open" if late else state, tag_id, columns, until)

    async def types(self, company_id: str) -> Sequence[TaskType]:
        """The company's task types, the default first."""
        return await self._types.of(company_id)

    async def type(self, company_id: str, id_: str) -> TaskType:
        """One of the company's task types. Raises `NotFound`."""
        return await self._types.get(company_id, id_)

    async def _with_type(self, company_id: str, number: int) -> tuple[Task, TaskType]:
        task, types = await asyncio.gather(self._tasks.by_number(company_id, number), self._types.of(company_id))
        return task, chosen(types, task.type_id)

    async def _free(self, task: Task, to: PhaseKind, cause: Cause, *, overruled: bool) -> tuple[TaskName, ...]:
        """What a step overrules. A task that waits for nobody costs no query."""
        if not task.blocked_by or task.state != "open":
            return ()
        blockers = await self._tasks.named(task.company_id, task.blocked_by)
        if not overruled and await self._tasks.has_acted(task.id, cause):
            return ()  # a repeat of what went through: it must not hear of what came later
        return require_free(task, to, blockers, overruled=overruled)
