"""Putting a requester's message on the ticket where it belongs. Answers come from `tickets` as they are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, passed_on, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Entry = Annotated[int, Path(ge=1, le=10**6, description="Number of the message's entry in the ticket's history.")]


class Move(Body):
    """Where the message goes: to the ticket with this number, or, without one, to a ticket of its own."""

    to: int | None = Field(default=None, ge=1, le=2**53)
    title: str | None = Field(
        default=None, min_length=1, max_length=300, description="Of the new ticket; this one's if none."
    )


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes that move messages."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/tickets/{number}/messages/{entry}/move", response_class=Response)
    async def move(
        number: Number, entry: Entry, body: Move, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Move a requester's message to another ticket, or make it a new one: this ticket, with the `other` one."""
        answer = await upstreams.tickets.post(
            f"/v1/tickets/{number}/messages/{entry}/move",
            acting,
            body.model_dump(mode="json", exclude_unset=True),
            if_match=if_match,
            once=once,
        )
        return passed_on(answer)

    @router.post("/tickets/{number}/messages/{entry}/move-back", response_class=Response)
    async def move_back(
        number: Number, entry: Entry, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Take a move back; a refusal names the later entry in the way."""
        path = f"/v1/tickets/{number}/messages/{entry}/move-back"
        return shown(await upstreams.tickets.post(path, acting, {}, if_match=if_match, once=once), number)

    return router
