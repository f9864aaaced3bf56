"""What stands beside every page of the desk: the bell's number, one's saved views, how many tickets are where. Worth
showing, never worth waiting for."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from balcao.portal_api.clients import Upstream, UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import works_at_desk
from balcao.portal_api.pages.shell import Place, Shell
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting

_PATIENCE_S = 0.5
_MOST_SHOWN = 500


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The rail's numbers by themselves: a page does not wait for them."""
    router = APIRouter()

    @router.get("/{company}/desk/_rail")
    async def show_rail(request: Request, company: str) -> Response:
        """Tickets in each place and saved view, my overdue ones, messages that wait for a decision: each as a number,
        as it is shown and, where it asks for something, in words. What is not known now is left out."""
        place = await shell.team_place(request, company)
        return JSONResponse(await _counts(shell, upstreams, place))

    return router


async def _counts(shell: Shell, upstreams: Upstreams, place: Place) -> dict[str, Any]:
    words = shell.words(place)
    decides = works_at_desk(place.acting)
    places, held, mails = await asyncio.gather(
        _asked(upstreams.tickets, "/v1/tickets/places", place.acting),
        _asked(upstreams.tickets, "/v1/held", place.acting) if decides else _nothing(),
        _asked(upstreams.intake, "/v1/held", place.acting) if decides else _nothing(),
    )
    found: dict[str, Any] = places.get("places") or {}
    counts = {name: one["count"] for name, one in found.items() if name not in ("today", "overdue")}
    said: dict[str, str] = {}
    if "overdue" in found:
        counts["late"] = found["overdue"]["count"]
        said["late"] = words.ngettext("%(num)s overdue", "%(num)s overdue", counts["late"])
    if "items" in held:
        counts["held"] = len(held["items"]) + mails.get("count", 0)
        said["held"] = words.ngettext("%(num)s waits", "%(num)s wait", counts["held"])
    return {
        name: {
            "count": n,
            "shown": str(n) if n <= _MOST_SHOWN else f"{_MOST_SHOWN}+",
            "words": said[name] % {"num": n} if name in said else "",
        }
        for name, n in counts.items()
    }


async def _nothing() -> dict[str, Any]:
    return {}


async def beside(upstreams: Upstreams, acting: Acting) -> dict[str, Any]:
    """`unread` (how many notices; none when `notifier` does not say within half a second) and `views`, for `page`."""
    notices, views = await asyncio.gather(
        _asked(upstreams.notifier, "/v1/notices", acting, limit=1), _asked(upstreams.tickets, "/v1/views", acting)
    )
    unread = notices.get("unread")
    return {"unread": unread if isinstance(unread, int) else None, "views": views.get("items") or []}


async def _asked(service: Upstream, path: str, acting: Acting, **query: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer: dict[str, Any] = (await service.get(path, acting, **query)).json()
            return answer
    except (TimeoutError, Unavailable, UpstreamRefused):
        return {}
