"""Splitting a ticket: choosing what becomes a ticket of its own; and what became of it (W14, W15)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.choices import choices
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
from balcao.portal_api.pages.parts import parts_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition
from balcao.shared.ids import new_id

Json = dict[str, Any]
_BAD_CHOICE = labels.CONDITIONS["bad-choice"]
_NO_TITLE = labels.CONDITIONS["no-title"]
_SPLIT = "ticket.split.v1"


class SplittingPages:
    """Renders the page where a ticket is split."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store) -> None:
        self.shell = shell
        self.upstreams = upstreams
        self._store = store

    async def show(
        self, place: Place, number: int, typed: "Typed", *, errors: dict[str, str], error: Condition | None = None
    ) -> Response:
        """What can go along, and how the new ticket begins."""
        answer, offered, around, team = await asyncio.gather(
            self.upstreams.tickets.get(f"/v1/tickets/{number}", place.acting),
            choices(self.upstreams, place.acting, self.shell.words(place).code),
            beside(self.upstreams, place.acting),
            self._store.team(place.company.id),
        )
        ticket = answer.json()
        in_words = Obstacles(self.shell.words(place), self.shell.moments(place))
        refused = in_words.of(error) if error else []
        status = status_for(error) if error else 422 if errors else 200
        return self.shell.page(
            place,
            "split.html",
            status=status,
            ticket=ticket,
            parts=parts_of(ticket),
            typed=typed,
            errors=errors,
            refused=refused,
            closed=_closed(in_words, ticket),
            offered=offered,
            team=team,
            once=new_id(),
            **around,
        )


class Typed:
    """The form as it was filled."""

    def __init__(self, given: dict[str, str], entries: list[int], tasks: list[str]) -> None:
        self.given = given
        self.entries = entries
        self.tasks = tasks

    def get(self, name: str, otherwise: str = "") -> str:
        """What was typed into a field."""
        return self.given.get(name, otherwise)

    @classmethod
    def of(cls, form: FormData) -> "Typed":
        """A form that was sent."""
        entries = [int(one) for one in form.getlist("entries") if isinstance(one, str) and one[:7].isdigit()]
        tasks = [one for one in form.getlist("tasks") if isinstance(one, str)]
        return cls({name: value for name, value in form.items() if isinstance(value, str)}, entries, tasks)

    def errors(self, shell: Shell, place: Place) -> dict[str, str]:
        """What is missing, by field."""
        words, errors = shell.words(place), {}
        if not self.get("title").strip():
            errors["title"] = words.gettext(_NO_TITLE)
        if not (self.get("text").strip() or self.entries or self.tasks):
            errors["entries"] = words.gettext("Choose what goes along, or say what is asked for.")
        priority = self.get("priority")
        if priority and not (priority.isdigit() and int(priority) <= 100 and int(priority) % 5 == 0):
            errors["priority"] = words.gettext(_BAD_CHOICE)
        return errors

    def body(self) -> Json:
        """As `tickets` takes it; what is left as it was on the old ticket is not named."""
        body: Json = {
            "title": self.get("title").strip()[:300],
            "text": self.get("text").replace("\r\n", "\n").strip(),
            "entries": self.entries[:50],
            "tasks": self.tasks[:50],
            "watchers": self.get("watchers") == "1",
            "note": self.get("note").replace("\r\n", "\n").strip(),
            "status": "in_progress" if self.get("status") == "in_progress" else "todo",
        }
        if self.get("kind") in labels.KINDS:
            body["kind"] = self.get("kind")
        if self.get("priority"):
            body["priority"] = int(self.get("priority"))
        if self.get("workspace_id"):
            body["workspace_id"] = None if self.get("workspace_id") == "none" else self.get("workspace_id")
        if self.get("analyst_id"):
            body["analyst_id"] = self.get("analyst_id")
        return body


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """Splitting, and taking it back."""
    router = APIRouter()
    pages = SplittingPages(shell, upstreams, store)

    @router.get("/{company}/desk/tickets/{number:int}/split")
    async def show_split(request: Request, company: str, number: int) -> Response:
        """What can be split off; with `entry`, what became of it."""
        place = await shell.desk_place(request, company)
        if entry := number_in(request, "entry"):
            return await _show_done(pages, place, number, entry)
        chosen = [number_in(request, "message")] if number_in(request, "message") else []
        return await pages.show(place, number, Typed({"watchers": "1"}, chosen, []), errors={})

    @router.post("/{company}/desk/tickets/{number:int}/split")
    async def split(request: Request, company: str, number: int) -> Response:
        """Make a ticket of its own of what was chosen; refused, all that was typed is still there."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = Typed.of(form)
        if errors := typed.errors(shell, place):
            return await pages.show(place, number, typed, errors=errors)
        path, version = f"/v1/tickets/{number}/split", typed.get("version") or None
        once = typed.get("once") or None
        try:
            answer = await upstreams.tickets.post(path, place.acting, typed.body(), if_match=version, once=once)
        except Refusals as error:
            return await pages.show(place, number, typed, errors={}, error=error)
        return shell.see(place.desk(f"/tickets/{number}/split", entry=latest(answer.json(), _SPLIT)))

    @router.post("/{company}/desk/tickets/{number:int}/split/undo")
    async def undo(request: Request, company: str, number: int) -> Response:
        """Take a split back, while nobody worked on the new ticket (W15)."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        value = form.get("entry", "")
        entry = int(value) if isinstance(value, str) and value.isdigit() and len(value) < 8 else 0
        once = str(form.get("once") or "") or None
        try:
            await upstreams.tickets.post(f"/v1/tickets/{number}/undo", place.acting, {"entry": entry}, once=once)
        except Refusals as error:
            return await _show_done(pages, place, number, entry, error)
        return shell.see(place.desk(f"/tickets/{number}/split", entry=entry))

    return router


async def _show_done(
    pages: SplittingPages, place: Place, number: int, n: int, error: Condition | None = None
) -> Response:
    ticket = (await pages.upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
    into, words = entry_of(ticket, n, _SPLIT)["data"]["into"], pages.shell.words(place)
    is_undone = undone_later(ticket, n)
    done = words.gettext("A part of #%(old)s is ticket #%(new)s now. Each leads to the other.")
    undone = words.gettext("#%(new)s is cancelled; what went along is on #%(old)s again.")
    outcome = Outcome(
        title=words.gettext("The split was taken back") if is_undone else words.gettext("Part split off"),
        words=(undone if is_undone else done) % {"old": number, "new": into["number"]},
        tickets=[ticket, into] if is_undone else [into, ticket],
        undo="" if is_undone else place.desk(f"/tickets/{number}/split/undo"),
        fields={"entry": str(n)},
        is_undone=is_undone,
    )
    return await show_outcome(pages.shell, pages.upstreams, place, outcome, error)


def _closed(in_words: Obstacles, ticket: Json) -> list[Obstacle]:
    """Why nothing can be split off from it at all, as far as that can be seen from here."""
    if ticket["status"] in ("open", "waiting"):
        return []
    return in_words.to_merging([{"code": "not-open", "status": ticket["status"]}], ticket["number"])
