"""Makes the tasks that are asked for, each exactly once."""

import structlog

from balcao.shared.commit import AlreadyDone
from balcao.shared.events import Envelope, TicketTaskRequested
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.conditions import TaskIdTaken
from balcao.workflow.domain.phases import TaskType, chosen, named
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()


class Creating:
    """New tasks of all companies."""

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

    async def _exists(self, company_id: str, asked: TicketTaskRequested) -> bool:
        """Whether this request has its task already. Raises `TaskIdTaken` when the id belongs to another ticket's."""
        task = await self._tasks.find(company_id, asked.task_id)
        if task is None:
            return False
        if asked.ticket.id not in (*task.left, *(ticket.id for ticket in task.tickets)):
            raise TaskIdTaken(f"task #{task.number} has the id that was asked for", task_id=task.id)
        return True

    async def _type_for(self, company_id: str, wanted: str | None) -> TaskType:
        types = await self._types.of(company_id)
        if wanted is not None and named(types, wanted) is None:
            _log.warning("task.type_unknown", company_id=company_id)
        return chosen(types, wanted)
