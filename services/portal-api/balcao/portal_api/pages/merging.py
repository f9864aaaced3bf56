"""Merging tickets: which one stays, what will happen, why it may not be; and what became of it (W13, W15)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, QueryParams

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.choices import Choices, choices
from balcao.portal_api.pages.found import number_typed
from balcao.portal_api.pages.obstacles import Obstacle, Obstacles
from balcao.portal_api.pages.outcome import (
    Outcome,
    Refusals,
    entry_of,
    latest,
    number_in,
    show_outcome,
    undone_later,
)
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition
from balcao.shared.ids import new_id

Json = dict[str, Any]
MOST_MERGED = 20
_ABSORBED = "ticket.absorbed.v1"
_SAID = ("ticket.opened.v1", "ticket.requester_replied.v1", "ticket.replied.v1", "ticket.noted.v1")


@dataclass(frozen=True)
class Candidate:
    """A ticket that is to be merged, with what it brings and what stands in its way."""

    ticket: Json
    workspace: str
    messages: int
    joining: tuple[str, ...]
    """Who gets copies of it when it is the one that stays."""
    obstacles: tuple[Obstacle, ...]


class MergingPages:
    """Renders the page where tickets are merged."""

    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self.shell = shell
        self.upstreams = upstreams

    async def show(
        self, place: Place, numbers: Sequence[int], *, typed: dict[str, str], error: Condition | None = None
    ) -> Response:
        """The tickets, one of them to keep. What is refused stays as it was typed."""
        found, offered, around = await asyncio.gather(
            self._tickets(place, numbers),
            choices(self.upstreams, place.acting, self.shell.words(place).code),
            beside(self.upstreams, place.acting),
        )
        in_words = Obstacles(self.shell.words(place), self.shell.moments(place))
        candidates = [_candidate(one, found, offered, in_words) for one in found]
        there = {one["number"] for one in found}
        blocked = any(one.obstacles for one in candidates)
        # What stands beside the tickets by now need not be said twice.
        told = error is not None and not (blocked and error.code == "cannot-merge")
        return self.shell.page(
            place,
            "merge.html",
            status=status_for(error) if error else 200,
            candidates=candidates,
            missing=[number for number in numbers if number not in there],
            blocked=blocked,
            refused=in_words.of(error) if error and told else [],
            typed=typed,
            keep=number_typed(typed.get("keep", "")) or min(there, default=0),
            too_many=len(numbers) > MOST_MERGED + 1,
            once=new_id(),
            **around,
        )

    async def _tickets(self, place: Place, numbers: Sequence[int]) -> list[Json]:
        """Those that are there, in the order they were named."""

        async def one(number: int) -> Json | None:
            try:
                ticket: Json = (await self.upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
                return ticket
            except UpstreamRefused as refused:
                if refused.status == 404:
                    return None
                raise

        found = await asyncio.gather(*map(one, numbers[: MOST_MERGED + 1]))
        return [ticket for ticket in found if ticket is not None]


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """Merging, and taking it back."""
    router = APIRouter()
    pages = MergingPages(shell, upstreams)

    @router.get("/{company}/desk/tickets/merge")
    async def show_merge(request: Request, company: str) -> Response:
        """The tickets to merge; with `done`, what became of it."""
        place = await shell.desk_place(request, company)
        if into := number_in(request, "into"):
            return await _show_done(pages, place, into, number_in(request, "entry"))
        typed = {name: request.query_params.get(name, "") for name in ("keep", "in")}
        return await pages.show(place, _numbers(request.query_params), typed=typed)

    @router.post("/{company}/desk/tickets/merge")
    async def merge(request: Request, company: str) -> Response:
        """Merge the others into the one that is kept; refused, the page says why for each."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        numbers, keep = _numbers(form), number_typed(typed.get("keep", "")) or 0
        others = [one for one in numbers if one != keep]
        if keep not in numbers or not others or typed.get("action") == "add":
            return await pages.show(place, numbers, typed=typed)
        versions = {str(one): int(typed[f"v{one}"]) for one in others if typed.get(f"v{one}", "").isdigit()}
        comment = typed.get("comment", "").replace("\r\n", "\n").strip()[:10_000]
        body = {"numbers": others, "comment": comment, "versions": versions}
        path, version = f"/v1/tickets/{keep}/merge", typed.get(f"v{keep}") or None
        try:
            answer = await upstreams.tickets.post(
                path, place.acting, body, if_match=version, once=typed.get("once") or None
            )
        except Refusals as error:
            return await pages.show(place, numbers, typed=typed, error=error)
        entry = latest(answer.json(), _ABSORBED)
        return shell.see(place.desk("/tickets/merge", into=keep, entry=entry))

    @router.post("/{company}/desk/tickets/merge/undo")
    async def undo(request: Request, company: str) -> Response:
        """Take a merge back, while nothing that came later contradicts that (W15)."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        into, entry = (number_typed(str(form.get(name, ""))) or 0 for name in ("into", "entry"))
        once = str(form.get("once") or "") or None
        try:
            await upstreams.tickets.post(f"/v1/tickets/{into}/undo", place.acting, {"entry": entry}, once=once)
        except Refusals as error:
            return await _show_done(pages, place, into, entry, error)
        return shell.see(place.desk("/tickets/merge", into=into, entry=entry))

    return router


async def _show_done(pages: MergingPages, place: Place, into: int, n: int, error: Condition | None = None) -> Response:
    ticket = (await pages.upstreams.tickets.get(f"/v1/tickets/{into}", place.acting)).json()
    data, words = entry_of(ticket, n, _ABSORBED)["data"], pages.shell.words(place)
    merged = data.get("merged") or []
    is_undone = undone_later(ticket, n)
    text = words.ngettext(
        "%(num)s ticket is part of this one now. It is resolved as merged, with a link.",
        "%(num)s tickets are part of this one now. They are resolved as merged, with a link.",
        len(merged),
    )
    outcome = Outcome(
        title=words.gettext("The merge was taken back") if is_undone else words.gettext("Tickets merged"),
        words=words.gettext("All of them are in service again.") if is_undone else text % {"num": len(merged)},
        tickets=[ticket, *merged],
        undo="" if is_undone else place.desk("/tickets/merge/undo"),
        fields={"into": str(into), "entry": str(n)},
        is_undone=is_undone,
    )
    return await show_outcome(pages.shell, pages.upstreams, place, outcome, error)


def _numbers(given: QueryParams | FormData) -> list[int]:
    """The tickets that were chosen, and the one that is added."""
    typed = [one for value in given.getlist("ids") if isinstance(value, str) for one in value.split(",")]
    added = given.get("add", "")
    found = [number_typed(one) for one in (*typed, added if isinstance(added, str) else "")]
    return list(dict.fromkeys(one for one in found if one))


def _candidate(ticket: Json, together: Sequence[Json], offered: Choices, in_words: Obstacles) -> Candidate:
    workspace = offered.workspace(ticket["workspace_id"]) if ticket.get("workspace_id") else ""
    return Candidate(
        ticket=ticket,
        workspace=workspace,
        messages=sum(one["type"] in _SAID for one in ticket.get("timeline") or ()),
        joining=_joining(ticket, together),
        obstacles=tuple(in_words.to_merging(_reasons(ticket, together, workspace), ticket["number"])),
    )


def _reasons(ticket: Json, together: Sequence[Json], workspace: str) -> list[Json]:
    """What `tickets` will have against it, as far as that can be seen from here: it decides itself."""
    reasons: list[Json] = []
    if ticket["status"] != "open":
        reasons.append({"code": "not-open", "status": ticket["status"]})
    tasks = [one.get("number") for one in ticket.get("tasks") or () if one.get("state") in ("requested", "open")]
    if tasks:
        reasons.append({"code": "open-tasks", "tasks": tasks})
    if len({one.get("workspace_id") for one in together}) > 1:
        reasons.append({"code": "different-workspaces", "name": workspace})
    return reasons


def _joining(ticket: Json, together: Sequence[Json]) -> tuple[str, ...]:
    """Who asked or was in copy on the others, and gets copies of this one when it stays."""
    there = {one.get("address") for one in (ticket["requester"], *ticket.get("watchers", ()))}
    joining: dict[str, str] = {}
    for other in together:
        for one in (other["requester"], *other.get("watchers", ())):
            if one.get("address") and one["address"] not in there:
                joining.setdefault(one["address"], one.get("name") or one["address"])
    return tuple(joining.values())
