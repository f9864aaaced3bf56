"""Saved views of the team: named filters, one's own or shared. Answers come from `tickets` as they are."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

ViewId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]


class View(Body):
    """A view: a name, a filter and an order."""

    name: str = Field(min_length=1, max_length=80)
    shared: bool = Field(default=False, description="Whether the whole team has it.")
    place: int = Field(default=0, ge=0, le=10_000, description="Where it stands among the views: lower comes first.")
    filter: dict[str, Any] = Field(
        default_factory=dict,
        max_length=20,
        description="The filters of `GET /tickets`, those of several values as lists; `tickets` refuses what it does "
        "not know.",
    )
    order: str = Field(default="rank", max_length=20)
    text: str = Field(default="", max_length=300, description="What is searched for within the filter.")


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes of saved views."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]

    @router.get("/views", response_class=Response)
    async def list_views(acting: team) -> Response:
        """One's own views and the shared ones, in their order."""
        return passed_on(await upstreams.tickets.get("/v1/views", acting))

    @router.post("/views", status_code=201, response_class=Response)
    async def save_view(body: View, acting: team, once: Once = None) -> Response:
        """Save a view."""
        return passed_on(await upstreams.tickets.post("/v1/views", acting, body.model_dump(), once=once))

    @router.get("/views/{view_id}", response_class=Response)
    async def show_view(view_id: ViewId, acting: team) -> Response:
        """A saved view; its version is the ETag."""
        return passed_on(await upstreams.tickets.get(f"/v1/views/{view_id}", acting))

    @router.put("/views/{view_id}", response_class=Response)
    async def change_view(view_id: ViewId, body: View, acting: team, if_match: IfMatch = None) -> Response:
        """Change a view: its maker, or an administrator a shared one."""
        answer = await upstreams.tickets.put(f"/v1/views/{view_id}", acting, body.model_dump(), if_match=if_match)
        return passed_on(answer)

    @router.delete("/views/{view_id}", status_code=204, response_class=Response)
    async def delete_view(view_id: ViewId, acting: team, if_match: IfMatch = None) -> Response:
        """Delete a view: its maker, or an administrator a shared one."""
        await upstreams.tickets.delete(f"/v1/views/{view_id}", acting, if_match=if_match)
        return Response(status_code=204)

    return router
