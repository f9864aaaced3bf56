""" "Encerrar ticket": the requester says that it is solved, or not needed any more (P4)."""

from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.pages.portal.ticket import TicketPages
from balcao.portal_api.pages.shell import Place, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

_MOST_WORDS = 5_000
_OUTCOMES = ("solved", "not_needed")


def routes(pages: TicketPages) -> APIRouter:
    """The question, and its answer."""
    router = APIRouter()
    shell, upstreams = pages.shell, pages.upstreams

    def show(place: Place, ticket: dict[str, Any], body: dict[str, str], error: Condition | None = None) -> Response:
        return shell.page(
            place,
            "portal_end.html",
            status=status_for(error) if error else 200,
            ticket=ticket,
            here=place.my(f"/tickets/{ticket['number']}"),
            body=body,
            refused=refusal(shell.words(place), error) if error else None,
            once=new_id(),
        )

    @router.get("/{company}/my/tickets/{number:int}/end")
    async def ask(request: Request, company: str, number: int) -> Response:
        """How it ends. Whoever only gets copies of it is not asked."""
        place = await shell.place(request, company)
        ticket = await pages.load(place, number)
        if not ticket["is_mine"]:
            raise NotFound("no such page or resource")
        if ticket["status"] in ("closed", "cancelled"):
            return shell.see(place.my(f"/tickets/{number}"))
        return show(place, ticket, {"outcome": "solved"})

    @router.post("/{company}/my/tickets/{number:int}/end")
    async def end(request: Request, company: str, number: int) -> Response:
        """End it (P4)."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        outcome, text = str(form.get("outcome", "")), str(form.get("text", "")).replace("\r\n", "\n").strip()
        body = {"outcome": outcome if outcome in _OUTCOMES else "solved"}
        body |= {"text": text[:_MOST_WORDS]} if text else {}
        try:
            await upstreams.tickets.post(
                f"/v1/tickets/{number}/end", as_requester(place.acting), body, once=str(form.get("once", "")) or None
            )
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return show(place, await pages.load(place, number), body, error)
        return shell.see(place.my(f"/tickets/{number}", ended=1))

    return router
