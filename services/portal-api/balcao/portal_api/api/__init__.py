"""The JSON API below /api/v1."""

from fastapi import APIRouter

from balcao.portal_api.api import (
    approvals,
    boards,
    bulk,
    comments,
    directory,
    drafts,
    fields,
    files,
    history,
    interactions,
    invitations,
    life,
    lists,
    logo,
    mail_identity,
    mails,
    merging,
    moving,
    notices,
    opening,
    passwords,
    people,
    phase_rules,
    portal,
    preferences,
    presence,
    reaching,
    recurrences,
    saved_replies,
    saved_views,
    search,
    sessions,
    task_links,
    task_types,
    task_work,
    tasks,
    tickets,
    trackers,
    webhooks,
)
from balcao.portal_api.api import live as live_stream
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.downloads import Downloads
from balcao.portal_api.forgotten_passwords import ForgottenPasswords
from balcao.portal_api.gate import Gate, Roles
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.live import Live
from balcao.portal_api.logos import Logos
from balcao.portal_api.presence import Presence
from balcao.portal_api.sign_in import SignIn
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads


def routes(
    *,
    gate: Gate,
    sign_in: SignIn,
    invited: Invitations,
    forgotten: ForgottenPasswords,
    store: Store,
    upstreams: Upstreams,
    uploads: Uploads,
    downloads: Downloads,
    live: Live,
    at_tickets: Presence,
    logos: Logos,
) -> APIRouter:
    """All routes of the API."""
    roles = Roles(gate)
    router = APIRouter(prefix="/api/v1")
    router.include_router(sessions.routes(gate, roles, sign_in), tags=["sessions"])
    # Before the routes of single tickets, which would take `count` and `search` for a number.
    router.include_router(lists.routes(roles, upstreams), tags=["lists"])
    router.include_router(search.routes(roles, upstreams), tags=["search"])
    router.include_router(saved_views.routes(roles, upstreams), tags=["views"])
    router.include_router(opening.routes(roles, upstreams, uploads), tags=["tickets"])
    router.include_router(tickets.routes(roles, upstreams), tags=["tickets"])
    router.include_router(comments.routes(roles, upstreams, uploads), tags=["comments"])
    router.include_router(interactions.routes(roles, upstreams), tags=["interactions"])
    router.include_router(life.routes(roles, upstreams), tags=["a ticket's life"])
    router.include_router(drafts.routes(roles, upstreams, uploads), tags=["drafts"])
    router.include_router(fields.routes(roles, upstreams), tags=["fields"])
    router.include_router(merging.routes(roles, upstreams), tags=["merging and splitting"])
    router.include_router(moving.routes(roles, upstreams), tags=["moving messages"])
    router.include_router(bulk.routes(roles, upstreams), tags=["bulk edits"])
    router.include_router(history.routes(roles, upstreams))
    router.include_router(tasks.routes(roles, upstreams, store, uploads), tags=["tasks"])
    router.include_router(task_work.routes(roles, upstreams, uploads, downloads), tags=["tasks"])
    router.include_router(task_types.routes(roles, upstreams), tags=["task types"])
    router.include_router(boards.routes(roles, upstreams), tags=["boards and load"])
    router.include_router(recurrences.routes(roles, upstreams, uploads), tags=["recurring tasks"])
    router.include_router(task_links.routes(roles, upstreams), tags=["tasks"])
    router.include_router(phase_rules.routes(roles, upstreams), tags=["rules"])
    router.include_router(approvals.routes(roles, upstreams), tags=["portal"])
    router.include_router(directory.routes(roles, upstreams), tags=["directory"])
    router.include_router(logo.routes(roles, upstreams, logos), tags=["directory"])
    router.include_router(people.routes(roles, upstreams), tags=["people"])
    router.include_router(reaching.routes(roles, upstreams), tags=["people"])
    router.include_router(mail_identity.routes(roles, upstreams), tags=["mail identity"])
    router.include_router(invitations.routes(roles, upstreams, invited), tags=["invitations"])
    router.include_router(passwords.routes(forgotten), tags=["sessions"])
    router.include_router(saved_replies.routes(roles, upstreams), tags=["saved replies"])
    router.include_router(trackers.routes(roles, upstreams), tags=["trackers"])
    router.include_router(webhooks.routes(roles, upstreams), tags=["webhooks"])
    router.include_router(notices.routes(roles, upstreams), tags=["notices"])
    router.include_router(preferences.routes(roles, upstreams), tags=["notices"])
    router.include_router(presence.routes(roles, at_tickets), tags=["live"])
    router.include_router(live_stream.routes(gate, roles, sign_in, live), tags=["live"])
    router.include_router(mails.routes(roles, upstreams), tags=["mails"])
    router.include_router(portal.routes(roles, upstreams, uploads), tags=["portal"])
    router.include_router(files.routes(roles, uploads, downloads), tags=["files"])
    return router
