"""A request with its steps, its public history and the answer one writes to it (P4)."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain import public_view
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.domain.inline_images import on_screen
from balcao.portal_api.pages.portal.conversation import Conversation, folded
from balcao.portal_api.pages.portal.saying import Typed, arrived, say, typed_in
from balcao.portal_api.pages.portal.standing import standing_of
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.portal_api.uploads import MOST_FILE_BYTES, Uploads
from balcao.shared.errors import Condition, Invalid, Unavailable
from balcao.shared.ids import new_id

Json = dict[str, Any]
NOTES = ("new", "sent", "said", "ended", "answered")
"""What the page before may say has just happened, in the query string."""


@dataclass(frozen=True)
class Refused:
    """A form that was refused, and what had been typed into it."""

    form: str
    error: Condition
    typed: Typed
    approval_id: str = ""


class TicketPages:
    """Loads a ticket as its requester may see it, and shows it."""

    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self.shell = shell
        self.upstreams = upstreams

    async def load(self, place: Place, number: int) -> Json:
        """The ticket with its `standing`. Raises `UpstreamRefused` (404) for one that is not theirs."""
        language = self.shell.words(place)
        path = f"/v1/tickets/{number}"
        answer = await self.upstreams.tickets.get(path, as_requester(place.acting), locale=language.code)
        found = answer.json()
        shown: Json = on_screen(public_view.detail(found, place.acting), number)
        # The offset at which quoted text begins says nothing but that.
        shown["requested_quote_at"] = found.get("requested_quote_at")
        shown["standing"] = standing_of(shown, language)
        shown["is_mine"] = (shown.get("requester") or {}).get("is_you") is True
        shown["is_over"] = shown["status"] in ("resolved", "closed", "cancelled")
        return shown

    def show(
        self, place: Place, ticket: Json, template: str = "portal_ticket.html", refused: Refused | None = None
    ) -> Response:
        """The page, or its part that changes while one looks."""
        words = self.shell.words(place)
        entries = Conversation(words, self.shell.moments(place)).entries(ticket)
        begun, earlier, latest = folded(entries)
        note = next((one for one in NOTES if place.request.query_params.get(one) == "1"), "")
        return self.shell.page(
            place,
            template,
            status=status_for(refused.error) if refused else 200,
            ticket=ticket,
            begun=begun,
            earlier=earlier,
            latest=latest,
            note=note,
            here=place.my(f"/tickets/{ticket['number']}"),
            refused=refused,
            refusal=refusal(words, refused.error) if refused else "",
            typed=refused.typed if refused else Typed(),
            # A repeat after silence may have been heard the first time: it keeps its name, so that it counts once.
            once=refused.typed.once if refused and isinstance(refused.error, Unavailable) else new_id(),
            most_bytes=MOST_FILE_BYTES,
        )


def routes(pages: TicketPages, uploads: Uploads) -> APIRouter:
    """The page, and the answer."""
    router = APIRouter()
    shell, upstreams = pages.shell, pages.upstreams

    @router.get("/{company}/my/tickets/{number:int}")
    async def show_ticket(request: Request, company: str, number: int) -> Response:
        """One of one's own tickets. Somebody of the team who follows a requester's link finds it at the desk."""
        place = await shell.place(request, company)
        try:
            ticket = await pages.load(place, number)
        except UpstreamRefused as refused:
            if refused.status == 404 and place.acting.is_team:
                return shell.see(place.desk(f"/tickets/{number}"))
            raise
        return pages.show(place, ticket)

    @router.get("/{company}/my/tickets/{number:int}/_progress")
    async def show_progress(request: Request, company: str, number: int) -> Response:
        """What of the page changes while one looks: steps, approvals, what was delivered, and the conversation."""
        place = await shell.place(request, company)
        return pages.show(place, await pages.load(place, number), "_portal_progress.html")

    @router.post("/{company}/my/tickets/{number:int}/replies")
    async def reply(request: Request, company: str, number: int) -> Response:
        """Answer on a ticket (P4). It puts a waiting or resolved one back in service (W2)."""
        place = await shell.place(request, company)
        typed = await typed_in(await shell.gate.form(request, place.visitor), uploads, place)
        ticket = await pages.load(place, number)
        try:
            event_id = await say(upstreams, place, typed, subject=str(ticket["title"]), ticket_id=str(ticket["id"]))
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return pages.show(place, ticket, refused=Refused("reply", error, typed))
        there = await arrived(upstreams, place, event_id, str(ticket["id"]))
        if there is None:
            return shell.see(place.my(f"/tickets/{number}", sent=1) + "#last")
        # What is said on a ticket that is over begins a new one (W2).
        return shell.see(place.my(f"/tickets/{there}", **({"said": 1} if there == number else {"new": 1})) + "#last")

    return router
