"""The requester's pages, phone first. They see nothing but what `public_view` lets through (P5)."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain import public_view
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.domain.conditions import EmptyComment, NoTitle
from balcao.portal_api.pages.attachments import receipts_of
from balcao.portal_api.pages.entries import Timeline
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Invalid, Unavailable
from balcao.shared.ids import new_id

FILTERS = {"open": "active", "waiting": "waiting", "resolved": "resolved,closed,cancelled", "all": "any"}
"""What the portal's filter offers (P2), as `tickets` names it."""


def routes(shell: Shell, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """The portal."""
    router = APIRouter()
    _reading(router, shell, upstreams)
    _asking(router, shell, upstreams, uploads)
    return router


def _reading(router: APIRouter, shell: Shell, upstreams: Upstreams) -> None:
    @router.get("/{company}/my/tickets")
    async def show_list(request: Request, company: str) -> Response:
        """One's own tickets (P2)."""
        place = await shell.place(request, company)
        chosen = request.query_params.get("status")
        chosen = chosen if chosen in FILTERS else "open"
        after = request.query_params.get("after")
        answer = await upstreams.tickets.get(
            "/v1/tickets", as_requester(place.acting), status=FILTERS[chosen], limit=30, after=after
        )
        page = answer.json()
        return shell.page(
            place,
            "portal_tickets.html",
            tickets=[public_view.summary(one) for one in page["items"]],
            next_key=page.get("next"),
            after=after,
            chosen=chosen,
            sent=request.query_params.get("sent") == "1",
        )

    @router.get("/{company}/my/tickets/{number:int}")
    async def show_ticket(request: Request, company: str, number: int) -> Response:
        """One of one's own tickets with its public history (P4)."""
        place = await shell.place(request, company)
        return await _ticket(shell, upstreams, place, number, sent=request.query_params.get("sent") == "1")


def _asking(router: APIRouter, shell: Shell, upstreams: Upstreams, uploads: Uploads) -> None:
    @router.get("/{company}/my/tickets/new")
    async def show_new(request: Request, company: str) -> Response:
        """The form for a new request."""
        place = await shell.place(request, company)
        return shell.page(place, "portal_new.html", typed={}, refused=None, once=new_id())

    @router.post("/{company}/my/tickets")
    async def ask(request: Request, company: str) -> Response:
        """Send a new request in (P3)."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            await _say(upstreams, uploads, place, form, typed.get("subject", "").strip()[:300], None)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            words = refusal(shell.words(place), error)
            return shell.page(
                place, "portal_new.html", status=status_for(error), typed=typed, refused=words, once=new_id()
            )
        return shell.see(place.my("/tickets", sent=1))

    @router.post("/{company}/my/tickets/{number:int}/replies")
    async def reply(request: Request, company: str, number: int) -> Response:
        """Answer on a ticket (P4)."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        ticket = (await upstreams.tickets.get(f"/v1/tickets/{number}", as_requester(place.acting))).json()
        try:
            await _say(upstreams, uploads, place, form, str(ticket["title"]), str(ticket["id"]))
        except (UpstreamRefused, Invalid, Unavailable) as error:
            typed = str(form.get("text", ""))
            return await _ticket(shell, upstreams, place, number, typed=typed, error=error)
        return shell.see(place.my(f"/tickets/{number}", sent=1) + "#last")


async def _ticket(
    shell: Shell,
    upstreams: Upstreams,
    place: Place,
    number: int,
    *,
    sent: bool = False,
    typed: str = "",
    error: Condition | None = None,
) -> Response:
    answer = await upstreams.tickets.get(
        f"/v1/tickets/{number}", as_requester(place.acting), locale=shell.words(place).code
    )
    ticket = public_view.detail(answer.json(), place.acting)
    entries = Timeline(shell.words(place), shell.moments(place)).public_history(ticket)
    return shell.page(
        place,
        "portal_ticket.html",
        status=status_for(error) if error else 200,
        ticket=ticket,
        entries=entries,
        sent=sent,
        typed=typed,
        refused=refusal(shell.words(place), error) if error else None,
        once=new_id(),
    )


async def _say(
    upstreams: Upstreams, uploads: Uploads, place: Place, form: FormData, subject: str, ticket_id: str | None
) -> None:
    """Hand words and files to intake, as one message. Raises `NoTitle` or `EmptyComment` without words."""
    value = form.get("text", "")
    text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    if not subject:
        raise NoTitle("give your request a subject")
    if not text:
        raise EmptyComment("write something first")
    receipts = await receipts_of(form, uploads, place.acting)
    files = [one.model_dump(exclude_none=True) for one in uploads.accept(place.acting, receipts)]
    body: dict[str, Any] = {"subject": subject, "text": text[:100_000], "files": files}
    if ticket_id is not None:
        body["ticket_id"] = ticket_id
    once = form.get("once")
    await upstreams.intake.post(
        "/v1/messages", as_requester(place.acting), body, once=once if isinstance(once, str) and once else None
    )
