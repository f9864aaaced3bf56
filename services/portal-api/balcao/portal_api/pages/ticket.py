"""One ticket at the desk: its page, the parts of it that are fetched anew, and both again after a refused command."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import works_at_desk
from balcao.portal_api.domain.inline_images import on_screen
from balcao.portal_api.pages.composing import Composers, Writing
from balcao.portal_api.pages.deliveries import beside_entries, mails_about
from balcao.portal_api.pages.entries import Entry, Timeline
from balcao.portal_api.pages.folding import Fold, fold
from balcao.portal_api.pages.kept import Change, Kept
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.surroundings import around
from balcao.portal_api.pages.taking_back import TakeBack
from balcao.portal_api.pages.task_types import task_types
from balcao.portal_api.pages.ticket_history import GROUPS, groups_of, only
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition
from balcao.shared.ids import new_id

__all__ = ["Kept", "TicketPages", "routes"]

PARTS = ("alert", "head", "stages", "tasks", "plan", "tabs", "timeline", "facts", "undo")
"""The parts of the page that are fetched anew, each a template `_NAME.html` and an element of that id."""


class TicketPages:
    """Renders a ticket's page, as it is and again after a refused command."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store, composers: Composers) -> None:
        self.shell = shell
        self.upstreams = upstreams
        self.composers = composers
        self._store = store

    async def show(
        self,
        place: Place,
        number: int,
        tab: str,
        *,
        kept: Kept | None = None,
        writing: Writing | None = None,
        alert: str = "",
        status: int = 200,
    ) -> Response:
        """The page. Raises what the services raise about the ticket; notices and deliveries may be missing.

        `writing` stands in the composer, with `alert` for what is against sending it; else what was kept of one's own.
        """
        found, around_it, composer = await asyncio.gather(
            self._found(place, number, tab),
            beside(self.upstreams, place.acting),
            self.composers.of(place, number, writing, alert),
        )
        return self.shell.page(
            place, "ticket.html", status=status, kept=kept, take_back=None, composer=composer, **around_it, **found
        )

    async def show_parts(
        self,
        place: Place,
        number: int,
        tab: str,
        *,
        parts: tuple[str, ...] = PARTS,
        kept: Kept | None = None,
        take_back: TakeBack | None = None,
        suggested: str = "",
        status: int = 200,
    ) -> Response:
        """Parts of the page for one that is open already, each to be put in its place."""
        found = await self._found(place, number, tab, parts)
        return self.shell.page(
            place,
            "_parts.html",
            status=status,
            parts=parts,
            kept=kept,
            take_back=take_back,
            suggested=suggested,
            **found,
        )

    async def show_refused(
        self, place: Place, number: int, command: str, form: FormData | dict[str, Any], error: Condition
    ) -> Response:
        """The page again, with what was refused in words and what was typed still in its form."""
        if isinstance(error, UpstreamRefused) and error.status == 404:
            raise error
        kept = self._kept(place, command, form, error)
        tab = str(form.get("tab") or "")
        tab = tab if tab in ("info", "history") else "actions"
        if place.request.headers.get("hx-request"):
            return await self.show_parts(place, number, tab, kept=kept, status=status_for(error))
        return await self.show(place, number, tab, kept=kept, status=status_for(error))

    def _kept(self, place: Place, command: str, form: FormData | dict[str, Any], error: Condition) -> Kept:
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        problem = error.problem if isinstance(error, UpstreamRefused) else {}
        words = self.shell.words(place)
        timeline = Timeline(words, self.shell.moments(place))
        changes = [Change(timeline.in_a_line(one), one.get("at")) for one in problem.get("changes") or ()]
        return Kept(
            command,
            values,
            refusal(words, error),
            is_stale=error.code == "stale",
            changes=changes,
            version=str(problem.get("current_version") or ""),
            several=_several(form),
        )

    async def _task_types(self, place: Place, parts: tuple[str, ...]) -> list[dict[str, Any]]:
        may_ask = "tasks" in parts and works_at_desk(place.acting)
        return await task_types(self.upstreams, place.acting) if may_ask else []

    async def _found(self, place: Place, number: int, tab: str, parts: tuple[str, ...] = PARTS) -> dict[str, Any]:
        """All that templates of the ticket, or of these parts of its page, need."""
        words = self.shell.words(place)
        answer, beside_it, team, types = await asyncio.gather(
            self.upstreams.tickets.get(f"/v1/tickets/{number}", place.acting, locale=words.code),
            around(self.upstreams, place.acting, words.code),
            self._store.team(place.company.id),
            self._task_types(place, parts),
        )
        ticket = on_screen(answer.json(), number)
        timeline = Timeline(words, self.shell.moments(place))
        query = place.request.query_params
        in_service = ticket["status"] in ("draft", "open", "waiting")
        entries: list[Entry] = []
        if tab == "actions":
            entries = timeline.conversation(ticket)
        elif tab == "history":
            entries = only(timeline.history(ticket), query.get("only"))
        folded: Fold = fold(entries, since=query.get("since"), everything=query.get("all") == "1")
        mails = await mails_about(self.upstreams, place.acting, ticket["id"]) if tab == "actions" else {}
        return {
            "ticket": ticket,
            "tab": tab,
            "entries": folded.shown,
            "fold": folded,
            "groups": groups_of(timeline.history(ticket)) if tab == "history" else {},
            "only": query.get("only") or "",
            "history_groups": GROUPS,
            "deliveries": beside_entries(mails, folded.shown),
            "team": team,
            "near": beside_it,
            "task_types": types,
            "once": new_id(),
            "in_service": in_service,
            "here": place.desk(f"/tickets/{number}"),
            "alter": in_service and works_at_desk(place.acting),
            "writes": _takes_words(ticket) and works_at_desk(place.acting),
        }


def _takes_words(ticket: dict[str, Any]) -> bool:
    """Whether the team can write on it: in service, or back in service by that (W8). A merged one goes on elsewhere."""
    is_merged = any(link["kind"] == "merged_into" for link in ticket.get("links") or ())
    return ticket["status"] != "closed" and not is_merged


def _several(form: FormData | dict[str, Any]) -> dict[str, list[str]]:
    """The values of fields that were sent more than once, such as ticked boxes."""
    if not isinstance(form, FormData):
        return {}
    sent = {name: [one for one in form.getlist(name) if isinstance(one, str)] for name in form}
    return {name: values for name, values in sent.items() if len(values) > 1}


def routes(shell: Shell, upstreams: Upstreams, store: Store, composers: Composers) -> APIRouter:
    """A ticket's three tabs, and its parts."""
    router = APIRouter()
    pages = TicketPages(shell, upstreams, store, composers)

    @router.get("/{company}/desk/tickets/{number:int}")
    async def show_actions(request: Request, company: str, number: int) -> Response:
        """Conversation, tasks, composer."""
        return await pages.show(await shell.team_place(request, company), number, "actions")

    @router.get("/{company}/desk/tickets/{number:int}/info")
    async def show_info(request: Request, company: str, number: int) -> Response:
        """What was asked and what has to be done (W10)."""
        return await pages.show(await shell.team_place(request, company), number, "info")

    @router.get("/{company}/desk/tickets/{number:int}/history")
    async def show_history(request: Request, company: str, number: int) -> Response:
        """Everything that happened, read-only (W10)."""
        return await pages.show(await shell.team_place(request, company), number, "history")

    @router.get("/{company}/desk/tickets/{number:int}/_parts")
    async def show_parts(request: Request, company: str, number: int, of: str = "", tab: str = "actions") -> Response:
        """Parts of an open page anew: those named in `of`, separated by commas."""
        place = await shell.team_place(request, company)
        wanted = tuple(name for name in PARTS if name in of.split(","))
        tab = tab if tab in ("info", "history") else "actions"
        return await pages.show_parts(place, number, tab, parts=wanted)

    return router
