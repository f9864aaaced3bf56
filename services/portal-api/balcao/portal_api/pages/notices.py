"""The bell: what somebody was told in the product, by days."""

import asyncio
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain.access import works_at_desk
from balcao.portal_api.pages.notice_kinds import kind_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell

_PER_PAGE = 50


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The list of one's notices, and marking them as read."""
    router = APIRouter()
    _reading(router, shell, upstreams)
    _marking(router, shell, upstreams)
    return router


def _reading(router: APIRouter, shell: Shell, upstreams: Upstreams) -> None:
    @router.get("/{company}/desk/notices")
    async def show_notices(request: Request, company: str) -> Response:
        """One's notices, the latest first."""
        place = await shell.team_place(request, company)
        shown, around = await asyncio.gather(
            _content(shell, upstreams, place, request.query_params.get("after")), beside(upstreams, place.acting)
        )
        return shell.page(place, "notices.html", **{**around, **shown})

    @router.get("/{company}/desk/_notices")
    async def show_anew(request: Request, company: str) -> Response:
        """The newest of them alone."""
        place = await shell.team_place(request, company)
        return shell.page(place, "_notices.html", **await _content(shell, upstreams, place, None))

    @router.get("/{company}/desk/_bell")
    async def show_bell(request: Request, company: str) -> Response:
        """The bell's number alone, for both places that it stands in."""
        place = await shell.team_place(request, company)
        answer = await upstreams.notifier.get("/v1/notices/unread", place.acting)
        return shell.page(place, "_bells.html", unread=answer.json()["unread"])


def _marking(router: APIRouter, shell: Shell, upstreams: Upstreams) -> None:
    @router.post("/{company}/desk/notices/read")
    async def read_all(request: Request, company: str) -> Response:
        """Mark all as read."""
        place = await shell.team_place(request, company)
        await shell.gate.form(request, place.visitor)
        await upstreams.notifier.post("/v1/notices/read", place.acting, {})
        return shell.see(place.desk("/notices"))

    @router.post("/{company}/desk/notices/{notice_id}/read")
    async def read_notice(request: Request, company: str, notice_id: str) -> Response:
        """Mark a notice as read, and go on to what it is about."""
        place = await shell.team_place(request, company)
        await shell.gate.form(request, place.visitor)
        notice = (await upstreams.notifier.post(f"/v1/notices/{notice_id}/read", place.acting, {})).json()
        return shell.see(_about(place, notice))


async def _content(shell: Shell, upstreams: Upstreams, place: Place, after: str | None) -> dict[str, Any]:
    """A page of notices, by days."""
    page = (await upstreams.notifier.get("/v1/notices", place.acting, limit=_PER_PAGE, after=after)).json()
    at = shell.moments(place)
    shown = [{**one, "sign": kind_of(one["kind"]), "leads_on": _leads_on(place, one)} for one in page["items"]]
    days = [(day, list(notices)) for day, notices in groupby(shown, lambda one: at.day(one["at"]))]
    return {"days": days, "unread": page["unread"], "next_key": page.get("next"), "after": after}


def _leads_on(place: Place, notice: dict[str, Any]) -> bool:
    return _about(place, notice) != place.desk("/notices")


def _about(place: Place, notice: dict[str, Any]) -> str:
    """What a notice is about, as far as its reader may see it."""
    if notice.get("kind") in ("message_held", "sender_held") and works_at_desk(place.acting):
        return place.desk("/held")
    if notice.get("kind") == "mail_held" and works_at_desk(place.acting):
        return place.desk("/held", state="unread")
    if notice.get("ticket_number"):
        return place.desk(f"/tickets/{notice['ticket_number']}")
    if notice.get("task_number"):
        return place.desk(f"/tasks/{notice['task_number']}")
    return place.desk("/notices")
