"""The history in sentences, and a ticket as a file. The team reads all of it, requesters what is public (W7, W10)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from balcao.portal_api.api.passing import PROBLEMS, Number, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain import public_view
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Locale = Annotated[str | None, Query(max_length=20, description="pt-BR or en; one's own if none.")]
Limit = Annotated[int, Query(ge=1, le=500)]
AfterEntry = Annotated[int, Query(ge=0, description="`next` of the page before.")]


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes of the history."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    anyone = Annotated[Acting, Depends(roles.anyone)]
    tickets = upstreams.tickets

    @router.get("/tickets/{number}/history", response_class=Response, tags=["tickets"])
    async def read_history(
        number: Number, acting: team, locale: Locale = None, limit: Limit = 100, after: AfterEntry = 0
    ) -> Response:
        """Every entry as a sentence, with before and after, and as data: `{items, next, undone}`."""
        path = f"/v1/tickets/{number}/history"
        return passed_on(await tickets.get(path, acting, locale=locale, limit=limit, after=after))

    @router.get("/tickets/{number}/export", response_class=StreamingResponse, tags=["tickets"])
    async def export_ticket(number: Number, acting: team, locale: Locale = None) -> StreamingResponse:
        """The whole ticket as a JSON file, private notes included; docs/architecture/history.md describes it."""
        headers = {"Content-Disposition": f'attachment; filename="ticket-{number}.json"'}
        chunks = await tickets.stream(f"/v1/tickets/{number}/export", acting, locale=locale)
        return StreamingResponse(chunks, media_type="application/json", headers=headers)

    @router.get("/portal/tickets/{number}/history", tags=["portal"])
    async def read_my_history(
        number: Number, acting: anyone, locale: Locale = None, limit: Limit = 100, after: AfterEntry = 0
    ) -> dict[str, Any]:
        """What is public of the history of one's own ticket, in sentences: `{items, next}`."""
        path = f"/v1/tickets/{number}/history"
        found = (await tickets.get(path, as_requester(acting), locale=locale, limit=limit, after=after)).json()
        return {"items": public_view.history(found["items"], acting), "next": found["next"]}

    return router
