"""The route by which the ledger of `intake` asks what became of the messages it took in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import Member
from balcao.tickets.store.fates import Arrived, Fate, Fates

router = APIRouter(prefix="/v1/messages", tags=["messages"])
_Id = Annotated[str, Field(min_length=1, max_length=100)]


class ArrivedMessage(Body):
    """A message that `intake` accepted, and what in it leads to a ticket."""

    event_id: _Id = Field(description="Of its `message.received.v1`.")
    ticket_ids: tuple[_Id, ...] = Field(default=(), max_length=2, description="Tickets it names by our signatures.")
    number: int | None = Field(default=None, ge=1, le=2**53, description="The ticket its subject names.")
    internet_message_id: str | None = Field(default=None, max_length=1000)


class MessagesAsked(Body):
    """Some messages."""

    messages: tuple[ArrivedMessage, ...] = Field(max_length=500)


class FatesOut(BaseModel):
    """What became of messages, by their event."""

    fates: dict[str, Fate] = Field(description="One that nothing has come of is not among it.")


async def _fates(request: Request) -> Fates:
    found: Fates = request.app.state.fates
    return found


@router.post("/fates")
async def fates(body: MessagesAsked, acting: Member, of: Annotated[Fates, Depends(_fates)]) -> FatesOut:
    """What became of messages: `opened` a ticket, `appended` to one, `held` until somebody decides, or `refused`, as
    the company's policy or a person wanted."""
    asked = [Arrived(**one.model_dump()) for one in body.messages]
    return FatesOut(fates=await of.of(acting.company_id, asked))
