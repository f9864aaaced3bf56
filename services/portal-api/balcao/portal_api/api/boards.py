"""Boards and load: tasks by phase, who has how much to do, how fast tasks get done. For the team only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, Limit, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
Executor = Annotated[str | None, Query(max_length=100, description="Only this person's tasks: an id, or me.")]
Weeks = Annotated[int, Query(ge=1, le=26)]


class Capacity(Body):
    """How much of a working day a person gives to tasks."""

    minutes_per_day: int = Field(ge=0, le=1440)


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about boards and load."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    admin = Annotated[Acting, Depends(roles.admin)]
    workflow = upstreams.workflow

    @router.get("/boards/{type_id}", response_class=Response)
    async def show_board(type_id: Id, acting: team, limit: Limit = 25, executor: Executor = None) -> Response:
        """A task type's phases as columns, each with its count and first tasks: `{columns: [{phase, items, next}]}`."""
        return passed_on(await workflow.get(f"/v1/boards/{type_id}", acting, limit=limit, executor=executor))

    @router.get("/boards/{type_id}/columns/{phase_id}", response_class=Response)
    async def show_column(
        type_id: Id,
        phase_id: Id,
        acting: team,
        after: Annotated[str | None, Query(max_length=40)] = None,
        limit: Limit = 25,
        executor: Executor = None,
    ) -> Response:
        """The next tasks of a column."""
        path = f"/v1/boards/{type_id}/columns/{phase_id}"
        return passed_on(await workflow.get(path, acting, after=after, limit=limit, executor=executor))

    @router.get("/workload", response_class=Response)
    async def show_workload(acting: team, weeks: Weeks = 4) -> Response:
        """What is left to do for each person by the week it is due, from this week on, against their capacity."""
        return passed_on(await workflow.get("/v1/workload", acting, weeks=weeks))

    @router.get("/throughput", response_class=Response)
    async def show_throughput(acting: team, weeks: Weeks = 12) -> Response:
        """How many tasks of each type were completed per week, and how long they took."""
        return passed_on(await workflow.get("/v1/throughput", acting, weeks=weeks))

    @router.put("/capacities/{person_id}", response_class=Response)
    async def set_capacity(person_id: Id, body: Capacity, acting: admin, once: Once = None) -> Response:
        """How many minutes of a working day a person of the team gives to tasks; 480 where nobody said."""
        return passed_on(await workflow.put(f"/v1/capacities/{person_id}", acting, body.model_dump(), once=once))

    return router
