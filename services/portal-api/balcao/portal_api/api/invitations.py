"""Invitations by JSON: inviting somebody again, and setting the first password by the link's token (O3)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from balcao.portal_api.api.directory import Id
from balcao.portal_api.api.passing import PROBLEMS, Body, Once, passed_on
from balcao.portal_api.api.sessions import Opened, opened
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.portal_api.invitations import Invitations
from balcao.shared.tokens import Acting


class Acceptance(Body):
    """The token of an invitation's link, and the password that its reader chooses."""

    token: str = Field(min_length=1, max_length=2000, description="What stands behind `token=` in the link.")
    password: str = Field(min_length=1, max_length=2000, description="8 to 1,024 characters.")


def routes(roles: Roles, upstreams: Upstreams, invitations: Invitations) -> APIRouter:
    """Routes about invitations."""
    router = APIRouter(responses={**PROBLEMS, 429: {"description": "Too many tries; see Retry-After."}})
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/people/{person_id}/invitation", status_code=202, response_class=Response)
    async def invite(person_id: Id, acting: desk, once: Once = None) -> Response:
        """Have a person told by mail how to set their first password; of the team, administrators only.

        409 when they have one already, or where the desk has no public address.
        """
        await upstreams.tickets.get(f"/v1/people/{person_id}", acting)  # to others they are not there
        await invitations.require_invitable(acting, person_id)
        return passed_on(await upstreams.tickets.post(f"/v1/people/{person_id}/invitation", acting, {}, once=once))

    @router.post("/invitations", status_code=201)
    async def accept(body: Acceptance, request: Request) -> Opened:
        """Set the first password by an invitation, and sign in. It works once, for two weeks."""
        client = request.client.host if request.client else "unknown"
        return opened(await invitations.accept(body.token, body.password, client))

    return router
