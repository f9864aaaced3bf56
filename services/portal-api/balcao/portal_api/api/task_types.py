"""Task types and their phases: everybody of the team sees them, administrators arrange them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

TypeId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Minutes = Annotated[
    int | None, Field(ge=1, le=288_000, description="Working time it takes; due dates are proposed from it.")
]


class Phase(Body):
    """A phase as it shall be; without an id it is a new one."""

    id: str | None = Field(default=None, max_length=60)
    name: Name
    kind: Literal["todo", "doing", "internal_review", "external_approval", "done"]
    assignee_id: str | None = Field(default=None, max_length=100, description="Who gets a task that enters it.")


class NewType(Body):
    """A new task type."""

    name: Name
    default: bool = False
    work_minutes: Minutes = None
    phases: list[Phase] = Field(default=[], max_length=20, description="In order; none: the usual ones.")


class TypeChange(Body):
    """What of a task type changes; what is left out stays."""

    name: Name = "-"
    default: bool = Field(default=False, description="True makes it the default; the one before is it no more.")
    archived: bool = False
    work_minutes: Minutes = None


class Phases(Body):
    """All phases in their order. Those left out are removed."""

    phases: list[Phase] = Field(min_length=1, max_length=20)
    moves: dict[str, str] = Field(
        default={}, max_length=20, description="Where the tasks of removed phases go: id → id or name."
    )


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about task types."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    admin = Annotated[Acting, Depends(roles.admin)]
    workflow = upstreams.workflow

    @router.get("/task-types", response_class=Response)
    async def list_task_types(
        acting: team, archived: Annotated[bool, Query(description="Also those that were archived.")] = False
    ) -> Response:
        """The kinds of tasks, each with its phases in order; the default first."""
        return passed_on(await workflow.get("/v1/task-types", acting, archived=archived or None))

    @router.get("/task-types/{type_id}/due", response_class=Response)
    async def propose_due(type_id: TypeId, acting: team) -> Response:
        """When a task of this type begun now would be due, by the company's working time."""
        return passed_on(await workflow.get(f"/v1/task-types/{type_id}/due", acting))

    @router.get("/task-types/{type_id}/last-change", response_class=Response)
    async def show_last_change(type_id: TypeId, acting: admin) -> Response:
        """Who changed a task type last, and when; none for one that came with the company."""
        return passed_on(await workflow.get(f"/v1/task-types/{type_id}/last-change", acting))

    @router.post("/task-types", status_code=201, response_class=Response)
    async def add_task_type(body: NewType, acting: admin, once: Once = None) -> Response:
        """A new task type."""
        return passed_on(await workflow.post("/v1/task-types", acting, body.model_dump(), once=once))

    @router.patch("/task-types/{type_id}", response_class=Response)
    async def change_task_type(
        type_id: TypeId, body: TypeChange, acting: admin, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Rename it, make it the default, archive or restore it, or say how long such tasks take."""
        given = body.model_dump(exclude_unset=True)
        return passed_on(await workflow.patch(f"/v1/task-types/{type_id}", acting, given, if_match=if_match, once=once))

    @router.put("/task-types/{type_id}/phases", response_class=Response)
    async def arrange_phases(
        type_id: TypeId, body: Phases, acting: admin, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Add, rename, reorder and remove phases. One with tasks is removed only with a word about where they go."""
        path = f"/v1/task-types/{type_id}/phases"
        return passed_on(await workflow.put(path, acting, body.model_dump(), if_match=if_match, once=once))

    return router
