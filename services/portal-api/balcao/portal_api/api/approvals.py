"""Approvals on the portal, for the requester who is signed in; the link in the mail has a page of its own."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, Number, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

ApprovalId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$", description="From the ticket's `approvals`.")]


class Verdict(Body):
    """The requester's answer."""

    verdict: Literal["approved", "changes"]
    comment: str = Field(default="", max_length=5_000, description="What should be changed.")


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about approvals."""
    router = APIRouter(prefix="/portal", responses=PROBLEMS)
    anyone = Annotated[Acting, Depends(roles.anyone)]

    @router.post("/tickets/{number}/approvals/{approval_id}", response_class=Response)
    async def answer(
        number: Number, approval_id: ApprovalId, body: Verdict, acting: anyone, once: Once = None
    ) -> Response:
        """Approve what is asked about on one of one's own tickets, or ask for changes. Only its requester may."""
        person = as_requester(acting)
        ticket = (await upstreams.tickets.get(f"/v1/tickets/{number}", person)).json()
        path = f"/v1/approvals/{ticket['id']}/{approval_id}"
        given = {**body.model_dump(), "channel": "portal"}
        return passed_on(await upstreams.tickets.post(path, person, given, once=once))

    return router
