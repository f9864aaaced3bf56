"""What can be asked of production: loads a task, lets the rules decide, saves. Decides nothing itself."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from balcao.shared import clock
from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone
from balcao.shared.events import (
    Envelope,
    LinkedTicket,
    Party,
    TicketCancelled,
    TicketRef,
    TicketSplit,
    TicketStepUndone,
    TicketTaskRequested,
)
from balcao.shared.mongo import Document
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.conditions import TaskIdTaken, TaskNotCreatedYet
from balcao.workflow.domain.phases import TaskType, chosen, named
from balcao.workflow.domain.tags import Known, retag
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store import Tasks, TaskTypes, Wanted

_log = structlog.get_logger()


class Production:
    """The tasks of all companies. Every method takes the company's id; a task of another one is `NotFound`."""

    def __init__(self, tasks: Tasks, types: TaskTypes, numbers: Numbers) -> None:
        self._tasks = tasks
        self._types = types
        self._numbers = numbers

    async def create(self, event: Envelope[TicketTaskRequested]) -> None:
        """Create the task that a ticket asked for (H3); a repeat of the event changes nothing.

        Raises `TaskIdTaken` when another request took the id: that one goes to the dead letters with its reason.
        """
        asked, company_id = event.data, event.companyid
        if await self._exists(company_id, asked):
            return
        task_type = await self._type_for(company_id, asked.task_type)
        number = await self._numbers.next(company_id, "task")
        change = rules.create(asked, company_id, task_type, number=number, at=event.time)
        try:
            task = await self._tasks.create(change, Cause.of(event))
        except AlreadyDone:
            await self._exists(company_id, asked)
            return
        _log.info("task.created", task_id=task.id, number=task.number, ticket_id=asked.ticket.id)

    async def ticket_cancelled(self, event: Envelope[TicketCancelled]) -> None:
        """Mark the ticket's tasks, so that a person decides about each.

        Raises `TaskNotCreatedYet` while one of those it lists is still being made; the repeat marks only what is left.
        """
        company_id, ticket = event.companyid, event.data.ticket
        serving = await self._tasks.serving(company_id, ticket.id)
        for task_id in serving:
            await self._tasks.change(
                company_id, task_id, lambda task: rules.ticket_cancelled(task, ticket, at=event.time), Cause.of(event)
            )
        missing = set(event.data.open_tasks).difference(serving)
        if missing:
            raise TaskNotCreatedYet("a task of the cancelled ticket does not exist yet", tasks=sorted(missing))
        _log.info("task.ticket_followed", ticket_id=ticket.id, tasks=len(serving))

    async def tickets_moved(self, event: Envelope[TicketSplit] | Envelope[TicketStepUndone]) -> None:
        """Tasks that a split took along serve the new ticket, and the old one again when the split is undone.

        Raises `TaskNotCreatedYet` while one of them is still being made; the repeat moves only what is left.
        """
        data = event.data
        after: LinkedTicket | TicketRef
        if isinstance(data, TicketSplit):
            before_id, after = data.ticket.id, data.into
        elif data.tasks and data.others:
            before_id, after = data.others[0].id, data.ticket
        else:
            return  # of a merge or a bulk edit, or of the ticket that gives the tasks back
        ticket = rules.LinkedTicket(id=after.id, number=after.number, title=after.title)
        for task_id in data.tasks:
            if await self._tasks.find(event.companyid, task_id) is None:
                raise TaskNotCreatedYet("a task that went along does not exist yet", tasks=[task_id])
            await self._tasks.change(
                event.companyid,
                task_id,
                lambda task: rules.move_ticket(task, before_id, ticket, at=event.time),
                Cause.of(event),
            )

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

    async def _exists(self, company_id: str, asked: TicketTaskRequested) -> bool:
        """Whether this request has its task already. Raises `TaskIdTaken` when the id belongs to another ticket's."""
        task = await self._tasks.find(company_id, asked.task_id)
        if task is None:
            return False
        if asked.ticket.id not in (*task.served, *(ticket.id for ticket in task.tickets)):
            raise TaskIdTaken(f"task #{task.number} has the id that was asked for", task_id=task.id)
        return True

    async def _type_for(self, company_id: str, wanted: str | None) -> TaskType:
        types = await self._types.of(company_id)
        if wanted is not None and named(types, wanted) is None:
            _log.warning("task.type_unknown", company_id=company_id)
        return chosen(types, wanted)
