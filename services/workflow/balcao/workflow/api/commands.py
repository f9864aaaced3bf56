"""What every route needs: who is acting, the version they saw, and the cause that makes a repeat harmless."""

from typing import Annotated

from fastapi import Depends, Header, Path
from pydantic import BaseModel, ConfigDict

from balcao.shared.clock import now
from balcao.shared.errors import NotAllowed, NotFound
from balcao.shared.http import caller, read_version
from balcao.shared.ids import derived_id, new_id
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting

SERVICE = "workflow"


class Body(BaseModel):
    """A misspelt field is an error, not a wish that gets lost."""

    model_config = ConfigDict(extra="forbid")


async def member(acting: Annotated[Acting, Depends(caller(SERVICE))]) -> Acting:
    """Who is acting, if they are of the team; to everybody else there are no tasks here."""
    if not acting.is_team:
        raise NotFound("there is nothing here for you")
    return acting


async def admin(acting: Annotated[Acting, Depends(member)]) -> Acting:
    """Who is acting, if they administer the company. Raises `NotAllowed`."""
    if "admin" not in acting.roles:
        raise NotAllowed("only administrators may do this")
    return acting


async def desk(acting: Annotated[Acting, Depends(member)]) -> Acting:
    """Who is acting, if they are an agent or an administrator. Raises `NotAllowed`."""
    if not {"admin", "agent"} & set(acting.roles):
        raise NotAllowed("only people of the desk may do this")
    return acting


async def if_match(if_match: Annotated[str | None, Header(max_length=40)] = None) -> int | None:
    """The version a command insists on, from `If-Match` (`7` or `"7"`); none when it takes any."""
    return read_version(if_match)


Member = Annotated[Acting, Depends(member)]
Desk = Annotated[Acting, Depends(desk)]
Admin = Annotated[Acting, Depends(admin)]


async def cause(acting: Member, idempotency_key: Annotated[str | None, Header(max_length=200)] = None) -> Cause:
    """A request is the first link of its chain. The same Idempotency-Key from the same person acts once."""
    id_ = derived_id("request", acting.company_id, acting.person_id, idempotency_key) if idempotency_key else new_id()
    return Cause(id=id_, correlation_id=id_, at=now(), actor=acting.party())


Number = Annotated[int, Path(ge=1, le=2_147_483_647)]
Expected = Annotated[int | None, Depends(if_match)]
TheCause = Annotated[Cause, Depends(cause)]
