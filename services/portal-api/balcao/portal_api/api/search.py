"""The full-text search: for the team over everything, in the portal over one's own tickets by what one may read."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.lists import Some, TicketFilters
from balcao.portal_api.api.passing import PROBLEMS, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain import public_view
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Words = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description='Words in any form, accents aside; `begin*`; "a phrase"; `#123` for a ticket by its number.',
    ),
]


class TicketSearch(TicketFilters):
    """A page of what is found; the filters of the list narrow it (`status=any` for finished tickets too)."""

    q: Words
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    after: Some = Field(default=None, description="`next` of the page before.")

    def params(self) -> dict[str, Any]:
        """As `tickets` takes them."""
        return {**super().params(), "limit": self.limit}


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes of the search. To be included before those of single tickets, whose paths would take theirs."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    anyone = Annotated[Acting, Depends(roles.anyone)]

    @router.get("/tickets/search", response_class=Response)
    async def search(acting: team, wanted: Annotated[TicketSearch, Query()]) -> Response:
        """Tickets by words in title, text, comments, notes and people: `{items, next}`. Each item says where it was
        found (`found_in`), and has the place as pieces of plain text, those with `hit` to be marked (`snippet`)."""
        return passed_on(await upstreams.tickets.get("/v1/tickets/search", acting, **wanted.params()))

    @router.get("/portal/tickets/search")
    async def search_my_tickets(
        acting: anyone,
        q: Annotated[Words, Query()],
        status: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
        after: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Response:
        """One's own tickets by words one may read on them (P2); never by a note, a plan or a colleague's name (W7)."""
        answer = await upstreams.tickets.get(
            "/v1/tickets/search", as_requester(acting), q=q, status=status, limit=limit, after=after
        )
        page = answer.json()
        items = [{**public_view.summary(one), "snippet": one.get("snippet", [])} for one in page["items"]]
        return Response(orjson.dumps({"items": items, "next": page.get("next")}), media_type="application/json")

    return router
