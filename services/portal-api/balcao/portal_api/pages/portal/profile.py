"""Who one is here: name and address, language and appearance, the way out."""

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.shell import Shell


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/{company}/my/profile")
    async def show(request: Request, company: str) -> Response:
        """One's own profile."""
        return shell.page(await shell.place(request, company), "portal_profile.html")

    return router
