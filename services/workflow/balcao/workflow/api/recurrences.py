"""Routes of work that comes again and again: the team looks, agents and administrators plan."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from balcao.workflow.api.commands import Desk, Expected, Member, Number, TheCause
from balcao.workflow.domain.recurrences import Plan, Recurrence
from balcao.workflow.recurring import Recurring


class RecurrenceOut(BaseModel):
    """A recurrence."""

    id: str
    number: int
    plan: Plan
    paused: bool
    ended: bool = Field(description="There will be no more tasks of it.")
    next_at: datetime | None = Field(description="When the next task is made, unless it is paused.")
    made: int = Field(description="Tasks made so far.")
    created_at: datetime
    updated_at: datetime
    version: int


class RecurrencesOut(BaseModel):
    """A page of recurrences, the newest first, and what to pass as `after` for the next one."""

    items: list[RecurrenceOut]
    next: int | None


def routes(recurring: Recurring) -> APIRouter:
    """Routes of recurrences."""
    router = APIRouter(prefix="/v1")
    _add_reading(router, recurring)
    _add_commands(router, recurring)
    return router


def _add_reading(router: APIRouter, recurring: Recurring) -> None:
    @router.get("/recurrences")
    async def list_recurrences(
        acting: Member,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        after: Annotated[int | None, Query(ge=1)] = None,
    ) -> RecurrencesOut:
        """The company's recurrences, ended ones too."""
        found = await recurring.page(acting.company_id, limit=limit + 1, after=after)
        page = found[:limit]
        following = page[-1].number if len(found) > limit else None
        return RecurrencesOut(items=[_shown(one) for one in page], next=following)

    @router.get("/recurrences/{number}")
    async def show_recurrence(acting: Member, number: Number, response: Response) -> RecurrenceOut:
        """A recurrence."""
        return _answer(await recurring.one(acting.company_id, number), response)


def _add_commands(router: APIRouter, recurring: Recurring) -> None:
    @router.post("/recurrences", status_code=201)
    async def begin(acting: Desk, cause: TheCause, body: Plan, response: Response) -> RecurrenceOut:
        """Plan work that comes again and again, by the company's clock and calendar."""
        return _answer(await recurring.begin(acting.company_id, body, cause), response)

    @router.put("/recurrences/{number}")
    async def replan(
        acting: Desk, number: Number, expected: Expected, cause: TheCause, body: Plan, response: Response
    ) -> RecurrenceOut:
        """Another template or rule; tasks made stay as they are."""
        return _answer(await recurring.replan(acting.company_id, number, body, cause, expected), response)

    @router.post("/recurrences/{number}/pause")
    async def pause(
        acting: Desk, number: Number, expected: Expected, cause: TheCause, response: Response
    ) -> RecurrenceOut:
        """Make no tasks for a while."""
        return _answer(await recurring.pause(acting.company_id, number, cause, expected, paused=True), response)

    @router.post("/recurrences/{number}/resume")
    async def resume(
        acting: Desk, number: Number, expected: Expected, cause: TheCause, response: Response
    ) -> RecurrenceOut:
        """Go on; what fell into the pause is not made."""
        return _answer(await recurring.pause(acting.company_id, number, cause, expected, paused=False), response)

    @router.post("/recurrences/{number}/skip")
    async def skip(
        acting: Desk, number: Number, expected: Expected, cause: TheCause, response: Response
    ) -> RecurrenceOut:
        """Leave the next time out."""
        return _answer(await recurring.skip(acting.company_id, number, cause, expected), response)

    @router.post("/recurrences/{number}/end")
    async def end(
        acting: Desk, number: Number, expected: Expected, cause: TheCause, response: Response
    ) -> RecurrenceOut:
        """Make no more tasks of it, ever."""
        return _answer(await recurring.end(acting.company_id, number, cause, expected), response)


def _answer(recurrence: Recurrence, response: Response) -> RecurrenceOut:
    response.headers["ETag"] = f'"{recurrence.version}"'
    return _shown(recurrence)


def _shown(recurrence: Recurrence) -> RecurrenceOut:
    return RecurrenceOut(
        **recurrence.model_dump(exclude={"plan"}), plan=recurrence.plan, ended=recurrence.next_at is None
    )
