"""Who else is at a ticket, beside its title: a part that an open page fetches when that changes."""

from fastapi import APIRouter, Request, Response

from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.presence import Presence


def routes(shell: Shell, presence: Presence) -> APIRouter:
    """The part."""
    router = APIRouter()

    @router.get("/{company}/desk/tickets/{number:int}/_presence")
    async def show(request: Request, company: str, number: int) -> Response:
        """Who else of the team looks at the ticket or writes on it at this moment."""
        place = await shell.team_place(request, company)
        people = await presence.at(place.acting, number)
        return shell.page(place, "_presence.html", people=people, number=number)

    return router
