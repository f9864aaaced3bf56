"""Makes the tasks that are asked for, each exactly once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from balcao.shared.calendar import NoBusinessDay
from balcao.shared.commit import AlreadyDone, Conflict
from balcao.shared.events import Envelope, TicketTaskRequested
from balcao.shared.ids import derived_id
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.workflow.companies import Companies
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.conditions import NoSuchType, TaskIdTaken
from balcao.workflow.domain.opening import Circle, TaskWanted, open_task, require_known
from balcao.workflow.domain.phases import TaskType, chosen, named
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store.learned import Learned
from balcao.workflow.store.tags import Tags
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()


class Creating:
    """New tasks of all companies."""

    def __init__(
        self, tasks: Tasks, types: TaskTypes, numbers: Numbers, companies: Companies, learned: Learned, tags: Tags
    ) -> None:
        self._tasks = tasks
        self._types = types
        self._numbers = numbers
        self._companies = companies
        self._learned = learned
        self._tags = tags

    async def create(self, event: Envelope[TicketTaskRequested]) -> None:
        """Create the task that a ticket asked for (H3); a repeat of the event changes nothing.

        Raises `TaskIdTaken` when another request took the id: that one goes to the dead letters with its reason.
        """
        asked, company_id = event.data, event.companyid
        if await self._exists(company_id, asked):
            return
        task_type = await self._type_for(company_id, asked.task_type)
        number = await self._numbers.next(company_id, "task")
        proposed = await self.proposed_due(company_id, task_type, event.time) if asked.due is None else None
        change = rules.create(asked, company_id, task_type, number=number, at=event.time, proposed=proposed)
        try:
            task = await self._tasks.create(change, Cause.of(event))
        except AlreadyDone:
            await self._exists(company_id, asked)
            return
        _log.info("task.created", task_id=task.id, number=task.number, ticket_id=asked.ticket.id)

    async def create_own(self, company_id: str, wanted: TaskWanted, cause: Cause, id_: str | None = None) -> Task:
        """Create a task that no ticket asked for; the same cause makes one only.

        Raises `NoSuchType`, and what `require_known` and `open_task` do.
        """
        id_ = id_ or derived_id("task", cause.id)
        if (found := await self._tasks.find(company_id, id_)) is not None:
            return found
        circle = await self.circle(company_id)
        require_known(wanted, circle)
        task_type = self.type_in_use(await self._types.of(company_id), wanted.task_type)
        due = await self.proposed_due(company_id, task_type, cause.at)
        number = await self._numbers.next(company_id, "task")
        change = open_task(wanted, company_id, id_, task_type, circle, number=number, due=due, at=cause.at)
        try:
            return await self._tasks.create(change, cause)
        except (AlreadyDone, Conflict):
            return await self._tasks.get(company_id, id_)

    async def circle(self, company_id: str) -> Circle:
        """What the company has that a task can name."""
        team, projects, tags = await asyncio.gather(
            self._learned.team(company_id), self._learned.projects(company_id), self._tags.of(company_id)
        )
        return Circle(team=team, projects=projects, tags={tag.id: tag for tag in tags})

    async def proposed_due(self, company_id: str, task_type: TaskType, at: datetime) -> datetime | None:
        """When such a task would be done if somebody began now, by the company's working time; none for a type without
        a duration, or where the calendar has no working day."""
        if task_type.work_minutes is None:
            return None
        calendar = await self._companies.calendar(company_id)
        try:
            return calendar.add_working_time(at, task_type.work_minutes)
        except NoBusinessDay:
            _log.warning("task.due_not_proposed", company_id=company_id)
            return None

    def type_in_use(self, types: Sequence[TaskType], wanted: str | None) -> TaskType:
        """The type of this id or name, the default one if none was named. Raises `NoSuchType`."""
        in_use = [one for one in types if not one.archived]
        if wanted is not None and named(in_use, wanted) is None:
            raise NoSuchType("there is no such task type in use", possible=[one.name for one in in_use])
        return chosen(in_use, wanted)

    async def _exists(self, company_id: str, asked: TicketTaskRequested) -> bool:
        """Whether this request has its task already. Raises `TaskIdTaken` when the id belongs to another ticket's."""
        task = await self._tasks.find(company_id, asked.task_id)
        if task is None:
            return False
        if asked.ticket.id not in (*task.left, *(ticket.id for ticket in task.tickets)):
            raise TaskIdTaken(f"task #{task.number} has the id that was asked for", task_id=task.id)
        return True

    async def _type_for(self, company_id: str, wanted: str | None) -> TaskType:
        types = [one for one in await self._types.of(company_id) if not one.archived]
        if wanted is not None and named(types, wanted) is None:
            _log.warning("task.type_unknown", company_id=company_id)
        return chosen(types, wanted)
