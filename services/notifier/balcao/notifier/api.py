"""HTTP routes of the notifier: one's own notices, a ticket's deliveries, and the preview of an answer."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from balcao.notifier.companies import Companies
from balcao.notifier.domain.deliveries import plan
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.enclosures import Enclosures
from balcao.notifier.identities import Presenting
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.headers import AddressUnusable
from balcao.notifier.letters.titles import title_of
from balcao.notifier.store.deliveries import Deliveries
from balcao.notifier.store.notices import Notice, Notices
from balcao.shared.clock import now
from balcao.shared.errors import NotFound
from balcao.shared.events import Envelope, Party, TicketReplied
from balcao.shared.http import caller
from balcao.shared.ids import new_id
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting

MOST_DELIVERIES = 500

Caller = Annotated[Acting, Depends(caller("notifier"))]


class NoticeOut(BaseModel):
    """An in-app notice."""

    id: str
    kind: Kind
    title: str = Field(description="In the reader's language.")
    ticket_number: int | None = Field(description="Null where it is about no ticket: a task, an unknown sender (O3).")
    task_number: int | None = Field(default=None, description="Where it is about a task.")
    at: datetime
    read_at: datetime | None


class NoticesOut(BaseModel):
    """A page of notices, newest first."""

    items: list[NoticeOut]
    unread: int = Field(description="Unread ones among the newest 500.")
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class DeliveryOut(BaseModel):
    """How one telling about a ticket went."""

    id: str
    kind: Kind
    channel: Channel
    recipient: Party
    state: str = Field(
        description="queued; sent: handed over; refused: not taken, given up or not sent at all; bounced: it came back."
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
    """Whether people can be invited."""

    possible: bool = Field(description="False where BALCAO_PUBLIC_URL is not set: there is no link to send.")


class DeliveriesOut(BaseModel):
    """The deliveries of a ticket, oldest first, at most 500."""

    items: list[DeliveryOut]


class PreviewIn(BaseModel):
    """An answer that is about to be given.

    The gateway fills `fact.ticket` from the ticket it has loaded for this person, never from what a browser sent:
    the reply address of the ticket named here is signed.
    """

    fact: TicketReplied
    event_id: str | None = Field(default=None, description="Id of the fact, where known: decides the Message-ID.")
    time: datetime | None = Field(default=None, description="Time of the fact, where known: decides the Date.")


class PreviewedMail(BaseModel):
    """A mail as it would go out."""

    recipient: Party
    subject: str
    text: str
    html: str
    raw: str = Field(description="The very bytes, which are ASCII.")


class PreviewOut(BaseModel):
    """One mail per recipient who would get one."""

    mails: list[PreviewedMail]
    unreachable: list[Party] = Field(description="Recipients whose address no mail can be sent to.")


def routes(
    notices: Notices,
    deliveries: Deliveries,
    companies: Companies,
    composer: Composer,
    enclosures: Enclosures,
    presenting: Presenting,
) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1")

    @router.get("/notices")
    async def list_notices(
        acting: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: str | None = None
    ) -> NoticesOut:
        """One's own notices."""
        found = await notices.of(acting.company_id, acting.person_id, limit, after)
        unread = await notices.count_unread(acting.company_id, acting.person_id)
        last = found[-1].place if len(found) == limit else None
        return NoticesOut(items=[_notice(one, acting) for one in found], unread=unread, next=last)

    @router.post("/notices/{notice_id}/read")
    async def read_notice(notice_id: str, acting: Caller) -> NoticeOut:
        """Mark one's own notice as read; 404 for anybody else's."""
        return _notice(await notices.read(acting.company_id, acting.person_id, notice_id, now()), acting)

    @router.get("/deliveries")
    async def list_deliveries(ticket_id: str, acting: Caller) -> DeliveriesOut:
        """Who was told what about a ticket, and whether it arrived. For the team; others get 404."""
        _team_only(acting)
        found = await deliveries.of_ticket(acting.company_id, ticket_id, MOST_DELIVERIES)
        return DeliveriesOut(items=[_delivery(one) for one in found])

    @router.get("/invitations")
    async def say_whether_invitations_are_possible(acting: Caller) -> InvitationsOut:
        """Whether an invitation would lead anywhere (O3). For the team; others get 404."""
        _team_only(acting)
        return InvitationsOut(possible=composer.can_invite)

    @router.post("/preview")
    async def preview(wanted: PreviewIn, acting: Caller) -> PreviewOut:
        """The mails that this answer would send, made as the real ones are (W7). For the team; others get 404."""
        _team_only(acting)
        company = await companies.get(acting.company_id)
        event = _as_event(wanted, acting)
        enclosed, sender = await enclosures.of(event, company), await presenting.sender(company)
        mails, unreachable = [], []
        for delivery in plan(event, company):
            if delivery.telling.kind is not Kind.REPLY:
                continue
            person = delivery.telling.recipient
            try:
                mail = composer.compose(delivery, company, enclosed, sender)
            except AddressUnusable:
                unreachable.append(person)
                continue
            mails.append(
                PreviewedMail(
                    recipient=person, subject=mail.subject, text=mail.text, html=mail.html, raw=mail.raw.decode("ascii")
                )
            )
        return PreviewOut(mails=mails, unreachable=unreachable)

    return router


def _team_only(acting: Acting) -> None:
    if not acting.is_team:
        raise NotFound("no such page")


def _notice(notice: Notice, acting: Acting) -> NoticeOut:
    return NoticeOut(
        id=notice.id,
        kind=notice.kind,
        title=title_of(notice.kind, notice.ticket_title, notice.who, acting.locale),
        ticket_number=notice.ticket_number,
        task_number=notice.task_number,
        at=notice.at,
        read_at=notice.read_at,
    )


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


def _as_event(wanted: PreviewIn, acting: Acting) -> Envelope[Any]:
    event_id = wanted.event_id or new_id()
    return Envelope[Any](
        id=event_id,
        source="tickets",
        type=TicketReplied.type,
        subject=wanted.fact.ticket.id,
        time=wanted.time or now(),
        correlationid=event_id,
        causationid=event_id,
        companyid=acting.company_id,
        actor=acting.party(),
        data=wanted.fact,
    )
