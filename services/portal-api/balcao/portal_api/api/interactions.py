"""Tags on single interactions: on what somebody said, for the team's eyes only (W19)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, After, Body, IfMatch, Limit, Number, Once, passed_on, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

TagId = Annotated[str, Field(min_length=1, max_length=100)]


class EntryTags(Body):
    """Ids of tags to put on an entry, and to take from it."""

    add: list[TagId] = Field(default=[], max_length=50)
    remove: list[TagId] = Field(default=[], max_length=50)


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about interactions."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/tickets/{number}/entries/{entry}/tags", response_class=Response)
    async def tag_entry(
        number: Number,
        entry: Annotated[int, Path(ge=1, description="Number of the entry in the ticket's history.")],
        body: EntryTags,
        acting: desk,
        if_match: IfMatch = None,
        once: Once = None,
    ) -> Response:
        """Put tags on one entry of the history, or take them away. The entry itself stays as it is (W19)."""
        path = f"/v1/tickets/{number}/entries/{entry}/tags"
        answer = await upstreams.tickets.post(path, acting, body.model_dump(mode="json"), if_match=if_match, once=once)
        return shown(answer, number)

    @router.get("/interactions", response_class=Response)
    async def list_interactions(
        acting: team,
        tag: Annotated[str, Query(min_length=1, max_length=100, description="Id of a tag.")],
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Interactions with a tag, the latest first: `{items: [{ticket_number, n, excerpt, tags, …}], next}`."""
        return passed_on(await upstreams.tickets.get("/v1/interactions", acting, tag=tag, limit=limit, after=after))

    return router
