"""Routes of a ticket's fields: one command for all of them, and the words that go with a promised date."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from balcao.shared.mongo import Document
from balcao.tickets.api.commands import Member, TheCommand, TheDesk, saying_what_changed
from balcao.tickets.catalogues import language
from balcao.tickets.domain.fields import Edit
from balcao.tickets.domain.promise_words import promise_words
from balcao.tickets.editing import Editing

router = APIRouter(prefix="/v1/tickets", tags=["fields"])


async def editing_of(request: Request) -> Editing:
    """What edits tickets on this server."""
    editing: Editing = request.app.state.editing
    return editing


TheEditing = Annotated[Editing, Depends(editing_of)]


@router.patch("/{number}")
async def edit_ticket(number: int, body: Edit, command: TheCommand, editing: TheEditing) -> Document:
    """Change the fields that are given; the others stay as they are (W9, W11, O9, O10, O14).

    When the promised date changed, `suggested_comment` is what to tell the requester; it is sent by the comment's
    command, or not at all.
    """
    company_id = command.acting.company_id
    before = await command.desk.tickets.by_number(company_id, number)
    async with saying_what_changed(command.desk, before, command.expected_version):
        after = await editing.edit(
            before, body, command.acting.party(), command.cause, expected_version=command.expected_version
        )
    shown = await command.show(after)
    if body.gives("promised_for") and after.promised_for != before.promised_for:
        company = (await command.desk.directory.team(company_id)).company
        text = promise_words(
            after, after.promised_for, before.promised_for, language(company.time_zone, company.locale)
        )
        shown["suggested_comment"] = {"text": text, "visible": True}
    return shown


@router.get("/{number}/promise-words")
async def get_promise_words(
    number: int,
    desk: TheDesk,
    acting: Member,
    promised_for: Annotated[
        AwareDatetime | None, Query(description="The date to be promised; none: taken back.")
    ] = None,
) -> Document:
    """What to tell the requester about a date before it is set (W9): a comment to change or leave out, with "Exibir"
    ticked."""
    ticket = await desk.tickets.by_number(acting.company_id, number)
    company = (await desk.directory.team(acting.company_id)).company
    speaking = language(company.time_zone, company.locale)
    return {"text": promise_words(ticket, promised_for, ticket.promised_for, speaking), "visible": True}
