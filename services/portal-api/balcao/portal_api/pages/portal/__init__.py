"""The requester's pages, phone first, whole without JavaScript. They show what `public_view` lets through (P5)."""

from fastapi import APIRouter

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.portal import approvals, ending, profile, request, ticket, tickets
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.uploads import Uploads


def routes(shell: Shell, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """All of them."""
    router = APIRouter()
    pages = ticket.TicketPages(shell, upstreams)
    router.include_router(tickets.routes(shell, upstreams))
    router.include_router(request.routes(shell, upstreams, uploads))
    router.include_router(ticket.routes(pages, uploads))
    router.include_router(ending.routes(pages))
    router.include_router(approvals.routes(pages))
    router.include_router(profile.routes(shell, upstreams))
    return router
