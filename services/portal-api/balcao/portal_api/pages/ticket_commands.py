"""The commands of a ticket's page: plain forms that lead back to it, or answered in place where htmx sends them."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import Answer, UpstreamRefused, Upstreams
from balcao.portal_api.pages.command_forms import Forms, Wish
from balcao.portal_api.pages.composing import Composers, Writing
from balcao.portal_api.pages.overtaken import concerns
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.pages.taking_back import taking_back
from balcao.portal_api.pages.ticket import TicketPages
from balcao.portal_api.store import Store
from balcao.shared.errors import Invalid, Unavailable

_TRIES = 3


def routes(shell: Shell, upstreams: Upstreams, store: Store, composers: Composers) -> APIRouter:
    """One route for all commands; what a command carries is read by its form."""
    router = APIRouter()
    pages = TicketPages(shell, upstreams, store, composers)
    forms = Forms(shell, upstreams)

    @router.post("/{company}/desk/tickets/{number:int}/{command}")
    async def command(request: Request, company: str, number: int, command: str) -> Response:
        """A command from one of the page's forms; then the page again, or the parts of it that may have changed."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            wish = await forms.read(command, form, place)
            answer = await _send(wish, command, upstreams, place, number, form)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await pages.show_refused(place, number, command, form, error)
        return await _answered(pages, place, number, command, form, answer.json())

    return router


async def _send(wish: Wish, command: str, upstreams: Upstreams, place: Place, number: int, form: FormData) -> Answer:
    """Send it as decided on the version that was seen, and on a later one where what happened in between has nothing to
    do with it. Raises as the service does."""
    version = _text(form, "version") or None
    for last in (*[False] * (_TRIES - 1), True):
        try:
            return await wish.send(upstreams, place, number, version, _text(form, "once") or None)
        except UpstreamRefused as refused:
            changes = refused.problem.get("changes")
            if last or refused.code != "stale" or not changes or concerns(command, changes):
                raise
            version = str(refused.problem["current_version"])
    raise AssertionError("unreachable")


async def _answered(
    pages: TicketPages, place: Place, number: int, command: str, form: FormData, answer: Mapping[str, Any]
) -> Response:
    tab = _text(form, "tab")
    suggested = str((answer.get("suggested_comment") or {}).get("text") or "")
    if place.request.headers.get("hx-request"):
        seen = _text(form, "version")
        back = taking_back(command, answer, int(seen)) if seen.isdecimal() and "timeline" in answer else None
        # A step that is taken back is not offered to be taken back once more.
        back = None if _text(form, "taking_back") else back
        shown = tab if tab in ("info", "history") else "actions"
        return await pages.show_parts(place, number, shown, take_back=back, suggested=suggested)
    if suggested and tab not in ("info", "history"):
        return await pages.show(place, number, "actions", writing=Writing(text=suggested, visible=True))
    return pages.shell.see(place.desk(f"/tickets/{number}{f'/{tab}' if tab in ('info', 'history') else ''}"))


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
