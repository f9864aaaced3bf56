"""Importing people and workspaces from a table: first what it would do, line by line, then doing it."""

from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.domain.conditions import BadChoice, FileEmpty
from balcao.portal_api.pages.settings.fields import Kept, text, ticked
from balcao.portal_api.pages.settings.refusals import kept
from balcao.portal_api.pages.settings.room import Room
from balcao.portal_api.pages.settings.table_words import in_words
from balcao.portal_api.pages.shell import Place
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Invalid, Refused, Unavailable

KINDS = ("people", "workspaces")
_CSV = "text/csv"


@dataclass(frozen=True)
class Looked:
    """What a file would do, or did, and how to send the same file again."""

    kind: str
    name: str
    receipt: str
    report: dict[str, Any]
    """As `tickets` says it: counts, and each refused row with line, column and reason."""


def routes(room: Room, uploads: Uploads) -> APIRouter:
    """The page of importing."""
    router = APIRouter()

    async def show(place: Place, form: Kept, looked: Looked | None = None) -> Response:
        return await room.show(place, "imports", "imports", form, looked=looked)

    @router.get("/{company}/admin/imports")
    async def show_imports(request: Request, company: str) -> Response:
        """Choosing a file; which columns it may have."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/imports")
    async def import_table(request: Request, company: str) -> Response:
        """Say what a file would do, and once that was looked at do it. The file is kept in between."""
        place = await room.place(request, company)
        form = await room.shell.gate.form(request, place.visitor)
        try:
            looked = await _import(room, uploads, place, form)
        except (UpstreamRefused, Invalid, Refused, Unavailable) as error:
            words = room.shell.words(place)
            refused = kept(words, "import", form, error)
            if error.code == "unreadable-table":
                said = str(error.problem.get("detail", "")) if isinstance(error, UpstreamRefused) else error.message
                refused = replace(refused, problems={"file": in_words(words, said)})
            return await show(place, refused)
        return await show(place, Kept(), looked)

    return router


async def _import(room: Room, uploads: Uploads, place: Place, form: FormData) -> Looked:
    kind = text(form, "kind")
    if kind not in KINDS:
        raise BadChoice("people or workspaces")
    file, receipt = form.get("file"), text(form, "receipt")
    if isinstance(file, UploadFile) and file.filename:
        kept_file = await uploads.keep(place.acting, file.filename, _CSV, await file.read())
        receipt = kept_file.receipt
    if not receipt:
        raise FileEmpty("choose a file first")
    ref, content = await uploads.open(place.acting, receipt)
    answer = await room.upstreams.tickets.upload(
        f"/v1/imports/{kind}",
        place.acting,
        content,
        _CSV,
        once=text(form, "once") or None,
        dry_run=not ticked(form, "do"),
    )
    report = answer.json()
    words = room.shell.words(place)
    refused = [{**one, "why": in_words(words, one["why"])} for one in report["refused"]]
    return Looked(kind, ref.name, receipt, {**report, "refused": refused})
