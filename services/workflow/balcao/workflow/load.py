"""Who has how much to do and when, and how fast tasks get done: reads what the figures need, within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from balcao.shared import clock
from balcao.shared.calendar import BusinessCalendar
from balcao.shared.errors import NotFound
from balcao.shared.events import Party, PersonProfile
from balcao.shared.timeline import Cause
from balcao.workflow.companies import Companies
from balcao.workflow.domain.load import (
    Completed,
    OpenWork,
    PersonLoad,
    TypeSpeed,
    monday_of,
    speed_by_type,
    workload,
)
from balcao.workflow.domain.phases import TaskType
from balcao.workflow.domain.places import closed_between
from balcao.workflow.store.capacities import Capacities
from balcao.workflow.store.learned import Learned
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks
from balcao.workflow.store.time_entries import TimeEntries

MOST_READ = 20_000
"""Tasks that one report looks at; with more it says that it is not complete."""


@dataclass(frozen=True)
class Workload:
    """Everybody's weeks."""

    first: date
    people: Mapping[str, Party]
    loads: Mapping[str | None, PersonLoad]
    capacities: Mapping[str, int]
    complete: bool


@dataclass(frozen=True)
class SpeedReport:
    """Each type's figures."""

    first: date
    types: Mapping[str, TaskType]
    speeds: Mapping[str, TypeSpeed]
    complete: bool


class Load:
    """The load and speed of all companies."""

    def __init__(
        self,
        tasks: Tasks,
        types: TaskTypes,
        companies: Companies,
        learned: Learned,
        capacities: Capacities,
        entries: TimeEntries,
    ) -> None:
        self._tasks = tasks
        self._types = types
        self._companies = companies
        self._learned = learned
        self._capacities = capacities
        self._entries = entries

    async def workload(self, company_id: str, *, weeks: int) -> Workload:
        """From this week on: what is left of each person's open tasks by the week they are due, against capacity."""
        calendar = await self._companies.calendar(company_id)
        team, capacities = await self._learned.team(company_id), await self._capacities.of(company_id)
        today = calendar.today(clock.now())
        first = monday_of(today)
        spent = await self._entries.spent(company_id, first, first + timedelta(days=7 * weeks - 1))
        people, work = _parties(team), []
        fields = ("executor", "due", "estimate_minutes", "spent_minutes")
        async for row in self._tasks.rows(company_id, "0", "1", fields, most=MOST_READ + 1):
            executor = row["executor"]
            executor_id = executor["person_id"] if executor else None
            if executor_id is not None:
                people.setdefault(executor_id, Party.model_validate(executor))
            work.append(OpenWork(executor_id, row["due"], row.get("estimate_minutes"), row.get("spent_minutes") or 0))
        loads = workload(people, work[:MOST_READ], spent, capacities, calendar, today=today, weeks=weeks)
        return Workload(first, people, loads, capacities, complete=len(work) <= MOST_READ)

    async def speed(self, company_id: str, *, weeks: int) -> SpeedReport:
        """Throughput, cycle and lead time per type for this week and those before, from what is completed now: a task
        that was reopened or cancelled since does not count."""
        calendar = await self._companies.calendar(company_id)
        now = clock.now()
        first = monday_of(calendar.today(now)) - timedelta(days=7 * (weeks - 1))
        low, high = closed_between(_begin(calendar, first), now + timedelta(days=1))
        fields = ("type_id", "created_at", "started_at", "closed_at")
        done = [
            Completed(row["type_id"], row["created_at"], row.get("started_at"), row["closed_at"])
            async for row in self._tasks.rows(company_id, low, high, fields, most=MOST_READ + 1)
        ]
        types = {one.id: one for one in await self._types.of(company_id)}
        speeds = speed_by_type(done[:MOST_READ], calendar, first=first, weeks=weeks)
        return SpeedReport(first, types, speeds, complete=len(done) <= MOST_READ)

    async def set_capacity(self, company_id: str, person_id: str, minutes: int, cause: Cause) -> int:
        """How many minutes of a working day a person gives to tasks. Raises `NotFound` and `BadTime`."""
        person = (await self._learned.team(company_id)).get(person_id)
        if person is None:
            raise NotFound("there is nobody of this id in the team")
        return await self._capacities.put(company_id, person.party(), minutes, cause)


def _parties(team: Mapping[str, PersonProfile]) -> dict[str, Party]:
    return {id_: person.party() for id_, person in sorted(team.items(), key=lambda one: one[1].name.casefold())}


def _begin(calendar: BusinessCalendar, day: date) -> datetime:
    return calendar.bounds(day)[0]
