"""Opening a ticket at the desk for somebody (O11)."""

from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice, NoTitle
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Invalid
from balcao.shared.ids import new_id


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The form for a new ticket."""
    router = APIRouter()

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
