"""Routes of the load: who has how much to do and when, how fast tasks get done, and how much somebody takes."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from balcao.shared.events import Party
from balcao.workflow.api.commands import Admin, Body, Member, TheCause
from balcao.workflow.domain.load import USUAL_MINUTES_PER_DAY, PersonLoad, Speed
from balcao.workflow.domain.timesheets import MINUTES_OF_A_DAY
from balcao.workflow.load import Load

Weeks = Annotated[int, Query(ge=1, le=26)]


class WeekOut(BaseModel):
    """A person's week, in minutes."""

    week: date = Field(description="Its Monday.")
    capacity: int = Field(description="By the company's working days and the person's setting.")
    planned: int = Field(description="Left of tasks due in it, estimates less time spent; late ones count for now.")
    spent: int
    tasks: int
    unestimated: int = Field(description="Tasks of these without an estimate.")


class PersonOut(BaseModel):
    """A person's weeks."""

    person: Party | None = Field(description="None: what nobody was given yet.")
    minutes_per_day: int
    weeks: list[WeekOut]
    undated: int = Field(description="Tasks without a due date.")
    undated_minutes: int
    later: int = Field(description="Tasks due after the last of these weeks.")


class WorkloadOut(BaseModel):
    """Everybody's weeks."""

    items: list[PersonOut]
    complete: bool = Field(description="False where there were more tasks than a report looks at.")


class SpeedOut(BaseModel):
    """Figures of some completed tasks; times in seconds, by nearest rank, none where nothing was completed."""

    completed: int
    cycle_p50_s: float | None
    cycle_p85_s: float | None
    lead_p50_s: float | None
    lead_p85_s: float | None


class SpeedWeekOut(SpeedOut):
    """A week's."""

    week: date = Field(description="Its Monday.")


class TypeSpeedOut(BaseModel):
    """A task type's figures."""

    type_id: str
    name: str
    together: SpeedOut
    weeks: list[SpeedWeekOut]


class SpeedReportOut(BaseModel):
    """Figures of every type that completed something."""

    items: list[TypeSpeedOut]
    complete: bool = Field(description="False where there were more tasks than a report looks at.")


class CapacityBody(Body):
    """How much of a working day a person gives to tasks."""

    minutes_per_day: int = Field(ge=0, le=MINUTES_OF_A_DAY)


class CapacityOut(BaseModel):
    """A person's setting."""

    minutes_per_day: int


def routes(load: Load) -> APIRouter:
    """Routes of the load."""
    router = APIRouter(prefix="/v1")

    @router.get("/workload")
    async def show_workload(acting: Member, weeks: Weeks = 4) -> WorkloadOut:
        """What is left to do for each person by the week it is due, from this week on, against their capacity."""
        found = await load.workload(acting.company_id, weeks=weeks)
        items = [
            _person(_party(found.people, id_), found.capacities.get(id_ or "", USUAL_MINUTES_PER_DAY), one, found.first)
            for id_, one in found.loads.items()
        ]
        return WorkloadOut(items=items, complete=found.complete)

    @router.get("/throughput")
    async def show_throughput(acting: Member, weeks: Weeks = 12) -> SpeedReportOut:
        """How many tasks of each type were completed per week, and how long they took: this week and those before."""
        found = await load.speed(acting.company_id, weeks=weeks)
        items = [
            TypeSpeedOut(
                type_id=type_id,
                name=found.types[type_id].name if type_id in found.types else type_id,
                together=_speed(one.together),
                weeks=[
                    SpeedWeekOut(**_speed(week).model_dump(), week=_nth(found.first, n))
                    for n, week in enumerate(one.weeks)
                ],
            )
            for type_id, one in found.speeds.items()
        ]
        return SpeedReportOut(items=items, complete=found.complete)

    @router.put("/capacities/{person_id}")
    async def set_capacity(
        acting: Admin, person_id: Annotated[str, Path(max_length=100)], cause: TheCause, body: CapacityBody
    ) -> CapacityOut:
        """How many minutes of a working day a person of the team gives to tasks."""
        minutes = await load.set_capacity(acting.company_id, person_id, body.minutes_per_day, cause)
        return CapacityOut(minutes_per_day=minutes)

    return router


def _party(people: Mapping[str, Party], id_: str | None) -> Party | None:
    """Somebody by name, or only by id once they have left the team; none for nobody."""
    return people.get(id_, Party(person_id=id_)) if id_ is not None else None


def _person(person: Party | None, minutes_per_day: int, load: PersonLoad, first: date) -> PersonOut:
    return PersonOut(
        person=person,
        minutes_per_day=minutes_per_day if person is not None else 0,
        weeks=[WeekOut(**vars(week), week=_nth(first, n)) for n, week in enumerate(load.weeks)],
        undated=load.undated,
        undated_minutes=load.undated_minutes,
        later=load.later,
    )


def _speed(speed: Speed) -> SpeedOut:
    return SpeedOut(**vars(speed))


def _nth(first: date, n: int) -> date:
    return date.fromordinal(first.toordinal() + 7 * n)
