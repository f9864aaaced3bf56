"""Routes of tags (O14)."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from balcao.shared.events import TagProfile
from balcao.workflow.api.commands import Body, Expected, Member, Number, TheCause
from balcao.workflow.api.views import Showing, TaskDetailOut
from balcao.workflow.domain.tasks import MOST_TAGS
from balcao.workflow.production import Production
from balcao.workflow.store.tags import Tags

TagId = Annotated[str, Field(min_length=1, max_length=100)]


class TagsBody(Body):
    """Which of the company's tags to put on a task and which to take off, by id (O14)."""

    add: list[TagId] = Field(default=[], max_length=MOST_TAGS)
    remove: list[TagId] = Field(default=[], max_length=MOST_TAGS)


class TagsOut(BaseModel):
    """The company's tags."""

    items: list[TagProfile]


def routes(production: Production, tags: Tags, showing: Showing) -> APIRouter:
    """Routes of tags."""
    router = APIRouter(prefix="/v1")

    @router.get("/tags")
    async def list_tags(acting: Member) -> TagsOut:
        """The company's tags by name, as the directory last said them; archived ones are marked (O14)."""
        return TagsOut(items=list(await tags.of(acting.company_id)))

    @router.post("/tasks/{number}/tags", response_model=TaskDetailOut)
    async def retag(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: TagsBody
    ) -> JSONResponse:
        """Put tags on the task and take tags off (O14)."""
        known = {one.id: one for one in await tags.of(acting.company_id)}
        task = await production.retag(acting.company_id, number, body.add, body.remove, known, cause, expected)
        return await showing.answer(task)

    return router
