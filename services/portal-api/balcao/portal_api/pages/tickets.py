"""The desk's ticket list: filters live in the address, pages follow by key."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.store import Store

_FILTERS = ("status", "stage", "analyst", "executor")
_PER_PAGE = 50
_PLACES = (({"analyst": "me"}, "mine"), ({"executor": "me"}, "with_me"), ({"status": "waiting"}, "waiting"))
"""What the rail leads to, besides triage and all."""


@dataclass(frozen=True)
class Wanted:
    """The filters of a list, as its address says them."""

    given: dict[str, str]

    @classmethod
    def of(cls, query: QueryParams) -> "Wanted":
        """The filters of a query string; others are left alone."""
        return cls({name: query[name][:200] for name in _FILTERS if query.get(name)})

    def query(self, **changes: str | None) -> str:
        """The query string with some filters changed (none removes one); a page key never survives a change."""
        merged = {**self.given, **changes}
        text = urlencode({name: value for name, value in merged.items() if value}, safe=",")
        return f"?{text}" if text else "?"

    def title(self) -> str:
        """The list's name when its filters are those of a place in the rail."""
        without_stage = {name: value for name, value in self.given.items() if name != "stage"}
        if not without_stage:
            return "triage" if self.given.get("stage") == "triage" else "all"
        for filters, name in _PLACES:
            if without_stage == filters:
                return name
        return "filtered"


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """The list."""
    router = APIRouter()

    @router.get("/{company}/desk/tickets")
    async def show_list(request: Request, company: str) -> Response:
        """The tickets that match the filters, the most urgent first."""
        place = await shell.team_place(request, company)
        wanted = Wanted.of(request.query_params)
        after = request.query_params.get("after")
        asked = upstreams.tickets.get("/v1/tickets", place.acting, **wanted.given, limit=_PER_PAGE, after=after)
        answer, around, team = await asyncio.gather(
            asked, beside(upstreams, place.acting), store.team(place.company.id)
        )
        page = answer.json()
        return shell.page(
            place,
            "tickets.html",
            tickets=page["items"],
            next_key=page.get("next"),
            after=after,
            wanted=wanted,
            team=team,
            names={one.id: one.name for one in team},
            **around,
        )

    return router
