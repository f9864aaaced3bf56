"""Choosing a saved reply for a ticket (W18): a menu over the composer, and a page of its own without script."""

from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Shell


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """Routes of the menu."""
    router = APIRouter()

    @router.get("/{company}/desk/tickets/{number:int}/saved-replies")
    async def choose(request: Request, company: str, number: int, q: str = "") -> Response:
        """Replies with these words, those used most first; a fragment for a script that asks."""
        place = await shell.desk_place(request, company)
        found = await upstreams.tickets.get("/v1/saved-replies", place.acting, q=q.strip()[:200] or None)
        context: dict[str, Any] = {"number": number, "replies": found.json().get("items") or [], "q": q}
        if request.headers.get("hx-request"):
            return shell.page(place, "_saved_replies.html", **context)
        return shell.page(place, "saved_replies_menu.html", **context, **await beside(upstreams, place.acting))

    return router
