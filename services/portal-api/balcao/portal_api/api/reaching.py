"""Mail that did not arrive: saying that a person's address takes mail again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from balcao.portal_api.api.directory import Id
from balcao.portal_api.api.passing import PROBLEMS, Body, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting


class ReachableAddress(Body):
    """An address of the person's that works again."""

    address: str = Field(min_length=3, max_length=320)


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about reaching people by mail."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/people/{person_id}/reachable", response_class=Response)
    async def clear_address(person_id: Id, body: ReachableAddress, acting: desk, once: Once = None) -> Response:
        """Have mail go again to an address that it came back from (`returned` in the person's profile).

        409 when none did; of the team, administrators only.
        """
        answer = await upstreams.tickets.post(
            f"/v1/people/{person_id}/reachable", acting, {"address": body.address}, once=once
        )
        return passed_on(answer)

    return router
