"""What production made and the requester is asked about: they approve it, or say what should be changed."""

import re

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.domain.conditions import BadChoice
from balcao.portal_api.pages.portal.saying import Typed
from balcao.portal_api.pages.portal.ticket import Refused, TicketPages
from balcao.shared.errors import Invalid, NotFound, Unavailable

_MOST_WORDS = 5_000
_ID = re.compile(r"[A-Za-z0-9-]{1,100}")


def routes(pages: TicketPages) -> APIRouter:
    """The answer; the question stands on the ticket's page."""
    router = APIRouter()
    shell, upstreams = pages.shell, pages.upstreams

    @router.post("/{company}/my/tickets/{number:int}/approvals/{approval_id}")
    async def answer(request: Request, company: str, number: int, approval_id: str) -> Response:
        """Approve, or ask for changes, which needs words. Only the requester may."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        if not _ID.fullmatch(approval_id):
            raise NotFound("no such approval")
        verdict = str(form.get("verdict", ""))
        words = str(form.get("comment", "")).replace("\r\n", "\n").strip()[:_MOST_WORDS]
        ticket = await pages.load(place, number)
        try:
            if verdict not in ("approved", "changes"):
                raise BadChoice("approve, or ask for changes")
            await upstreams.tickets.post(
                f"/v1/approvals/{ticket['id']}/{approval_id}",
                as_requester(place.acting),
                {"verdict": verdict, "comment": words, "channel": "portal"},
                once=str(form.get("once", "")) or None,
            )
        except (UpstreamRefused, Invalid, Unavailable) as error:
            refused = Refused("approval", error, Typed(text=words), approval_id)
            return pages.show(place, await pages.load(place, number), refused=refused)
        return shell.see(place.my(f"/tickets/{number}", answered=1))

    return router
