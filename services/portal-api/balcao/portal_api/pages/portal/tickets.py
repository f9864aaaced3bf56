"""One's own requests: what waits for one's word first, filters with their counts, and a search (P2)."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain import public_view
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.pages.portal.standing import standing_of
from balcao.portal_api.pages.shell import Place, Shell
from balcao.shared.catalogues import N_

FILTERS = {
    "open": (N_("Open tickets"), "active"),
    "waiting": (N_("Waiting for me"), "active"),
    "resolved": (N_("Ended"), "resolved,closed,cancelled"),
    "all": (N_("All"), "any"),
}
"""What the portal's filter offers (P2), and what `tickets` calls it."""
_MOST_ACTIVE = 100
"""Open requests of one person that are looked at for those that wait for them."""
_PAGE = 30
_MOST_SOUGHT = 300
_NUMBER = re.compile(r"\s*#?(\d{1,9})\s*")

Json = dict[str, Any]


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The list, and the part of it that is fetched anew when something changed."""
    router = APIRouter()
    lists = _Lists(shell, upstreams)

    @router.get("/{company}/my/tickets")
    async def show_list(request: Request, company: str) -> Response:
        """One's own tickets (P2)."""
        return await lists.show(await shell.place(request, company), "portal_tickets.html")

    @router.get("/{company}/my/tickets/_cards")
    async def show_cards(request: Request, company: str) -> Response:
        """The same list without the page around it."""
        return await lists.show(await shell.place(request, company), "_portal_list.html")

    return router


class _Lists:
    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self._shell = shell
        self._tickets = upstreams.tickets

    async def show(self, place: Place, template: str) -> Response:
        query = place.request.query_params
        sought = " ".join(query.get("q", "").split())[:_MOST_SOUGHT]
        chosen = query.get("status", "all" if sought else "open")
        chosen = chosen if chosen in FILTERS else "open"
        active, ended, page = await asyncio.gather(
            self._active(place), self._count_ended(place), self._page(place, chosen, sought, query.get("after"))
        )
        waiting = [one for one in active["items"] if one["standing"].awaits_you]
        if page is None:
            page = active if chosen == "open" else {"items": waiting, "next": None}
        more = "+" if active["next"] else ""
        return self._shell.page(
            place,
            template,
            tickets=page["items"],
            next_key=page["next"],
            after=query.get("after"),
            chosen=chosen,
            sought=sought,
            filters=FILTERS,
            waiting=len(waiting),
            counts={"open": f"{len(active['items'])}{more}", "waiting": str(len(waiting)), "resolved": ended},
            sent=query.get("sent") == "1",
        )

    async def _page(self, place: Place, chosen: str, sought: str, after: str | None) -> Json | None:
        """The page asked for; none where the open ones, which are asked for anyway, hold it."""
        status = FILTERS[chosen][1]
        if sought:
            return await self._found(place, sought, "any" if chosen == "waiting" else status, after)
        if status == "active" and not after:
            return None
        return await self._listed(place, status, _PAGE, after)

    async def _active(self, place: Place) -> Json:
        """What is open, that which waits for this person first, then what had news last."""
        found = await self._listed(place, "active", _MOST_ACTIVE, None)
        found["items"].sort(key=lambda one: str(one.get("updated_at")), reverse=True)
        found["items"].sort(key=lambda one: not one["standing"].awaits_you)
        return found

    async def _listed(self, place: Place, status: str, limit: int, after: str | None) -> Json:
        answer = await self._tickets.get(
            "/v1/tickets", as_requester(place.acting), status=status, order="newest", limit=limit, after=after
        )
        page = answer.json()
        return {"items": [self._row(place, one) for one in page["items"]], "next": page.get("next")}

    async def _found(self, place: Place, sought: str, status: str, after: str | None) -> Json:
        """By words one may read; by its number too, whatever else has that number in its words."""
        acting = as_requester(place.acting)
        answer, exact = await asyncio.gather(
            self._tickets.get("/v1/tickets/search", acting, q=sought, status=status, limit=_PAGE, after=after),
            self._numbered(place, sought if after is None else ""),
        )
        page = answer.json()
        items = [self._row(place, one) for one in page["items"]]
        if exact is not None:
            items = [exact, *(one for one in items if one["number"] != exact["number"])]
        return {"items": items, "next": page.get("next")}

    async def _numbered(self, place: Place, sought: str) -> Json | None:
        number = _NUMBER.fullmatch(sought)
        if number is None:
            return None
        try:
            answer = await self._tickets.get(f"/v1/tickets/{int(number[1])}", as_requester(place.acting))
        except UpstreamRefused:
            return None
        return self._row(place, answer.json())

    async def _count_ended(self, place: Place) -> str:
        acting, status = as_requester(place.acting), FILTERS["resolved"][1]
        found = (await self._tickets.get("/v1/tickets/count", acting, status=status)).json()
        return str(found.get("shown") or found["count"])

    def _row(self, place: Place, one: Mapping[str, Any]) -> Json:
        shown = public_view.summary(one)
        snippet = one.get("snippet") if one.get("found_in") != "title" else None
        return {**shown, "standing": standing_of(shown, self._shell.words(place)), "snippet": snippet or []}
