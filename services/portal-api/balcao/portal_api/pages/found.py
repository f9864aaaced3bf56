"""What is found while one types into a field that names a person or a ticket: small lists, quickly."""

import re

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.people_typed import as_typed, find_people
from balcao.portal_api.pages.shell import Shell

_MOST_TICKETS = 8
_NUMBER = re.compile(r"^\s*#?(\d{1,12})\b")


def number_typed(text: str) -> int | None:
    """The ticket's number that a field begins with: `2470`, `#2470 · Cartaz A3`; none if it begins otherwise."""
    found = _NUMBER.match(text)
    return int(found[1]) if found and int(found[1]) > 0 else None


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The lists below such fields."""
    router = APIRouter()

    @router.get("/{company}/desk/people/_found")
    async def found_people(request: Request, company: str) -> Response:
        """People whose name or address begins so, the team first."""
        place = await shell.desk_place(request, company)
        people = await find_people(upstreams, place.acting, request.query_params.get("q", ""))
        shown = [(one, as_typed(one)) for one in people]
        return shell.page(place, "_found_people.html", people=shown)

    @router.get("/{company}/desk/tickets/_found")
    async def found_tickets(request: Request, company: str) -> Response:
        """Tickets by number or words, finished ones too; not the one they are looked for from."""
        place = await shell.desk_place(request, company)
        words, besides = request.query_params.get("q", "").strip()[:300], request.query_params.get("besides", "")
        number = number_typed(words)
        asked = f"#{number}" if number else words
        try:
            answer = await upstreams.tickets.get(
                "/v1/tickets/search", place.acting, q=asked, status="any", limit=_MOST_TICKETS
            )
            items = answer.json().get("items") or []
        except UpstreamRefused:
            items = []  # nothing to search for yet: a space, a lone quotation mark
        found = [one for one in items if str(one["number"]) not in besides.split(",")]
        return shell.page(place, "_found_tickets.html", tickets=found)

    return router
