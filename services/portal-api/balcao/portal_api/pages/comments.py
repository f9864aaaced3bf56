"""The composer's form: a note is saved at once, an answer to the requester is shown before it is sent (W7)."""

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import EmptyComment
from balcao.portal_api.pages.composing import Composers, Writing, from_form
from balcao.portal_api.pages.preview import Previews, take_out
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.ticket import TicketPages
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Invalid, Unavailable

_SENDING = ("send", "resolve")


def routes(shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads, composers: Composers) -> APIRouter:
    """The composer's form."""
    router = APIRouter()
    desk = _Comments(shell, upstreams, uploads, TicketPages(shell, upstreams, store, composers))

    @router.post("/{company}/desk/tickets/{number:int}/comments")
    async def write(request: Request, company: str, number: int) -> Response:
        """A note is saved; an answer comes back as a sheet to look at first, and is sent when that is confirmed."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            writing = await from_form(form, uploads, place)
        except (Invalid, Unavailable) as error:
            # An attachment is what was refused: the words are kept without those that can't be sent.
            bare = FormData([(name, value) for name, value in form.multi_items() if name not in ("files", "receipt")])
            return await desk.refused(place, number, await from_form(bare, uploads, place), error)
        try:
            return await desk.act(place, number, writing, form)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await desk.refused(place, number, writing, error)

    return router


class _Comments:
    """What the composer's buttons do."""

    def __init__(self, shell: Shell, upstreams: Upstreams, uploads: Uploads, pages: TicketPages) -> None:
        self._shell = shell
        self._tickets = upstreams.tickets
        self._pages = pages
        self._previews = Previews(shell, upstreams)

    async def act(self, place: Place, number: int, writing: Writing, form: FormData) -> Response:
        """What was asked for. Raises what the services refuse."""
        action, _, about = str(form.get("action", "")).partition(":")
        if action == "edit":
            return await self._pages.show(place, number, "actions", writing=writing)
        if not writing.text and (writing.visible or not writing.then):
            raise EmptyComment("write something first")
        if not writing.visible:
            return await self._send(place, number, writing)
        if action in _CHANGES:
            return await self._previews.show(place, number, _CHANGES[action](writing, about))
        if action not in _SENDING or form.get("seen") != writing.fingerprint():
            return await self._previews.show(place, number, writing)
        return await self._send_if_seen(place, number, writing, resolve=action == "resolve")

    async def refused(self, place: Place, number: int, writing: Writing, error: Condition) -> Response:
        """The words again, with what is against sending them."""
        if isinstance(error, UpstreamRefused) and error.status == 404:
            raise error
        words, status = refusal(self._shell.words(place), error), status_for(error)
        if place.request.headers.get("hx-request"):
            return self._shell.page(place, "_refused.html", status=status, words=words, link="")
        return await self._pages.show(place, number, "actions", writing=writing, alert=words, status=status)

    async def _send_if_seen(self, place: Place, number: int, writing: Writing, *, resolve: bool) -> Response:
        """An answer goes out, unless there is something that its author has not seen or not decided."""
        if await self._previews.unseen(place, number, writing):
            return await self._previews.show(place, number, writing, undecided=True, status=409)
        if resolve:
            writing = replace(writing, then="resolved", method="answered")
        try:
            return await self._send(place, number, writing)
        except UpstreamRefused as error:
            if error.code != "needs-confirmation":
                raise
            return await self._previews.show(place, number, writing, undecided=True, status=409)

    async def _send(self, place: Place, number: int, writing: Writing) -> Response:
        body = writing.body(self._shell.moments(place))
        await self._tickets.post(f"/v1/tickets/{number}/comments", place.acting, body, once=writing.once)
        await self._drop_copy(place, number, writing)
        target = place.desk(f"/tickets/{number}") + "#last"
        if place.request.headers.get("hx-request"):
            return Response(status_code=204, headers={"hx-redirect": target})
        return self._shell.see(target)

    async def _drop_copy(self, place: Place, number: int, writing: Writing) -> None:
        """What was kept while one typed on words that came from elsewhere; a copy that grew meanwhile stays."""
        if not writing.own_id or writing.own_id == writing.unsent_id:
            return
        path = f"/v1/tickets/{number}/unsent/{writing.own_id}"
        try:
            await self._tickets.delete(path, place.acting, revision=writing.own_revision or None)
        except (UpstreamRefused, Unavailable):
            # It stays where its author finds it: better twice than lost.
            return


def _without(writing: Writing, address: str) -> Writing:
    """One recipient fewer: somebody added is not added, somebody in copy gets none this time."""
    added = tuple(one for one in writing.added if one[1] != address)
    if len(added) < len(writing.added):
        return replace(writing, added=added)
    return replace(writing, removed=tuple(dict.fromkeys((*writing.removed, address))))


_CHANGES: dict[str, Callable[[Writing, str], Writing]] = {"take-out": take_out, "leave-out": _without}
"""What buttons on the sheet change of the words or of who gets them, before it is shown again."""
