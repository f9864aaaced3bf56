"""Routes of held messages: those that point at a ticket their sender is no part of, or whose sender is unknown (O3)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.mongo import Document
from balcao.tickets.api.commands import Member, TheCommand, TheDesk
from balcao.tickets.store.held import Listed

router = APIRouter(prefix="/v1/held", tags=["held messages"])
_SHOWN = ("at", "rule", "ticket_number", "sender", "subject", "state")


class Into(BaseModel):
    """Where to let a message in."""

    model_config = ConfigDict(extra="forbid")

    ticket_number: int | None = Field(default=None, ge=1, le=2**53, description="None: the ticket it points at.")


@router.get("")
async def list_held(desk: TheDesk, acting: Member, state: Annotated[Listed, Query()] = "waiting") -> Document:
    """Messages that wait for a decision, oldest first; those whose sender was told that they can't come in; or those
    that were discarded, newest first. `message_id` is what `intake` keeps the whole mail under."""
    found = await desk.held.kept(acting.company_id, state)
    return {"items": [_row(one) for one in found]}


@router.post("/{held_id}/accept", status_code=204)
async def accept(held_id: str, command: TheCommand, into: Into | None = None) -> Response:
    """Let it into the ticket that is named, else into the one it points at; one that points at none opens its own."""
    number = into.ticket_number if into is not None else None
    await command.desk.accept_held(command.acting.company_id, held_id, command.cause, into=number)
    return Response(status_code=204)


@router.post("/{held_id}/open-new", status_code=204)
async def open_new(held_id: str, command: TheCommand) -> Response:
    """Make a ticket of its own of it."""
    await command.desk.open_held(command.acting.company_id, held_id, command.cause)
    return Response(status_code=204)


@router.post("/{held_id}/discard", status_code=204)
async def discard(held_id: str, command: TheCommand) -> Response:
    """Put it aside; it stays stored."""
    await command.desk.discard_held(command.acting.company_id, held_id, command.cause)
    return Response(status_code=204)


@router.post("/{held_id}/restore", status_code=204)
async def restore(held_id: str, command: TheCommand) -> Response:
    """Let one that was discarded wait for a decision again."""
    await command.desk.restore_held(command.acting.company_id, held_id, command.cause)
    return Response(status_code=204)


def _row(document: Document) -> Document:
    message = document["event"]["data"]
    files = [{name: one[name] for name in ("file_id", "name", "size")} for one in message["files"]]
    shown = {key: document[key] for key in _SHOWN}
    return {
        "id": document["_id"],
        "message_id": message["message_id"],
        "files": files,
        "disproven": document.get("disproven", False),
        "authentication": message.get("authentication"),
        **shown,
    }
