"""Routes that put a requester's message on the ticket where it belongs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field

from balcao.shared.errors import Invalid
from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import TheCommand, saying_what_changed
from balcao.tickets.domain.fields import Title
from balcao.tickets.moving import Moving

router = APIRouter(prefix="/v1/tickets", tags=["moving messages"])
Entry = Annotated[int, Path(ge=1, le=10**6, description="Number of the message's entry on this ticket.")]


async def moving_of(request: Request) -> Moving:
    """What moves messages on this server."""
    moving: Moving = request.app.state.moving
    return moving


TheMoving = Annotated[Moving, Depends(moving_of)]


class MoveBody(Body):
    """Where the message goes: to the ticket with this number, or, without one, to a ticket of its own."""

    to: int | None = Field(default=None, ge=1, le=2**53)
    title: Title | None = Field(default=None, description="Of the new ticket; this one's if none.")


@router.post("/{number}/messages/{entry}/move")
async def move(number: int, entry: Entry, body: MoveBody, command: TheCommand, moving: TheMoving) -> Document:
    """Move a requester's message to another ticket or make it a new one; answers this ticket, with the `other` one."""
    if body.to is not None and body.title is not None:
        raise Invalid("a title is for a new ticket; leave out either")
    company_id, by, tickets = command.acting.company_id, command.acting.party(), command.desk.tickets
    ticket, seen = await tickets.by_number(company_id, number), command.expected_version
    async with saying_what_changed(command.desk, ticket, seen):
        if body.to is None:
            after, other = await moving.to_new(ticket, entry, body.title, by, command.cause, seen)
        else:
            target = await tickets.by_number(company_id, body.to)
            after, other = await moving.to_ticket(ticket, entry, target, by, command.cause, seen)
    shown = await command.show(other)
    return {**await command.show(after), "other": shown}


@router.post("/{number}/messages/{entry}/move-back")
async def move_back(number: int, entry: Entry, command: TheCommand, moving: TheMoving) -> Document:
    """Take a move back, while nobody answered there: answers this ticket, whose message it is again."""
    ticket, seen = await command.desk.tickets.by_number(command.acting.company_id, number), command.expected_version
    async with saying_what_changed(command.desk, ticket, seen):
        after, _ = await moving.back(ticket, entry, command.acting.party(), command.cause, seen)
    return await command.show(after)
