"""The desk and the portal as pages: forms work without JavaScript, nothing runs that is not our own file."""

from fastapi import APIRouter

from balcao.portal_api.approvals import Approvals
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.forgotten_passwords import ForgottenPasswords
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.logos import Logos
from balcao.portal_api.pages import (
    approval,
    board,
    bulk,
    comments,
    forgotten,
    found,
    held,
    home,
    invitation,
    landing,
    merging,
    moving,
    notices,
    opening,
    outgoing,
    password,
    portal,
    presence,
    preview,
    profile,
    rail,
    recurrences,
    requester,
    saved_replies_menu,
    saved_views,
    search,
    settings,
    sign_in,
    splitting,
    task,
    task_work,
    tasks,
    ticket,
    ticket_commands,
    tickets,
    today,
    unsent,
    workload,
)
from balcao.portal_api.pages.composing import Composers
from balcao.portal_api.pages.directory import Directory
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.presence import Presence
from balcao.portal_api.sign_in import SignIn
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads


def routes(
    *,
    shell: Shell,
    sign_in_desk: SignIn,
    invited: Invitations,
    forgotten_passwords: ForgottenPasswords,
    store: Store,
    upstreams: Upstreams,
    uploads: Uploads,
    approvals: Approvals,
    logos: Logos,
    at_tickets: Presence,
    directory: Directory,
) -> APIRouter:
    """All pages. Later routes match only what earlier ones don't."""
    router = APIRouter(include_in_schema=False)
    composers = Composers(shell, upstreams, uploads)
    router.include_router(sign_in.routes(shell, sign_in_desk))
    router.include_router(password.routes(shell, sign_in_desk))
    router.include_router(profile.routes(shell, upstreams, sign_in_desk))
    router.include_router(invitation.routes(shell, invited))
    router.include_router(forgotten.routes(shell, forgotten_passwords))
    router.include_router(approval.routes(shell, approvals))
    router.include_router(home.routes(shell, upstreams))
    router.include_router(today.routes(shell, upstreams, directory))
    router.include_router(held.routes(shell, upstreams))
    router.include_router(bulk.routes(shell, upstreams, store))
    router.include_router(merging.routes(shell, upstreams))
    router.include_router(splitting.routes(shell, upstreams, store))
    router.include_router(moving.routes(shell, upstreams))
    router.include_router(opening.routes(shell, upstreams, store, uploads))
    router.include_router(found.routes(shell, upstreams))
    router.include_router(rail.routes(shell, upstreams))
    router.include_router(search.routes(shell, upstreams, directory))
    router.include_router(saved_views.routes(shell, upstreams))
    router.include_router(tickets.routes(shell, upstreams, directory))
    router.include_router(comments.routes(shell, upstreams, store, uploads, composers))
    router.include_router(preview.routes(shell, upstreams, uploads))
    router.include_router(outgoing.routes(shell, upstreams, store, composers))
    router.include_router(unsent.routes(shell, upstreams))
    router.include_router(saved_replies_menu.routes(shell, upstreams))
    router.include_router(presence.routes(shell, at_tickets))
    router.include_router(ticket.routes(shell, upstreams, store, composers))
    router.include_router(landing.routes(shell, upstreams))
    router.include_router(requester.routes(shell, upstreams))
    router.include_router(ticket_commands.routes(shell, upstreams, store, composers))
    router.include_router(tasks.routes(shell, upstreams, store, uploads))
    task_pages = task.TaskPages(shell, upstreams, store, uploads)
    router.include_router(task.routes(task_pages))
    router.include_router(task_work.routes(task_pages, upstreams, store, uploads))
    router.include_router(board.routes(shell, upstreams, store))
    router.include_router(workload.routes(shell, upstreams))
    router.include_router(recurrences.routes(shell, upstreams, store))
    router.include_router(notices.routes(shell, upstreams))
    router.include_router(settings.routes(shell, upstreams, store, uploads, logos, invited))
    router.include_router(portal.routes(shell, upstreams, uploads))
    return router
