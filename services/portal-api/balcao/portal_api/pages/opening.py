"""Opening a ticket at the desk for somebody (O11), at once or by way of a draft (O12)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.attachments import Attached
from balcao.portal_api.pages.choices import choices
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.pages.ticket_form import TicketForm, form_of_draft, read_ticket_form
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Invalid, Unavailable
from balcao.shared.ids import new_id

_MOST_RECENT, _MOST_SHOWN = 50, 6
_Refusals = (UpstreamRefused, Invalid, Unavailable)


class OpeningPages:
    """Renders the form of a ticket that is yet to be opened."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads) -> None:
        self.shell = shell
        self.upstreams = upstreams
        self.uploads = uploads
        self._store = store

    async def show(
        self, place: Place, form: TicketForm, *, draft: dict[str, Any] | None = None, status: int = 200, **more: Any
    ) -> Response:
        """The form, with what was typed and what stands against it."""
        offered, lately, around, team = await asyncio.gather(
            choices(self.upstreams, place.acting, self.shell.words(place).code),
            self._lately(place),
            beside(self.upstreams, place.acting),
            self._store.team(place.company.id),
        )
        drafts = [one for one in lately if one["status"] == "draft" and (not draft or one["id"] != draft["id"])]
        return self.shell.page(
            place,
            "ticket_new.html",
            status=status,
            form=form,
            kept=self._kept(place, form),
            draft=draft,
            offered=offered,
            team=team,
            drafts=drafts,
            recent=[one for one in lately if one["status"] not in ("draft", "cancelled")][:_MOST_SHOWN],
            once=new_id(),
            **around,
            **more,
        )

    async def read(self, place: Place, request: Request) -> TicketForm:
        """The form that was sent."""
        sent = await self.shell.gate.form(request, place.visitor)
        form: TicketForm = await read_ticket_form(sent, self.shell, place, self.upstreams, self.uploads)
        return form

    async def refuse(
        self, place: Place, form: TicketForm, error: Condition, draft: dict[str, Any] | None = None
    ) -> Response:
        """The form again, with what a service has against it."""
        form.refuse(self.shell.words(place), error)
        return await self.show(place, form, draft=draft, status=status_for(error))

    def _kept(self, place: Place, form: TicketForm) -> list[Attached]:
        """The files that are attached so far, each with a receipt that the next form brings."""
        return [Attached(one, self.uploads.receipt(place.acting, one)) for one in form.files]

    async def _lately(self, place: Place) -> list[dict[str, Any]]:
        """What one opened lately, drafts among them: worth showing, never worth failing for."""
        try:
            answer = await self.upstreams.tickets.get("/v1/recent-tickets", place.acting, limit=_MOST_RECENT)
        except (UpstreamRefused, Unavailable):
            return []
        return list(answer.json().get("items") or ())


def routes(shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads) -> APIRouter:
    """The form for a new ticket, and drafts."""
    router = APIRouter()
    pages = OpeningPages(shell, upstreams, store, uploads)
    _opening(router, pages)
    _drafts(router, pages)
    return router


def _opening(router: APIRouter, pages: OpeningPages) -> None:
    shell, tickets = pages.shell, pages.upstreams.tickets

    @router.get("/{company}/desk/tickets/new")
    async def show_new(request: Request, company: str) -> Response:
        """The form for a ticket opened at the desk; what the address brings is filled in."""
        place = await shell.desk_place(request, company)
        given = {name: request.query_params.get(name, "")[:300] for name in ("requester", "title", "workspace_id")}
        opened = request.query_params.get("opened", "")
        return await pages.show(place, TicketForm(given), opened=int(opened) if opened[:12].isdigit() else None)

    @router.post("/{company}/desk/tickets")
    async def open_ticket(request: Request, company: str) -> Response:
        """Open it and go to it, or to the next one; or keep it as a draft."""
        place = await shell.desk_place(request, company)
        form = await pages.read(place, request)
        if form.text("action") == "draft":
            return await _begin_draft(pages, place, form)
        if not form.text("title"):
            form.errors["title"] = shell.words(place).gettext("It needs a title.")
        if form.errors:
            return await pages.show(place, form, status=422)
        try:
            answer = await tickets.post("/v1/tickets", place.acting, form.opening(), once=form.text("once") or None)
        except _Refusals as error:
            return await pages.refuse(place, form, error)
        return shell.see(_after(place, form, answer.json()["number"]))


async def _begin_draft(pages: OpeningPages, place: Place, form: TicketForm) -> Response:
    if form.errors:
        return await pages.show(place, form, status=422)
    try:
        once = form.text("once") or None
        answer = await pages.upstreams.tickets.post("/v1/drafts", place.acting, form.draft(), once=once)
        draft = answer.json()
    except _Refusals as error:
        return await pages.refuse(place, form, error)
    return await _write_beside(pages, place, form, draft) or _to_draft(pages, place, form, draft)


async def _write_beside(pages: OpeningPages, place: Place, form: TicketForm, draft: dict[str, Any]) -> Response | None:
    """Give a draft what only the fields of any ticket hold. Its own fields are kept by now, whatever comes of this."""
    edit = form.beside_draft(draft)
    if not edit:
        return None
    try:
        await pages.upstreams.tickets.patch(f"/v1/tickets/{draft['number']}", place.acting, edit)
    except _Refusals as error:
        return await pages.refuse(place, form, error, draft)
    return None


def _to_draft(pages: OpeningPages, place: Place, form: TicketForm, draft: dict[str, Any]) -> Response:
    # The situation it is to begin in is no part of a draft: it stays in the form's address until it is submitted.
    wished = {name: form.text(name) for name in ("situation", "until") if form.text("situation") not in ("", "open")}
    return pages.shell.see(place.desk(f"/tickets/{draft['number']}/draft", saved=1, **wished))


def _drafts(router: APIRouter, pages: OpeningPages) -> None:
    shell, tickets = pages.shell, pages.upstreams.tickets

    @router.get("/{company}/desk/tickets/{number:int}/draft")
    async def show_draft(request: Request, company: str, number: int) -> Response:
        """A draft's form; what is no draft any more is shown as the ticket it is."""
        place = await shell.desk_place(request, company)
        draft = (await tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        if draft["status"] != "draft":
            return shell.see(place.desk(f"/tickets/{number}"))
        form = form_of_draft(draft, shell.moments(place))
        form.raw |= {name: request.query_params.get(name, "")[:100] for name in ("situation", "until")}
        return await pages.show(place, form, draft=draft, saved=request.query_params.get("saved") == "1")

    @router.post("/{company}/desk/tickets/{number:int}/draft")
    async def write_draft(request: Request, company: str, number: int) -> Response:
        """Keep what the draft says by now; and submit it, when that is wanted and nothing is missing (O12)."""
        place = await shell.desk_place(request, company)
        form = await pages.read(place, request)
        before = (await tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        if form.errors:
            return await pages.show(place, form, draft=before, status=422)
        submits = _submits(place, form)
        try:
            path, version = f"/v1/tickets/{number}/draft", form.text("version") or None
            draft = (await tickets.post(path, place.acting, form.draft(), if_match=version)).json()
        except _Refusals as error:
            return await pages.refuse(place, form, error, before)
        if refused := await _write_beside(pages, place, form, draft):
            return refused
        if not submits:
            return _to_draft(pages, place, form, draft)
        return await _submit(pages, place, form, draft)

    @router.post("/{company}/desk/tickets/{number:int}/draft/discard")
    async def discard(request: Request, company: str, number: int) -> Response:
        """Give a draft up; its number stays its own."""
        place = await shell.desk_place(request, company)
        await shell.gate.form(request, place.visitor)
        draft = (await tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        if draft["status"] == "draft":
            # What somebody has just submitted is no draft any more, and is not cancelled in its place.
            await tickets.post(f"/v1/tickets/{number}/cancel", place.acting, {}, if_match=f'"{draft["version"]}"')
        return shell.see(place.desk("/tickets/new", discarded=number))


def _submits(place: Place, form: TicketForm) -> bool:
    """Whether a draft is to be handed in; nobody's is one's own, as on a form that opens at once."""
    if form.text("action") not in ("submit", "another"):
        return False
    if form.requester is None:
        form.requester = {"name": place.acting.name, "address": place.acting.address}
    return True


async def _submit(pages: OpeningPages, place: Place, form: TicketForm, draft: dict[str, Any]) -> Response:
    number, tickets = draft["number"], pages.upstreams.tickets
    try:
        await tickets.post(f"/v1/tickets/{number}/submit", place.acting, {}, once=form.text("once") or None)
        if form.then:
            await _begin_in(pages, place, number, form.then)
    except _Refusals as error:
        now = (await tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        if now["status"] != "draft":
            # It is open by now; only the situation was refused, and that is chosen there.
            return pages.shell.see(place.desk(f"/tickets/{number}"))
        for name in _missing(error):
            form.errors[_MISSING.get(name, name)] = pages.shell.words(place).gettext("Needed before it is opened.")
        return await pages.refuse(place, form, error, now)
    return pages.shell.see(_after(place, form, number))


async def _begin_in(pages: OpeningPages, place: Place, number: int, then: dict[str, Any]) -> None:
    """The situation a submitted draft begins in: waiting, or resolved straight away (O12)."""
    command = "wait" if then["status"] == "waiting" else "resolve"
    body = {name: value for name, value in then.items() if name != "status"}
    await pages.upstreams.tickets.post(f"/v1/tickets/{number}/{command}", place.acting, body)


_MISSING = {"description": "text"}


def _missing(error: Condition) -> list[str]:
    missing = error.problem.get("missing") if isinstance(error, UpstreamRefused) else None
    return [str(name) for name in missing] if isinstance(missing, list) else []


def _after(place: Place, form: TicketForm, number: int) -> str:
    """Where one goes on: to the ticket, or to the next form with a word about this one (O12)."""
    if form.text("action") == "another":
        return place.desk("/tickets/new", opened=number)
    return place.desk(f"/tickets/{number}")
