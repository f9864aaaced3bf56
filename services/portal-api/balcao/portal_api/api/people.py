"""The team and the company, from the directory that `tickets` keeps."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from balcao.portal_api.api.passing import PROBLEMS, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about people."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]

    @router.get("/people", response_class=Response)
    async def list_people(acting: team) -> Response:
        """The people of the team, with their roles."""
        return passed_on(await upstreams.tickets.get("/v1/people", acting))

    @router.get("/company", response_class=Response)
    async def show_company(acting: team) -> Response:
        """The company with its workspaces."""
        return passed_on(await upstreams.tickets.get("/v1/company", acting))

    return router
