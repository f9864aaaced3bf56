"""The bell: what somebody was told in the product."""

import asyncio

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Shell


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The list of one's notices."""
    router = APIRouter()

    @router.get("/{company}/desk/notices")
    async def show_notices(request: Request, company: str) -> Response:
        """One's notices, the latest first."""
        place = await shell.team_place(request, company)
        after = request.query_params.get("after")
        asked = upstreams.notifier.get("/v1/notices", place.acting, limit=50, after=after)
        answer, around = await asyncio.gather(asked, beside(upstreams, place.acting))
        page = answer.json()
        return shell.page(place, "notices.html", notices=page["items"], next_key=page.get("next"), **around)

    @router.post("/{company}/desk/notices/{notice_id}/read")
    async def read_notice(request: Request, company: str, notice_id: str) -> Response:
        """Mark a notice as read; opening its ticket does so on the way."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        await upstreams.notifier.post(f"/v1/notices/{notice_id}/read", place.acting, {})
        number = str(form.get("open", ""))
        return shell.see(place.desk(f"/tickets/{number}") if number.isdigit() else place.desk("/notices"))

    return router
