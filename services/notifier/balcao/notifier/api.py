"""HTTP routes of the notifier: a ticket's deliveries, and whether people can be let in by mail."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.scribe import Scribe
from balcao.notifier.store.deliveries import Deliveries
from balcao.shared.errors import NotFound
from balcao.shared.events import Party
from balcao.shared.http import caller
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting

MOST_DELIVERIES = 500

Caller = Annotated[Acting, Depends(caller("notifier"))]


class DeliveryOut(BaseModel):
    """How one telling about a ticket went."""

    id: str
    kind: Kind
    channel: Channel
    recipient: Party
    state: str = Field(
        description="queued; gathering: waits for others to go out with; gathered: went with them; sent: handed over; "
        "refused: not taken, given up or not sent at all; bounced: it came back."
    )
    at: datetime = Field(description="When what it tells of happened.")
    sent_at: datetime | None
    refused_at: datetime | None
    bounced_at: datetime | None
    delayed_at: datetime | None = Field(description="When a report said that it is late; it may still arrive.")
    read_at: datetime | None
    reason: str | None = Field(description="Why it was refused, came back, is late or was put off.")
    status: str | None = Field(description="RFC 3463 status code of the report that it came back or is late.")
    tries: int = Field(description="Tries that were refused.")
    next_try_at: datetime | None


class InvitationsOut(BaseModel):
    """Whether people can be let in by links in mails."""

    possible: bool = Field(description="False where BALCAO_PUBLIC_URL is not set: there is no link to send.")


class DeliveriesOut(BaseModel):
    """The deliveries of a ticket, oldest first, at most 500."""

    items: list[DeliveryOut]


def routes(deliveries: Deliveries, scribe: Scribe) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1")

    @router.get("/deliveries")
    async def list_deliveries(ticket_id: str, acting: Caller) -> DeliveriesOut:
        """Who was told what about a ticket, and whether it arrived. For the team; others get 404."""
        _team_only(acting)
        found = await deliveries.of_ticket(acting.company_id, ticket_id, MOST_DELIVERIES)
        return DeliveriesOut(items=[_delivery(one) for one in found])

    @router.get("/invitations")
    async def say_whether_invitations_are_possible(acting: Caller) -> InvitationsOut:
        """Whether a link to a first or a new password would lead anywhere (O3, P1). No secret: anybody may ask."""
        return InvitationsOut(possible=scribe.can_invite)

    return router


def _team_only(acting: Acting) -> None:
    if not acting.is_team:
        raise NotFound("no such page")


def _delivery(document: Document) -> DeliveryOut:
    return DeliveryOut(
        id=document["_id"],
        kind=document["kind"],
        channel=document["channel"],
        recipient=Party.model_validate(document["to"]),
        state=document["state"],
        at=document["at"],
        sent_at=document.get("sent_at"),
        refused_at=document.get("refused_at"),
        bounced_at=document.get("bounced_at"),
        delayed_at=document.get("delayed_at"),
        read_at=document.get("read_at"),
        reason=document.get("reason") if document["state"] != "sent" or "delayed_at" in document else None,
        status=document.get("status"),
        tries=document.get("tries", 0),
        next_try_at=document.get("due"),
    )
