"""Routes of boards: the phases of a task type as columns, each paged by itself."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from balcao.workflow.api.commands import Member
from balcao.workflow.api.views import Showing, TaskOut
from balcao.workflow.boards import MOST_COUNTED, Boards
from balcao.workflow.domain.phases import Phase
from balcao.workflow.domain.places import read_place

Id = Annotated[str, Path(min_length=1, max_length=100)]
Executor = Annotated[str | None, Query(min_length=1, max_length=100, description="Only this person's; an id, or me.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Tasks per column.")]


class ColumnOut(BaseModel):
    """A phase with the first of its tasks."""

    phase: Phase
    count: int = Field(description=f"Tasks in it, counted up to {MOST_COUNTED}; of one person up to `limit`.")
    more: bool = Field(description="There are more than were counted.")
    items: list[TaskOut]
    next: str | None = Field(description="What to pass as `after` for the column's next page.")


class BoardOut(BaseModel):
    """A board: open tasks by urgency; in phases of the kind done the completed ones, the latest first."""

    type_id: str
    name: str
    columns: list[ColumnOut]


class ColumnPageOut(BaseModel):
    """A further page of a column."""

    items: list[TaskOut]
    next: str | None


def routes(boards: Boards, showing: Showing) -> APIRouter:
    """Routes of boards."""
    router = APIRouter(prefix="/v1")

    @router.get("/boards/{type_id}")
    async def show_board(acting: Member, type_id: Id, limit: Limit = 25, executor: Executor = None) -> BoardOut:
        """A task type's board. What was cancelled is on none."""
        somebody = acting.person_id if executor == "me" else executor
        task_type, found = await boards.board(acting.company_id, type_id, limit=limit, executor_id=somebody)
        columns = [
            ColumnOut(
                phase=one.phase,
                count=one.count,
                more=one.more,
                items=await showing.rows(acting.company_id, one.tasks),
                next=one.following,
            )
            for one in found
        ]
        return BoardOut(type_id=task_type.id, name=task_type.name, columns=columns)

    @router.get("/boards/{type_id}/columns/{phase_id}")
    async def show_column(
        acting: Member,
        type_id: Id,
        phase_id: Id,
        after: Annotated[str | None, Query(max_length=40)] = None,
        limit: Limit = 25,
        executor: Executor = None,
    ) -> ColumnPageOut:
        """The tasks of a column behind those of the page before."""
        place = read_place(after) if after is not None else None
        somebody = acting.person_id if executor == "me" else executor
        column = await boards.column(
            acting.company_id, type_id, phase_id, limit=limit, after=place, executor_id=somebody
        )
        return ColumnPageOut(items=await showing.rows(acting.company_id, column.tasks), next=column.following)

    return router
