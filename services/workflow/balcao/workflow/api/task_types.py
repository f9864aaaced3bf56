"""Routes of task types."""

from fastapi import APIRouter
from pydantic import BaseModel

from balcao.workflow.api.commands import Member
from balcao.workflow.domain.phases import Phase
from balcao.workflow.production import Production


class TaskTypeOut(BaseModel):
    """A task type with its phases in the order of the board."""

    id: str
    name: str
    default: bool
    phases: tuple[Phase, ...]


class TaskTypesOut(BaseModel):
    """The company's task types, the default first."""

    items: list[TaskTypeOut]


def routes(production: Production) -> APIRouter:
    """Routes of task types."""
    router = APIRouter(prefix="/v1")

    @router.get("/task-types")
    async def list_types(acting: Member) -> TaskTypesOut:
        """The company's task types with their phases."""
        types = await production.types(acting.company_id)
        return TaskTypesOut(items=[TaskTypeOut(**one.model_dump()) for one in types])

    return router
