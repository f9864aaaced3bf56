"""The desk's first page: what is with me by stage, what is due, what is new (H9, R2); a producer's is their tasks."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain.access import works_at_desk
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.shared import clock
from balcao.shared.catalogues import N_
from balcao.shared.tokens import Acting

_MOST_RECENT = 8
_MOST_TASKS = 12
_GREETINGS = (
    (12, N_("Good morning, %(name)s")),
    (18, N_("Good afternoon, %(name)s")),
    (24, N_("Good evening, %(name)s")),
)
"""Each until that hour of the company's clock."""


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The page, and its parts as they come anew when something changes."""
    router = APIRouter()

    @router.get("/{company}/desk")
    async def show_home(request: Request, company: str) -> Response:
        """Where somebody of the team begins; guests begin at the portal."""
        place = await shell.place(request, company)
        if not place.acting.is_team:
            return shell.see(place.my("/tickets"))
        numbers, lists, around = await asyncio.gather(
            _numbers(upstreams, place.acting), _lists(upstreams, place.acting), beside(upstreams, place.acting)
        )
        return shell.page(place, "home.html", greeting=_greeting(shell, place), **numbers, **lists, **around)

    @router.get("/{company}/desk/_home_numbers")
    async def show_numbers(request: Request, company: str) -> Response:
        """The chart and the figures alone."""
        place = await shell.desk_place(request, company)
        return shell.page(place, "_home_numbers.html", **await _numbers(upstreams, place.acting))

    @router.get("/{company}/desk/_home_lists")
    async def show_lists(request: Request, company: str) -> Response:
        """The short lists alone."""
        place = await shell.team_place(request, company)
        return shell.page(place, "_home_lists.html", **await _lists(upstreams, place.acting))

    return router


async def _numbers(upstreams: Upstreams, acting: Acting) -> dict[str, Any]:
    """The figures of tickets, for those who act on them."""
    if not works_at_desk(acting):
        return {}
    home, attention = await asyncio.gather(
        upstreams.tickets.get("/v1/home", acting),
        upstreams.tickets.get("/v1/tickets/count", acting, executor="me", highlighted="true"),
    )
    return {"numbers": home.json(), "attention": attention.json()["count"]}


async def _lists(upstreams: Upstreams, acting: Acting) -> dict[str, Any]:
    """The newest tickets and one's own for those who act on them; open tasks for those who produce."""
    at_desk = works_at_desk(acting)
    tickets, tasks = await asyncio.gather(
        _tickets(upstreams, acting) if at_desk else _nothing(),
        _tasks(upstreams, acting) if "producer" in acting.roles or not at_desk else _nothing(),
    )
    return {"newest": None, "recent": [], "tasks": None, "more_tasks": False, **tickets, **tasks}


async def _tickets(upstreams: Upstreams, acting: Acting) -> dict[str, Any]:
    newest, recent = await asyncio.gather(
        upstreams.tickets.get("/v1/tickets", acting, status="any", order="newest", limit=_MOST_RECENT),
        upstreams.tickets.get("/v1/recent-tickets", acting, limit=_MOST_RECENT),
    )
    return {"newest": newest.json()["items"], "recent": recent.json()["items"]}


async def _tasks(upstreams: Upstreams, acting: Acting) -> dict[str, Any]:
    answer = await upstreams.workflow.get("/v1/tasks", acting, executor="me", state="open", limit=_MOST_TASKS)
    page = answer.json()
    return {"tasks": page["items"], "more_tasks": bool(page.get("next"))}


async def _nothing() -> dict[str, Any]:
    return {}


def _greeting(shell: Shell, place: Place) -> str:
    """By the company's clock, and by the name somebody is called by."""
    at = shell.moments(place).read(clock.now())
    hour = at.hour if at is not None else 0
    words = next(words for until, words in _GREETINGS if hour < until)
    return shell.words(place).gettext(words) % {"name": (place.acting.name.split() or ["—"])[0]}
