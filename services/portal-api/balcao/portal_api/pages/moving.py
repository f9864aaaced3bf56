"""Moving a requester's message to the ticket where it belongs, or making it one of its own; and back."""

from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.found import number_typed
from balcao.portal_api.pages.obstacles import Obstacles
from balcao.portal_api.pages.outcome import Outcome, Refusals, show_outcome
from balcao.portal_api.pages.parts import parts_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, NotFound
from balcao.shared.ids import new_id

Json = dict[str, Any]
_BACK = "ticket.message_brought_back.v1"


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """Moving, and taking it back."""
    router = APIRouter()
    address = "/{company}/desk/tickets/{number:int}/messages/{entry:int}"

    @router.get(f"{address}/move")
    async def show_move(request: Request, company: str, number: int, entry: int) -> Response:
        """The message, and where it may go; once it was moved, where it is."""
        place = await shell.desk_place(request, company)
        return await _show(shell, upstreams, place, number, entry, {})

    @router.post(f"{address}/move")
    async def move(request: Request, company: str, number: int, entry: int) -> Response:
        """Move it; refused, the page says why and keeps what was typed."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        to, title = number_typed(typed.get("to", "")), typed.get("title", "").strip()[:300]
        is_new = typed.get("where") == "new"
        if not is_new and to is None:
            error = shell.words(place).gettext("Choose a ticket, or write its number.")
            return await _show(shell, upstreams, place, number, entry, typed, wrong=error)
        body: Json = ({"title": title} if title else {}) if is_new else {"to": to}
        path = f"/v1/tickets/{number}/messages/{entry}/move"
        try:
            await upstreams.tickets.post(
                path, place.acting, body, if_match=typed.get("version") or None, once=typed.get("once") or None
            )
        except Refusals as error:
            return await _show(shell, upstreams, place, number, entry, typed, error=error)
        return shell.see(place.desk(f"/tickets/{number}/messages/{entry}/move"))

    @router.post(f"{address}/move/undo")
    async def undo(request: Request, company: str, number: int, entry: int) -> Response:
        """Take it back, while nobody answered there."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        path, once = f"/v1/tickets/{number}/messages/{entry}/move-back", str(form.get("once") or "") or None
        try:
            await upstreams.tickets.post(path, place.acting, {}, once=once)
        except Refusals as error:
            return await _show(shell, upstreams, place, number, entry, {}, error=error)
        return shell.see(place.desk(f"/tickets/{number}/messages/{entry}/move"))

    return router


async def _show(
    shell: Shell,
    upstreams: Upstreams,
    place: Place,
    number: int,
    entry: int,
    typed: dict[str, str],
    *,
    error: Condition | None = None,
    wrong: str = "",
) -> Response:
    ticket: Json = (await upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
    at = next((one for one in ticket.get("timeline") or () if one["n"] == entry), None)
    if at is None:
        raise NotFound("no such page or resource")
    if at.get("moved_to"):
        return await _show_moved(shell, upstreams, place, ticket, entry, error)
    part = next((one for one in parts_of(ticket) if one.n == entry), None)
    if part is None:
        raise NotFound("no such page or resource")
    back = [one for one in ticket["timeline"] if one["type"] == _BACK and one["data"].get("entry") == entry]
    status = status_for(error) if error else 422 if wrong else 200
    return shell.page(
        place,
        "move.html",
        status=status,
        ticket=ticket,
        part=part,
        is_back=bool(back) and not typed,
        typed=typed,
        wrong=wrong,
        refused=Obstacles(shell.words(place), shell.moments(place)).of(error) if error else [],
        once=new_id(),
        **await beside(upstreams, place.acting),
    )


async def _show_moved(
    shell: Shell, upstreams: Upstreams, place: Place, ticket: Json, entry: int, error: Condition | None
) -> Response:
    number = at_number(ticket, entry)
    other = (await upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
    words = shell.words(place)
    said = words.gettext("The message is on #%(number)s now, and its sender gets copies of that ticket.")
    outcome = Outcome(
        title=words.gettext("Message moved"),
        words=said % {"number": number},
        tickets=[other, ticket],
        undo=place.desk(f"/tickets/{ticket['number']}/messages/{entry}/move/undo"),
        fields={},
    )
    return await show_outcome(shell, upstreams, place, outcome, error)


def at_number(ticket: Json, entry: int) -> int:
    """The number of the ticket a message was moved to."""
    return int(next(one["moved_to"]["number"] for one in ticket["timeline"] if one["n"] == entry))
