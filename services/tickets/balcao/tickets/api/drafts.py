"""Routes of drafts, and of what one opened last (O12)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from balcao.shared.events import Party
from balcao.shared.mongo import Document
from balcao.shared.rich_text import clean, with_images
from balcao.tickets.api import bodies
from balcao.tickets.api.commands import Member, TheCommand, saying_what_changed
from balcao.tickets.api.opening import words_of
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.drafting import Drafting
from balcao.tickets.store.recent import RecentTickets

router = APIRouter(prefix="/v1", tags=["drafts"])


@router.post("/drafts", status_code=201)
async def begin_draft(body: bodies.DraftBody, command: TheCommand, request: Request) -> Document:
    """Begin a ticket with almost nothing; it gets its number, and nobody outside the team sees it."""
    drafting: Drafting = request.app.state.drafting
    return await command.show(await drafting.begin(command.acting.company_id, _given(body), command.cause))


@router.post("/tickets/{number}/draft")
async def edit_draft(number: int, body: bodies.DraftBody, command: TheCommand, request: Request) -> Document:
    """Change what a draft says: only the fields that are given; none takes the value back."""
    drafting: Drafting = request.app.state.drafting
    ticket = await command.desk.tickets.by_number(command.acting.company_id, number)
    async with saying_what_changed(command.desk, ticket, command.expected_version):
        after = await drafting.edit(
            ticket, _given(body, ticket), command.cause, expected_version=command.expected_version
        )
    return await command.show(after)


@router.post("/tickets/{number}/submit")
async def submit(number: int, command: TheCommand, request: Request) -> Document:
    """Hand a draft in. 409 `draft-is-incomplete` lists what is `missing`."""
    drafting: Drafting = request.app.state.drafting
    ticket = await command.desk.tickets.by_number(command.acting.company_id, number)
    async with saying_what_changed(command.desk, ticket, command.expected_version):
        after = await drafting.submit(ticket, command.cause, expected_version=command.expected_version)
    return await command.show(after)


@router.get("/recent-tickets")
async def recent_tickets(acting: Member, request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Document:
    """The tickets one opened last at the desk, drafts among them, latest first."""
    recent: RecentTickets = request.app.state.recent
    rows = await recent.of(acting.company_id, acting.person_id, limit)
    shown = ("number", "title", "status", "requester", "opened_at", "updated_at", "version")
    return {"items": [{"id": row["_id"], **{name: row[name] for name in shown}} for row in rows]}


def _given(body: bodies.DraftBody, ticket: Ticket | None = None) -> dict[str, Any]:
    given = body.model_dump(exclude_unset=True, exclude={"html", "files"}) | _words(body, ticket)
    if given.get("requester") is not None:
        given["requester"] = Party(name=given["requester"]["name"], address=given["requester"]["address"].lower())
    for name, empty in (("title", ""), ("description", ""), ("priority", 0)):
        if name in given and given[name] is None:
            given[name] = empty
    return given


def _words(body: bodies.DraftBody, ticket: Ticket | None) -> dict[str, Any]:
    """The description and its files, as far as they are given; words in plain text take the place of HTML."""
    there = body.model_fields_set
    files = tuple(body.files or ()) if "files" in there or ticket is None else ticket.requested_files
    if not there & {"description", "html"}:
        if "files" not in there:
            return {}
        images = clean(ticket.requested_html, files).images if ticket is not None else ()
        return {"files": with_images(files, images)}
    words = words_of(body.description or "", body.html, list(files))
    return {"description": words.text, "html": words.html, "files": with_images(files, words.images)}
