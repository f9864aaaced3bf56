"""Words that are not sent: dropping them. Keeping them while somebody types is the API's (`PUT …/unsent`)."""

import re

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.shell import Shell
from balcao.shared.errors import NotFound

_ID = re.compile(r"[0-9a-f-]{36}")


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """Routes of unsent words."""
    router = APIRouter()

    @router.post("/{company}/desk/tickets/{number:int}/unsent/{unsent_id}/drop")
    async def drop(request: Request, company: str, number: int, unsent_id: str) -> Response:
        """Drop words of one's own, or for everybody the answer drafted from what production handed over (H4)."""
        place = await shell.desk_place(request, company)
        await shell.gate.form(request, place.visitor)
        if not _ID.fullmatch(unsent_id):
            raise NotFound("no such words")
        try:
            await upstreams.tickets.delete(f"/v1/tickets/{number}/unsent/{unsent_id}", place.acting)
        except UpstreamRefused as error:
            # Somebody else has dropped or sent them: that is what was wanted.
            if error.status not in (404, 422):
                raise
        return shell.see(place.desk(f"/tickets/{number}") + "#composer")

    return router
