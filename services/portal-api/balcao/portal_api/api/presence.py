"""Who of the team is at a ticket now, as open pages say it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, Number
from balcao.portal_api.gate import Roles
from balcao.portal_api.presence import Presence
from balcao.shared.tokens import Acting


class AtTicket(Body):
    """What an open page does. To be said at once, every eight seconds, and when it changes."""

    page: str = Field(pattern=r"^[A-Za-z0-9_-]{8,40}$", description="A name the page gives itself, the same each time.")
    doing: Literal["looking", "writing", "gone"] = Field(description="`gone` when the page closes or is hidden.")


def routes(roles: Roles, presence: Presence) -> APIRouter:
    """The one route."""
    router = APIRouter(responses={**PROBLEMS, 429: {"description": "Said too often; see Retry-After."}})

    @router.post("/tickets/{number}/presence")
    async def be_at_ticket(
        number: Number, body: AtTicket, acting: Annotated[Acting, Depends(roles.team)]
    ) -> dict[str, list[dict[str, Any]]]:
        """Say what one's open page does at a ticket; answers who else of the team is there now, `{people}` with
        `person_id`, `name` and `doing`. Kept nowhere: a page that says nothing for twenty seconds is gone. The live
        stream has a `presence` event with the ticket's `number` when that changes."""
        people = await presence.say(acting, number, body.page, body.doing)
        return {"people": [{"person_id": one.person_id, "name": one.name, "doing": one.doing} for one in people]}

    return router
