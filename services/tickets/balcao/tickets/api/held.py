"""Routes of held messages: those that point at a ticket their sender is no part of, or whose sender is unknown (O3)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from balcao.shared.mongo import Document
from balcao.tickets.api.commands import Member, TheCommand, TheDesk
from balcao.tickets.store.held import Undecided

router = APIRouter(prefix="/v1/held", tags=["held messages"])
_SHOWN = ("at", "rule", "ticket_number", "sender", "subject", "state")


@router.get("")
async def list_held(desk: TheDesk, acting: Member, state: Annotated[Undecided, Query()] = "waiting") -> Document:
    """Messages that wait for a decision, oldest first; or those whose sender was told that they can't come in."""
    found = await desk.held.kept(acting.company_id, state)
    return {"items": [{"id": one["_id"], **{key: one[key] for key in _SHOWN}} for one in found]}


@router.post("/{held_id}/accept", status_code=204)
async def accept(held_id: str, command: TheCommand) -> Response:
    """Let it into the ticket it points at; one that points at none opens its own."""
    await command.desk.accept_held(command.acting.company_id, held_id, command.cause)
    return Response(status_code=204)


@router.post("/{held_id}/open-new", status_code=204)
async def open_new(held_id: str, command: TheCommand) -> Response:
    """Make a ticket of its own of it."""
    await command.desk.open_held(command.acting.company_id, held_id, command.cause)
    return Response(status_code=204)


@router.post("/{held_id}/discard", status_code=204)
async def discard(held_id: str, command: TheCommand) -> Response:
    """Put it aside for good."""
    await command.desk.discard_held(command.acting.company_id, held_id, command.cause)
    return Response(status_code=204)
