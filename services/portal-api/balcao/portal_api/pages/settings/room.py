"""The room that the settings' pages stand in: for administrators, with a menu, refusals in words, who was last."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import require_admin
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.settings import menu
from balcao.portal_api.pages.settings.fields import Kept
from balcao.portal_api.pages.settings.refusals import kept
from balcao.portal_api.pages.shell import Place, Shell
from balcao.shared.catalogues import N_
from balcao.shared.errors import Invalid, Refused, Stale, TooMany, Unavailable
from balcao.shared.ids import new_id

Do = Callable[[Place, FormData], Awaitable[str]]
"""Does what a form says. Returns where to go then."""
Show = Callable[[Place, Kept], Awaitable[Response]]
"""Shows the form's page, again if it was refused."""

DONE = {
    "saved": N_("Saved."),
    "added": N_("Added."),
    "archived": N_("Archived. What has it keeps it; it is offered no more."),
    "restored": N_("It is back."),
    "invited": N_("The invitation is on its way."),
    "left": N_("They have left: signed out everywhere, and given no more work."),
    "back": N_("They are back."),
    "reachable": N_("Mail goes to this address again."),
    "removed": N_("Removed."),
    "again": N_("It is sent again."),
}
"""What was done, by its name in the address that one is sent on to."""


class Room:
    """Opens the settings' pages and takes their forms."""

    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self.shell = shell
        self.upstreams = upstreams

    async def place(self, request: Request, company: str) -> Place:
        """An administrator's place. To guests there is none; others of the team are told that it is not for them."""
        place = await self.shell.place(request, company)
        require_admin(place.acting)
        return place

    async def show(
        self,
        place: Place,
        template: str,
        here: str,
        form: Kept,
        *,
        thing: str | None = None,
        last: dict[str, Any] | None = None,
        **context: Any,
    ) -> Response:
        """A page. `thing` is what of the directory it is about, to say who changed it last; or `last` says that:
        `actor` and `at`."""
        around, found = await asyncio.gather(beside(self.upstreams, place.acting), self._last_change(place, thing))
        done = DONE.get(place.request.query_params.get("done", "")) if not form.form else None
        return self.shell.page(
            place,
            f"settings/{template}.html",
            status=form.status,
            groups=menu.GROUPS,
            here=menu.entry(here),
            kept=form,
            done=done,
            last_change=last or found,
            thing=thing,
            once=new_id(),
            admin=address(place, ""),
            **around,
            **context,
        )

    async def change(self, request: Request, company: str, form_id: str, do: Do, show: Show) -> Response:
        """Take a form: do what it says and go on, or show it again with what is wrong. Raises `NotFound`, and what
        says that this was no form of ours."""
        place = await self.place(request, company)
        form = await self.shell.gate.form(request, place.visitor)
        try:
            return self.shell.see(await do(place, form))
        except (UpstreamRefused, Invalid, Refused, Stale, TooMany, Unavailable) as error:
            if isinstance(error, UpstreamRefused) and error.status in (403, 404):
                raise
            return await show(place, kept(self.shell.words(place), form_id, form, error))

    async def last_in_production(self, place: Place, path: str) -> dict[str, Any] | None:
        """Who changed a thing that `workflow` keeps last; none where nobody has, or where it can't be had now."""
        try:
            found = (await self.upstreams.workflow.get(f"{path}/last-change", place.acting)).json()
        except (UpstreamRefused, Unavailable):
            return None  # worth showing, never worth failing for
        return found if found["at"] else None

    async def _last_change(self, place: Place, thing: str | None) -> dict[str, Any] | None:
        if thing is None:
            return None
        try:
            answer = await self.upstreams.tickets.get(f"/v1/directory/{thing}/history", place.acting)
        except (UpstreamRefused, Unavailable):
            return None  # worth showing, never worth failing for
        entries: list[dict[str, Any]] = answer.json()["items"]
        return entries[-1] if entries else None


def address(place: Place, path: str, *, at: str = "", **query: str) -> str:
    """An address of the settings; `at` is the part of the page to look at."""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{place.root}/admin{'/' if path else ''}{path}{asked}{'#' + at if at else ''}"
