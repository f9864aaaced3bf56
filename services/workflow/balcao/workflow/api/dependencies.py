"""Routes of tasks that wait for other tasks."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from balcao.workflow.api.commands import Body, Expected, Member, Number, TheCause
from balcao.workflow.api.views import Showing, TaskDetailOut
from balcao.workflow.waiting import Waiting


class BlockerBody(Body):
    """The task to wait for."""

    number: int = Field(ge=1, le=2_147_483_647)


def routes(waiting: Waiting, showing: Showing) -> APIRouter:
    """Routes of dependencies."""
    router = APIRouter(prefix="/v1")

    @router.post("/tasks/{number}/blockers", response_model=TaskDetailOut)
    async def wait_for(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: BlockerBody
    ) -> JSONResponse:
        """Let the task wait for another. Refused where tasks would wait for each other without end."""
        return await showing.answer(await waiting.wait_for(acting.company_id, number, body.number, cause, expected))

    @router.delete("/tasks/{number}/blockers/{blocker}", response_model=TaskDetailOut)
    async def stop_waiting(
        acting: Member, number: Number, blocker: Number, expected: Expected, cause: TheCause
    ) -> JSONResponse:
        """Let the task not wait for that one any more."""
        return await showing.answer(await waiting.stop_waiting(acting.company_id, number, blocker, cause, expected))

    return router
