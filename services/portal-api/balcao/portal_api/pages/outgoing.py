"""Answers in their undo window: shown with the time that is left, taken back, or sent at once (W7)."""

import re

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.composing import Composers
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.ticket import TicketPages
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, NotFound, Unavailable

_REPLY_ID = re.compile(r"[0-9a-f-]{36}")


def routes(shell: Shell, upstreams: Upstreams, store: Store, composers: Composers) -> APIRouter:
    """Routes of the undo window."""
    router = APIRouter()
    window = _Window(shell, upstreams, TicketPages(shell, upstreams, store, composers))

    @router.get("/{company}/desk/tickets/{number:int}/_outgoing")
    async def show(request: Request, company: str, number: int) -> Response:
        """The answers that are about to go out, for a page that is open."""
        place = await shell.team_place(request, company)
        ticket = (await upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        return shell.page(place, "_outgoing.html", ticket=ticket, here=place.desk(f"/tickets/{number}"))

    @router.post("/{company}/desk/tickets/{number:int}/outgoing/{reply_id}/undo")
    async def undo(request: Request, company: str, number: int, reply_id: str) -> Response:
        """Take an answer back: its words are in the composer again, with recipients, files and tick."""
        return await window.act(request, company, number, reply_id, "undo")

    @router.post("/{company}/desk/tickets/{number:int}/outgoing/{reply_id}/send-now")
    async def send_now(request: Request, company: str, number: int, reply_id: str) -> Response:
        """Send an answer before its window ends."""
        return await window.act(request, company, number, reply_id, "send-now")

    return router


class _Window:
    """What can be done with an answer while it is held."""

    def __init__(self, shell: Shell, upstreams: Upstreams, pages: TicketPages) -> None:
        self._shell = shell
        self._tickets = upstreams.tickets
        self._pages = pages

    async def act(self, request: Request, company: str, number: int, reply_id: str, what: str) -> Response:
        """Do it, then the ticket's page; when the answer has gone out already it says at what time."""
        place = await self._shell.desk_place(request, company)
        await self._shell.gate.form(request, place.visitor)
        if not _REPLY_ID.fullmatch(reply_id):
            raise NotFound("no such answer")
        try:
            path = f"/v1/tickets/{number}/outgoing/{reply_id}/{what}"
            answer = (await self._tickets.post(path, place.acting, {})).json()
        except (UpstreamRefused, Unavailable) as error:
            return await self._refused(place, number, reply_id, error)
        if what == "send-now":
            return self._shell.see(place.desk(f"/tickets/{number}") + "#last")
        back = next((one for one in answer.get("unsent") or () if one.get("returned") == "undone"), None)
        take = {"take": back["id"]} if back else {}
        return self._shell.see(place.desk(f"/tickets/{number}", **take) + "#composer")

    async def _refused(self, place: Place, number: int, reply_id: str, error: Condition) -> Response:
        if isinstance(error, UpstreamRefused) and error.status == 404:
            raise error
        if error.code == "reply-is-out":
            return self._shell.see(place.desk(f"/tickets/{number}", gone=reply_id) + "#outgoing")
        words = refusal(self._shell.words(place), error)
        return await self._pages.show(place, number, "actions", alert=words, status=status_for(error))
