"""Routes of drafts, and of what one opened last (O12)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from balcao.shared.events import Party
from balcao.shared.mongo import Document
from balcao.tickets.api import bodies
from balcao.tickets.api.commands import Member, TheCommand, saying_what_changed
from balcao.tickets.domain import drafts
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
        after = await drafting.edit(ticket, _given(body), command.cause, expected_version=command.expected_version)
    return await command.show(after)


@router.post("/tickets/{number}/submit")
async def submit(number: int, command: TheCommand) -> Document:
    """Hand a draft in. 409 `draft-is-incomplete` lists what is `missing`."""
    return await command.on(number, drafts.submit)


@router.get("/recent-tickets")
async def recent_tickets(acting: Member, request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Document:
    """The tickets one opened last at the desk, drafts among them, latest first."""
    recent: RecentTickets = request.app.state.recent
    rows = await recent.of(acting.company_id, acting.person_id, limit)
    shown = ("number", "title", "status", "requester", "opened_at", "updated_at", "version")
    return {"items": [{"id": row["_id"], **{name: row[name] for name in shown}} for row in rows]}


def _given(body: bodies.DraftBody) -> dict[str, Any]:
    given = body.model_dump(exclude_unset=True)
    if given.get("requester") is not None:
        given["requester"] = Party(name=given["requester"]["name"], address=given["requester"]["address"].lower())
    for name, empty in (("title", ""), ("description", ""), ("priority", 0)):
        if name in given and given[name] is None:
            given[name] = empty
    return given
