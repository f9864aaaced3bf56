"""The desk's ticket list: filters live in the address, pages follow by key; and opening a ticket for somebody."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice, NoTitle
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, Invalid
from balcao.shared.ids import new_id

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
    """The list, and a new ticket."""
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

    @router.get("/{company}/desk/tickets/new")
    async def show_new(request: Request, company: str) -> Response:
        """The form for a ticket opened at the desk."""
        place = await shell.desk_place(request, company)
        return await _new_form(shell, upstreams, place, {})

    @router.post("/{company}/desk/tickets")
    async def open_ticket(request: Request, company: str) -> Response:
        """Open it (O11) and go to it."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: str(value) for name, value in form.items() if isinstance(value, str)}
        try:
            body = _new_ticket(typed)
            answer = await upstreams.tickets.post("/v1/tickets", place.acting, body, once=typed.get("once"))
        except (Invalid, UpstreamRefused) as error:
            return await _new_form(shell, upstreams, place, typed, error)
        return shell.see(place.desk(f"/tickets/{answer.json()['number']}"))

    return router


async def _new_form(
    shell: Shell, upstreams: Upstreams, place: Place, typed: dict[str, str], error: Condition | None = None
) -> Response:
    around = await beside(upstreams, place.acting)
    return shell.page(
        place,
        "ticket_new.html",
        status=status_for(error) if error else 200,
        typed=typed,
        refused=refusal(shell.words(place), error) if error else None,
        once=new_id(),
        **around,
    )


def _new_ticket(typed: dict[str, str]) -> dict[str, Any]:
    """The form's fields as `tickets` takes them. Raises `Invalid`."""
    title, address = typed.get("title", "").strip(), typed.get("address", "").strip()
    priority = typed.get("priority", "0")
    if not title:
        raise NoTitle("a ticket needs a title")
    if not priority.isdigit() or typed.get("kind", "request") not in labels.KINDS:
        raise BadChoice("unknown priority or kind")
    body: dict[str, Any] = {
        "title": title[:300],
        "description": typed.get("description", "").replace("\r\n", "\n"),
        "kind": typed.get("kind", "request"),
        "priority": int(priority),
    }
    if address:
        body["requester"] = {"name": typed.get("name", "").strip()[:200], "address": address}
    return body
