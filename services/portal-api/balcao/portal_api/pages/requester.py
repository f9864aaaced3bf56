"""The requester's profile as a ticket's page changes it: name and default workspace ("Atualizar perfil", O6)."""

import re
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.composing import Composers
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.pages.ticket import TicketPages
from balcao.portal_api.store import Store
from balcao.shared.errors import Invalid, NotFound, Unavailable

_PERSON_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def routes(shell: Shell, upstreams: Upstreams, store: Store, composers: Composers) -> APIRouter:
    """One form."""
    router = APIRouter()
    pages = TicketPages(shell, upstreams, store, composers)

    @router.post("/{company}/desk/tickets/{number:int}/profile")
    async def update_profile(request: Request, company: str, number: int) -> Response:
        """Change the profile of the ticket's requester; agents may change guests', administrators anybody's."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        person_id = str(form.get("person_id", ""))
        if not _PERSON_ID.fullmatch(person_id):
            raise NotFound("no such person")
        given: dict[str, Any] = {
            "name": str(form.get("name", "")).strip(),
            "default_workspace_id": str(form.get("workspace_id", "")) or None,
        }
        version = str(form.get("version", "")) or None
        try:
            await upstreams.tickets.patch(f"/v1/people/{person_id}", place.acting, given, if_match=version)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await pages.show_refused(place, number, "profile", form, error)
        if request.headers.get("hx-request"):
            return Response(status_code=204, headers={"hx-trigger": "profile-saved"})
        return shell.see(place.desk(f"/tickets/{number}"))

    return router
