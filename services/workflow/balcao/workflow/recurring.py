"""Makes the tasks of work that comes again and again, each exactly once whatever replicas do."""

import asyncio
from collections.abc import Callable

import structlog

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Conflict, Work
from balcao.shared.ids import derived_id
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.shared.timers import Timer
from balcao.workflow.companies import Companies
from balcao.workflow.creating import Creating
from balcao.workflow.domain import recurrences as rules
from balcao.workflow.domain.editing import described
from balcao.workflow.domain.opening import open_task, require_known
from balcao.workflow.domain.phases import chosen
from balcao.workflow.domain.recurrences import Plan, Recurrence
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store.recurrences import Recurrences
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()


class Recurring:
    """The recurrences of all companies."""

    def __init__(
        self,
        recurrences: Recurrences,
        tasks: Tasks,
        types: TaskTypes,
        numbers: Numbers,
        companies: Companies,
        creating: Creating,
    ) -> None:
        self._recurrences = recurrences
        self._tasks = tasks
        self._types = types
        self._numbers = numbers
        self._companies = companies
        self._creating = creating

    async def begin(self, company_id: str, plan: Plan, cause: Cause) -> Recurrence:
        """A new recurrence; the same cause makes one only. Raises `BadRule` and what `require_known` does."""
        id_ = derived_id("recurrence", cause.id)
        if (found := await self._recurrences.find(company_id, id_)) is not None:
            return found
        await self._require_known(company_id, plan)
        calendar = await self._companies.calendar(company_id)
        number = await self._numbers.next(company_id, "recurrence")
        change = rules.begin(plan, company_id, id_, calendar, number=number, at=cause.at)
        try:
            return await self._recurrences.create(change, cause)
        except (AlreadyDone, Conflict):
            return await self._recurrences.get(company_id, id_)

    async def replan(self, company_id: str, number: int, plan: Plan, cause: Cause, expected: int | None) -> Recurrence:
        """Another template or rule. Raises as `begin` does."""
        await self._require_known(company_id, plan)
        calendar = await self._companies.calendar(company_id)
        return await self._apply(
            company_id, number, lambda now: rules.replan(now, plan, calendar, at=cause.at), cause, expected
        )

    async def pause(
        self, company_id: str, number: int, cause: Cause, expected: int | None, *, paused: bool
    ) -> Recurrence:
        """Pause it, or go on. Raises `RecurrenceHasEnded`."""
        calendar = await self._companies.calendar(company_id)
        return await self._apply(
            company_id, number, lambda now: rules.pause(now, calendar, paused=paused, at=cause.at), cause, expected
        )

    async def skip(self, company_id: str, number: int, cause: Cause, expected: int | None) -> Recurrence:
        """Leave the next time out. Raises `RecurrenceHasEnded`."""
        calendar = await self._companies.calendar(company_id)
        return await self._apply(
            company_id, number, lambda now: rules.skip(now, calendar, at=cause.at), cause, expected
        )

    async def end(self, company_id: str, number: int, cause: Cause, expected: int | None) -> Recurrence:
        """Make no more tasks of it."""
        return await self._apply(company_id, number, lambda now: rules.end(now, at=cause.at), cause, expected)

    async def one(self, company_id: str, number: int) -> Recurrence:
        """The recurrence with this number. Raises `NotFound`."""
        return await self._recurrences.by_number(company_id, number)

    async def page(self, company_id: str, *, limit: int, after: int | None) -> list[Recurrence]:
        """Up to `limit` recurrences, the newest first, from behind a number."""
        return await self._recurrences.page(company_id, limit=limit, after=after)

    async def fire(self, timer: Timer) -> None:
        """A time has come: make its task and stand at the next one, in one transaction.

        The task's id follows from recurrence and time, and the recurrence's version guards both: of two replicas, or a
        repeat after a kill, one makes it.
        """
        recurrence = await self._recurrences.get(timer.company_id, timer.of)
        if not recurrence.waits_for(timer.due):
            return  # paused, skipped, planned anew or made already
        calendar = await self._companies.calendar(timer.company_id)
        id_ = derived_id("recurrence", recurrence.id, "task", timer.due.isoformat())
        cause_id = derived_id("recur", recurrence.id, timer.due.isoformat())
        cause = Cause(cause_id, cause_id, timer.due)
        made = await self._task(recurrence, id_, timer)

        async def with_task(_: Change[Recurrence]) -> Work:
            work = Work()
            self._tasks.include_new(work, made, cause)
            return work

        def rule(now: Recurrence) -> Change[Recurrence]:
            if not now.waits_for(timer.due):
                return Change(now, now, ())
            return rules.fire(now, made.after, calendar, at=timer.due)

        after = await self._recurrences.change(
            timer.company_id, recurrence.id, rule, cause, also=with_task, loaded=recurrence
        )
        _log.info("recurrence.fired", recurrence_id=after.id, number=after.number, made=after.made)

    async def _task(self, recurrence: Recurrence, id_: str, timer: Timer) -> Change[Task]:
        company_id, wanted = recurrence.company_id, recurrence.plan.task
        circle, types, calendar, number = await asyncio.gather(
            self._creating.circle(company_id),
            self._types.of(company_id),
            self._companies.calendar(company_id),
            self._numbers.next(company_id, "task"),
        )
        task_type = chosen([one for one in types if not one.archived], wanted.task_type)
        due = rules.due_of(recurrence, calendar, timer.due)
        due = due or await self._creating.proposed_due(company_id, task_type, timer.due)
        return open_task(
            wanted,
            company_id,
            id_,
            task_type,
            circle,
            number=number,
            due=due,
            at=timer.due,
            recurrence=(recurrence.id, recurrence.number),
        )

    async def _require_known(self, company_id: str, plan: Plan) -> None:
        described(plan.task.description, plan.task.html, plan.task.files)  # refused now rather than each time
        require_known(plan.task, await self._creating.circle(company_id))
        self._creating.type_in_use(await self._types.of(company_id), plan.task.task_type)

    async def _apply(
        self,
        company_id: str,
        number: int,
        rule: Callable[[Recurrence], Change[Recurrence]],
        cause: Cause,
        expected: int | None,
    ) -> Recurrence:
        found = await self._recurrences.by_number(company_id, number)
        return await self._recurrences.change(
            company_id, found.id, rule, cause, expected_version=expected, loaded=found
        )
