"""The settings in the browser: what administrators arrange. One module for each noun."""

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.logos import Logos
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.settings import (
    appearance,
    company,
    history,
    imports,
    invitations,
    items,
    mail_identity,
    menu,
    notice_defaults,
    people,
    policies,
    rules,
    saved_replies,
    task_types,
    team_table,
    trackers,
    webhooks,
    working_time,
)
from balcao.portal_api.pages.settings.invitations import Inviting
from balcao.portal_api.pages.settings.room import Room
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads


def routes(
    shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads, logos: Logos, invited: Invitations
) -> APIRouter:
    """All pages below `/admin`."""
    room = Room(shell, upstreams)
    inviting = Inviting(upstreams, invited)
    router = APIRouter()

    @router.get("/{company}/admin")
    async def show_start(request: Request, company: str) -> Response:
        """What there is to set up."""
        place = await room.place(request, company)
        around = await beside(upstreams, place.acting)
        return shell.page(place, "settings/start.html", groups=menu.GROUPS, **around)

    for pages in (
        company.routes(room),
        working_time.routes(room),
        appearance.routes(room, logos),
        # Before single people, whose addresses begin alike.
        invitations.routes(room, store, inviting),
        people.routes(room, store, inviting),
        imports.routes(room, uploads),
        items.routes(room),
        saved_replies.routes(room),
        team_table.routes(room),
        policies.routes(room),
        notice_defaults.routes(room),
        task_types.routes(room),
        rules.routes(room),
        mail_identity.routes(room),
        webhooks.routes(room),
        trackers.routes(room),
        history.routes(room),
    ):
        router.include_router(pages)
    return router
