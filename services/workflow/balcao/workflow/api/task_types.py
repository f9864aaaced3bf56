"""Routes of task types: everybody of the team sees them, administrators arrange them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from balcao.shared.clock import now
from balcao.shared.events import Party, PhaseKind
from balcao.workflow.api.commands import Admin, Body, Expected, Member, TheCause
from balcao.workflow.arranging import Arranging
from balcao.workflow.creating import Creating
from balcao.workflow.domain.phases import TaskType
from balcao.workflow.domain.type_changes import MOST_PHASES, MOST_WORK_MINUTES
from balcao.workflow.production import Production

TypeId = Annotated[str, Path(min_length=1, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Minutes = Annotated[
    int | None, Field(ge=1, le=MOST_WORK_MINUTES, description="Working time it takes; due dates are proposed from it.")
]


class PhaseBody(Body):
    """A phase as it shall be; without an id it is a new one."""

    id: str | None = Field(default=None, max_length=60)
    name: Name
    kind: PhaseKind
    assignee_id: str | None = Field(default=None, max_length=100, description="Who gets a task that enters it.")


class NewTypeBody(Body):
    """A new task type."""

    name: Name
    default: bool = False
    work_minutes: Minutes = None
    phases: list[PhaseBody] = Field(default=[], max_length=MOST_PHASES, description="In order; none: the usual ones.")


class TypeBody(Body):
    """What of a task type changes; what is left out stays."""

    name: Name = "-"
    default: bool = Field(default=False, description="True makes it the default; the one before is it no more.")
    archived: bool = False
    work_minutes: Minutes = None


class PhasesBody(Body):
    """All phases in their order. Those left out are removed."""

    phases: list[PhaseBody] = Field(min_length=1, max_length=MOST_PHASES)
    moves: dict[str, str] = Field(
        default={}, max_length=MOST_PHASES, description="Where the tasks of removed phases go: id → id or name."
    )


class PhaseOut(BaseModel):
    """A phase."""

    id: str
    name: str
    kind: PhaseKind
    assignee: Party | None


class TaskTypeOut(BaseModel):
    """A task type with its phases in the order of the board."""

    id: str
    name: str
    default: bool
    archived: bool
    work_minutes: int | None
    phases: list[PhaseOut]
    version: int


class TaskTypesOut(BaseModel):
    """The company's task types, the default first."""

    items: list[TaskTypeOut]


class DueOut(BaseModel):
    """When a task of a type would be due."""

    due: datetime | None


def routes(production: Production, arranging: Arranging, creating: Creating) -> APIRouter:
    """Routes of task types."""
    router = APIRouter(prefix="/v1")
    _add_reading(router, production, creating)
    _add_commands(router, arranging)
    return router


def _add_reading(router: APIRouter, production: Production, creating: Creating) -> None:
    @router.get("/task-types")
    async def list_types(
        acting: Member, *, archived: Annotated[bool, Query(description="Also those that were archived.")] = False
    ) -> TaskTypesOut:
        """The company's task types with their phases."""
        types = await production.types(acting.company_id)
        return TaskTypesOut(items=[_shown(one) for one in types if archived or not one.archived])

    @router.get("/task-types/{type_id}/due")
    async def propose_due(acting: Member, type_id: TypeId) -> DueOut:
        """When a task of this type begun now would be due, by the company's working time; none without a duration."""
        task_type = await production.type(acting.company_id, type_id)
        return DueOut(due=await creating.proposed_due(acting.company_id, task_type, now()))


def _add_commands(router: APIRouter, arranging: Arranging) -> None:
    @router.post("/task-types", status_code=201)
    async def add_type(acting: Admin, cause: TheCause, body: NewTypeBody, response: Response) -> TaskTypeOut:
        """A new task type."""
        phases = [(one.model_dump(exclude={"assignee_id"}), one.assignee_id) for one in body.phases]
        added = await arranging.add(
            acting.company_id, body.name, phases, cause, default=body.default, work_minutes=body.work_minutes
        )
        return _answer(added, response)

    @router.patch("/task-types/{type_id}")
    async def edit_type(
        acting: Admin, type_id: TypeId, expected: Expected, cause: TheCause, body: TypeBody, response: Response
    ) -> TaskTypeOut:
        """Rename it, make it the default, archive or restore it, or say how long such tasks take."""
        given = body.model_dump(exclude_unset=True)
        return _answer(await arranging.edit(acting.company_id, type_id, given, cause, expected), response)

    @router.put("/task-types/{type_id}/phases")
    async def arrange(
        acting: Admin, type_id: TypeId, expected: Expected, cause: TheCause, body: PhasesBody, response: Response
    ) -> TaskTypeOut:
        """Add, rename, reorder and remove phases. One with tasks is removed only with a word about where they go."""
        phases = [(one.model_dump(exclude={"assignee_id"}), one.assignee_id) for one in body.phases]
        changed = await arranging.arrange(acting.company_id, type_id, phases, body.moves, cause, expected)
        return _answer(changed, response)


def _answer(task_type: TaskType, response: Response) -> TaskTypeOut:
    response.headers["ETag"] = f'"{task_type.version}"'
    return _shown(task_type)


def _shown(task_type: TaskType) -> TaskTypeOut:
    phases = [PhaseOut(**one.model_dump(), assignee=task_type.assignees.get(one.id)) for one in task_type.phases]
    return TaskTypeOut(**{**task_type.model_dump(), "phases": phases})
