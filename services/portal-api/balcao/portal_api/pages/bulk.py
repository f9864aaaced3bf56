"""Editing many tickets at once: chosen ones, or all of a list; what became of each, and taking it back (W12, W15)."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.bulk_form import MOST_NUMBERS, BulkForm, Chosen, read_bulk_form
from balcao.portal_api.pages.choices import choices
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.wanted import Wanted
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

Json = dict[str, Any]
_MOST_NAMED = 100
_MOST_RESULTS = 100
_JOB = re.compile(r"[A-Za-z0-9-]{1,100}")
_OUTCOMES = ("refused", "done", "unchanged")


def in_place(request: Request) -> bool:
    """Whether a page of ours asks for a part of itself."""
    return request.headers.get("hx-request") == "true"


class BulkPages:
    """Renders the form and the jobs that it begins, as pages and as parts of one."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store) -> None:
        self.shell = shell
        self.upstreams = upstreams
        self._store = store

    async def wanted(self, place: Place, chosen: Chosen) -> Wanted:
        """The list that tickets were chosen in. Raises `UpstreamRefused` for a saved view that is there no more."""
        query = QueryParams(parse_qsl(chosen.list_query, keep_blank_values=True))
        view = None
        if view_id := query.get("view"):
            if not _JOB.fullmatch(view_id):
                raise NotFound("no such view")
            view = (await self.upstreams.tickets.get(f"/v1/views/{view_id}", place.acting)).json()
        return Wanted.of(query, view)

    async def count(self, place: Place, chosen: Chosen) -> int:
        """How many tickets there are to edit, now."""
        if not chosen.is_all:
            return len(chosen.numbers)
        wanted = await self.wanted(place, chosen)
        return int(
            (await self.upstreams.tickets.get("/v1/tickets/count", place.acting, **wanted.asked)).json()["count"]
        )

    async def show_form(
        self, place: Place, chosen: Chosen, form: BulkForm, *, status: int = 200, words: str = "", only: str = ""
    ) -> Response:
        """The form, with how many tickets it is about."""
        offered, team, count, rows = await asyncio.gather(
            choices(self.upstreams, place.acting, self.shell.words(place).code),
            self._store.team(place.company.id),
            self.count(place, chosen),
            self._rows(place, chosen),
        )
        return await self._page(
            place,
            "_bulk.html",
            status=status,
            chosen=chosen,
            form=form,
            offered=offered,
            team=team,
            count=count,
            rows=rows,
            tag_counts=_tag_counts(rows),
            words=words,
            only=only,
            once=new_id(),
        )

    async def show_job(self, place: Place, job_id: str, *, words: str = "", status: int = 200) -> Response:
        """How a bulk edit stands, and what became of its tickets."""
        path, tickets = f"/v1/bulk-edits/{_known(job_id)}", self.upstreams.tickets
        job, *results = await asyncio.gather(
            tickets.get(path, place.acting),
            *(tickets.get(f"{path}/results", place.acting, outcome=one, limit=_MOST_RESULTS) for one in _OUTCOMES),
        )
        shown = {name: answer.json() for name, answer in zip(_OUTCOMES, results, strict=True)}
        back = Chosen.of(place.request.query_params).list_query
        return await self._page(
            place, "_bulk_job.html", status=status, job=job.json(), results=shown, words=words, back=back, once=new_id()
        )

    async def show_latest(self, place: Place) -> Response:
        """The latest bulk edits of the company."""
        jobs = (await self.upstreams.tickets.get("/v1/bulk-edits", place.acting)).json()
        return await self._page(place, "_bulk_latest.html", jobs=jobs.get("items") or [])

    async def _page(self, place: Place, part: str, *, status: int = 200, **context: Any) -> Response:
        if in_place(place.request):
            return self.shell.page(place, part, status=status, in_place=True, **context)
        around = await beside(self.upstreams, place.acting)
        return self.shell.page(place, "bulk.html", status=status, part=part, in_place=False, **context, **around)

    async def _rows(self, place: Place, chosen: Chosen) -> list[Json]:
        """The first of the chosen tickets, to name them: worth showing, never worth failing for."""
        if chosen.is_all or not chosen.numbers:
            return []
        numbers = ",".join(map(str, chosen.numbers[:_MOST_NAMED]))
        try:
            answer = await self.upstreams.tickets.get("/v1/tickets/rows", place.acting, numbers=numbers, status="any")
        except (UpstreamRefused, Unavailable):
            return []
        return list(answer.json().get("items") or ())


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """The form and its jobs."""
    router = APIRouter()
    pages = BulkPages(shell, upstreams, store)
    _editing(router, pages)
    _jobs(router, pages)
    return router


def _editing(router: APIRouter, pages: BulkPages) -> None:
    shell = pages.shell

    @router.get("/{company}/desk/tickets/bulk")
    async def show_form(request: Request, company: str) -> Response:
        """The form for the chosen tickets; without any, the latest bulk edits."""
        place = await shell.desk_place(request, company)
        chosen = Chosen.of(request.query_params)
        if chosen.is_nothing:
            return await pages.show_latest(place)
        only = "tags" if request.query_params.get("only") == "tags" else ""
        return await pages.show_form(place, chosen, BulkForm(), only=only)

    @router.post("/{company}/desk/tickets/bulk")
    async def begin(request: Request, company: str) -> Response:
        """Edit them; then what became of each."""
        place = await shell.desk_place(request, company)
        sent = await shell.gate.form(request, place.visitor)
        words, chosen = shell.words(place), Chosen.of(sent)
        form = read_bulk_form(sent, words, shell.moments(place))
        only = "tags" if form.raw.get("only") == "tags" else ""
        try:
            complaint = "" if form.errors else await _complaint(pages, place, chosen, form)
            if complaint or form.errors:
                return await pages.show_form(place, chosen, form, status=422, words=complaint, only=only)
            body = {**await _which(pages, place, chosen), "edit": form.edit}
            once = form.raw.get("once") or None
            job = (await pages.upstreams.tickets.post("/v1/bulk-edits", place.acting, body, once=once)).json()
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await pages.show_form(
                place, chosen, form, status=status_for(error), words=refusal(words, error), only=only
            )
        return shell.see(_address(place, job["id"], chosen.list_query))


async def _complaint(pages: BulkPages, place: Place, chosen: Chosen, form: BulkForm) -> str:
    """What has to be looked at before anything is edited, in words; empty when all is as it was shown."""
    language = pages.shell.words(place)
    if chosen.is_nothing:
        return language.gettext("Choose at least one ticket.")
    if form.is_empty:
        return language.gettext("Give at least one field a value.")
    shown = form.raw.get("count", "")
    if chosen.is_all and shown != str(now := await pages.count(place, chosen)):
        text = language.ngettext(
            "The list has %(num)s ticket by now. Look again, then confirm.",
            "The list has %(num)s tickets by now. Look again, then confirm.",
            now,
        )
        return text % {"num": now}
    return ""


async def _which(pages: BulkPages, place: Place, chosen: Chosen) -> Json:
    if chosen.is_all:
        return {"filter": (await pages.wanted(place, chosen)).content()}
    return {"numbers": list(chosen.numbers[:MOST_NUMBERS])}


def _jobs(router: APIRouter, pages: BulkPages) -> None:
    shell = pages.shell

    @router.get("/{company}/desk/tickets/bulk/{job_id}")
    async def show_job(request: Request, company: str, job_id: str) -> Response:
        """How a bulk edit stands."""
        return await pages.show_job(await shell.desk_place(request, company), job_id)

    @router.post("/{company}/desk/tickets/bulk/{job_id}/cancel")
    async def cancel(request: Request, company: str, job_id: str) -> Response:
        """Give it up: what is done stays done."""
        return await command(request, company, job_id, "cancel")

    @router.post("/{company}/desk/tickets/bulk/{job_id}/undo")
    async def undo(request: Request, company: str, job_id: str) -> Response:
        """Take it back on every ticket where nothing later contradicts that (W15)."""
        return await command(request, company, job_id, "undo")

    async def command(request: Request, company: str, job_id: str, what: str) -> Response:
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        once = str(form.get("once") or "") or None
        try:
            path = f"/v1/bulk-edits/{_known(job_id)}/{what}"
            job = (await pages.upstreams.tickets.post(path, place.acting, {}, once=once)).json()
        except (UpstreamRefused, Invalid, Unavailable) as error:
            if isinstance(error, UpstreamRefused) and error.status == 404:
                raise
            return await _refused(pages, place, job_id, error)
        return shell.see(_address(place, job["id"], str(form.get("in") or "")))


async def _refused(pages: BulkPages, place: Place, job_id: str, error: Condition) -> Response:
    words = refusal(pages.shell.words(place), error)
    return await pages.show_job(place, job_id, words=words, status=status_for(error))


def _known(job_id: str) -> str:
    if not _JOB.fullmatch(job_id):
        raise NotFound("no such bulk edit")
    return job_id


def _address(place: Place, job_id: str, list_query: str) -> str:
    return place.desk(f"/tickets/bulk/{job_id}", **({"in": list_query[:4_000]} if list_query else {}))


def _tag_counts(rows: list[Json]) -> Mapping[str, int]:
    """How many of the tickets carry each tag."""
    counts: dict[str, int] = {}
    for row in rows:
        for tag in row.get("tags") or ():
            counts[tag] = counts.get(tag, 0) + 1
    return counts
