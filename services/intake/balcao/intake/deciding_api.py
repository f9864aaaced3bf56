"""The HTTP door for decisions about mails that are held."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel

from balcao.intake.api import SERVICE, UUID, of_team
from balcao.intake.deciding import Deciding
from balcao.intake.store import Mails
from balcao.shared.errors import NotAllowed
from balcao.shared.http import caller
from balcao.shared.tokens import Acting

MOST_COUNTED = 501
"""Enough to say "500+"."""
_DESK_ROLES = frozenset({"admin", "agent"})


class WaitingOut(BaseModel):
    """Held mails that wait for a decision, counted up to 501."""

    count: int


def routes(deciding: Deciding, mails: Mails) -> APIRouter:
    """Decisions, below /v1."""
    router = APIRouter(prefix="/v1")
    someone = Annotated[Acting, Depends(caller(SERVICE))]
    message_path = Annotated[str, Path(pattern=UUID)]

    @router.get("/held")
    async def count(acting: someone) -> WaitingOut:
        """How many wait."""
        return WaitingOut(count=await mails.waiting(of_team(acting).company_id, MOST_COUNTED))

    @router.post("/messages/{message_id}/{decision}", status_code=204)
    async def decide(
        message_id: message_path, decision: Literal["let-in", "put-aside", "wait-again"], acting: someone
    ) -> Response:
        """Let a held mail in, put it aside, or let one that was put aside wait again. Deciding the same again changes
        nothing; 409 when somebody decided meanwhile, or when the mail does not say who wrote it."""
        done = {"let-in": deciding.let_in, "put-aside": deciding.put_aside, "wait-again": deciding.wait_again}
        await done[decision](message_id, _at_desk(acting))
        return Response(status_code=204)

    return router


def _at_desk(acting: Acting) -> Acting:
    """Whoever decides, when they may: as about other held messages. Raises `NotFound` and `NotAllowed`."""
    if _DESK_ROLES.isdisjoint(of_team(acting).roles):
        raise NotAllowed("only agents and administrators may do this")
    return acting
