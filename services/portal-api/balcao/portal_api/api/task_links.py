"""Links between tickets and tasks, from either side: `tickets` decides, `workflow` follows (H5, H6)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from balcao.portal_api.api.passing import PROBLEMS, IfMatch, Number, Once, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Ticket = Annotated[int, Path(ge=1, le=2**53, description="The ticket's number in the company.")]
Task = Annotated[int, Path(ge=1, le=2_147_483_647, description="The task's number in the company.")]


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about links."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]
    links = _Links(upstreams)

    @router.put("/tickets/{number}/tasks/{task}", status_code=202, response_class=Response)
    async def link_task(
        number: Number, task: Task, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Let a task serve this ticket too. The ticket shows it as asked for until production has answered; `If-Match`
        is the ticket's version."""
        return await links.link(number, task, acting, if_match, once)

    @router.delete("/tickets/{number}/tasks/{task}", response_class=Response)
    async def unlink_task(number: Number, task: Task, acting: desk, if_match: IfMatch = None) -> Response:
        """Take the ticket off a task; its stage follows what its other tasks say."""
        return await links.unlink(number, task, acting, if_match)

    @router.put("/tasks/{task}/tickets/{number}", status_code=202, response_class=Response)
    async def link_ticket(task: Task, number: Ticket, acting: desk, once: Once = None) -> Response:
        """Let this task serve one more ticket; answers the ticket."""
        return await links.link(number, task, acting, None, once)

    @router.delete("/tasks/{task}/tickets/{number}", response_class=Response)
    async def unlink_ticket(task: Task, number: Ticket, acting: desk) -> Response:
        """Take a ticket off this task; answers the ticket."""
        return await links.unlink(number, task, acting, None)

    return router


class _Links:
    """The two commands, whichever side they are given on: people know tasks by number, `tickets` by id."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def link(self, number: int, task: int, acting: Acting, if_match: str | None, once: str | None) -> Response:
        found = (await self._upstreams.workflow.get(f"/v1/tasks/{task}", acting)).json()
        body = {"number": found["number"], "title": found["title"][:300]}
        path = f"/v1/tickets/{number}/tasks/{found['id']}"
        return shown(await self._upstreams.tickets.put(path, acting, body, if_match=if_match, once=once), number)

    async def unlink(self, number: int, task: int, acting: Acting, if_match: str | None) -> Response:
        found = (await self._upstreams.workflow.get(f"/v1/tasks/{task}", acting)).json()
        path = f"/v1/tickets/{number}/tasks/{found['id']}"
        return shown(await self._upstreams.tickets.delete(path, acting, if_match=if_match), number)
