"""One ticket at the desk: what it says, where it stands, and the commands that move it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice, BadDate
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.deliveries import beside_entries, mails_about
from balcao.portal_api.pages.entries import Timeline
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

COMMANDS = ("action-plan", "stage", "stage-assignee", "analyst", "tasks", "resolve", "wait", "reopen", "cancel")
"""Commands that a form on the ticket's page sends, by the last part of their address."""


@dataclass(frozen=True)
class Kept:
    """What was typed into a form that was refused: nothing typed is lost."""

    command: str
    values: dict[str, str]
    words: str
    is_stale: bool = False

    def get(self, command: str, field: str, otherwise: str = "") -> str:
        """What was typed into this field of this command's form."""
        return self.values.get(field, otherwise) if command == self.command else otherwise


class TicketPages:
    """Renders a ticket's page, as it is and again after a refused command."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store) -> None:
        self.shell = shell
        self.upstreams = upstreams
        self._store = store

    async def show(
        self, place: Place, number: int, tab: str, *, kept: Kept | None = None, status: int = 200
    ) -> Response:
        """The page. Raises what the services raise about the ticket; notices and deliveries may be missing."""
        answer, around, team = await asyncio.gather(
            self.upstreams.tickets.get(f"/v1/tickets/{number}", place.acting, locale=self.shell.words(place).code),
            beside(self.upstreams, place.acting),
            self._store.team(place.company.id),
        )
        ticket = answer.json()
        timeline = Timeline(self.shell.words(place), self.shell.moments(place))
        entries = timeline.conversation(ticket) if tab == "actions" else timeline.entries(ticket)
        mails = await mails_about(self.upstreams, place.acting, ticket["id"]) if tab == "actions" else {}
        return self.shell.page(
            place,
            "ticket.html",
            status=status,
            ticket=ticket,
            tab=tab,
            entries=entries,
            deliveries=beside_entries(mails, entries),
            team=team,
            **around,
            kept=kept,
            once=new_id(),
            in_service=ticket["status"] in ("draft", "open", "waiting"),
        )

    async def show_refused(
        self, place: Place, number: int, command: str, form: FormData | dict[str, Any], error: Condition
    ) -> Response:
        """The page again, with what was refused in words and what was typed still in its form."""
        if isinstance(error, UpstreamRefused) and error.status == 404:
            raise error
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        words = refusal(self.shell.words(place), error)
        kept = Kept(command, values, words, is_stale=error.code == "stale")
        tab = "info" if command == "action-plan" and values.get("from") == "info" else "actions"
        return await self.show(place, number, tab, kept=kept, status=status_for(error))


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """A ticket's pages and plain commands; words have a file of their own."""
    router = APIRouter()
    pages = TicketPages(shell, upstreams, store)

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

    @router.post("/{company}/desk/tickets/{number:int}/{command}")
    async def command(request: Request, company: str, number: int, command: str) -> Response:
        """A command from one of the page's forms; then the page again."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            body = _body(command, form, shell, place)
            await upstreams.tickets.post(
                f"/v1/tickets/{number}/{command}",
                place.acting,
                body,
                if_match=_text(form, "version") or None,
                once=_text(form, "once") or None,
            )
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await pages.show_refused(place, number, command, form, error)
        tab = "/info" if _text(form, "from") == "info" else ""
        return shell.see(place.desk(f"/tickets/{number}{tab}"))

    return router


def _body(command: str, form: FormData, shell: Shell, place: Place) -> dict[str, Any]:
    """A form as the command's body. Raises `NotFound` or `Invalid` for what no form of ours offers."""
    if command not in COMMANDS:
        raise NotFound("no such command")
    if command == "tasks":
        return _new_task(form, shell, place)
    if command == "wait":
        until = _instant(form, "until", shell, place)
        return {"reason": _one_of(form, "reason", labels.CHOOSABLE_WAITS), **({"until": until} if until else {})}
    body: dict[str, Any] = {}
    if command == "action-plan":
        body["text"] = _text(form, "text").replace("\r\n", "\n").strip()
    if command in ("stage", "stage-assignee"):
        body["stage"] = _one_of(form, "stage", labels.STAGES)
    if command in ("stage-assignee", "analyst"):
        body["person_id"] = _text(form, "person_id")
    if command == "resolve":
        body["method"] = _one_of(form, "method", labels.CHOOSABLE_METHODS)
    return body


def _new_task(form: FormData, shell: Shell, place: Place) -> dict[str, Any]:
    given = {"title": _text(form, "title").strip(), "executor_id": _text(form, "executor_id")}
    body: dict[str, Any] = {name: value for name, value in given.items() if value}
    if due := _instant(form, "due", shell, place):
        body["due"] = due
    return body


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _one_of(form: FormData, name: str, known: Any) -> str:
    value = _text(form, name)
    if value not in known:
        raise BadChoice(f"{name}: choose one of those offered")
    return value


def _instant(form: FormData, name: str, shell: Shell, place: Place) -> str | None:
    """A date and time as typed, in the company's zone, as an instant."""
    try:
        instant = shell.moments(place).read(_text(form, name))
    except ValueError:
        raise BadDate(f"{name}: this is no date") from None
    return instant.isoformat() if instant else None
