"""A new request: subject, kind, words and files, and its number at once (P3)."""

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.portal.saying import Typed, arrived, say, typed_in
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.portal_api.uploads import MOST_FILE_BYTES, Uploads
from balcao.shared.errors import Condition, Invalid, Unavailable
from balcao.shared.ids import new_id


def routes(shell: Shell, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """The form, and what it is sent to."""
    router = APIRouter()

    @router.get("/{company}/my/tickets/new")
    async def show_new(request: Request, company: str) -> Response:
        """The form for a new request."""
        return _form(shell, await shell.place(request, company), Typed())

    @router.post("/{company}/my/tickets")
    async def ask(request: Request, company: str) -> Response:
        """Send a new request in (P3)."""
        place = await shell.place(request, company)
        typed = await typed_in(await shell.gate.form(request, place.visitor), uploads, place)
        try:
            if typed.kind not in labels.KINDS:
                raise BadChoice("choose one of the kinds")
            event_id = await say(upstreams, place, typed, subject=typed.subject)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return _form(shell, place, typed, error)
        number = await arrived(upstreams, place, event_id)
        return shell.see(place.my("/tickets", sent=1) if number is None else place.my(f"/tickets/{number}", new=1))

    return router


def _form(shell: Shell, place: Place, typed: Typed, error: Condition | None = None) -> Response:
    return shell.page(
        place,
        "portal_new.html",
        status=status_for(error) if error else 200,
        typed=typed,
        refused=refusal(shell.words(place), error) if error else None,
        trouble=error.code if error else "",
        # A repeat after silence may have been heard the first time: it keeps its name, so that it counts once.
        once=typed.once if isinstance(error, Unavailable) and typed.once else new_id(),
        most_bytes=MOST_FILE_BYTES,
    )
