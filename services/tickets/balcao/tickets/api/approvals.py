"""Routes of approvals, for the requester alone: what is asked, and their answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import Field

from balcao.shared.clock import now
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Document
from balcao.shared.timeline import Cause
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import ActingPerson
from balcao.tickets.api.views import approval_asked
from balcao.tickets.domain import approving
from balcao.tickets.domain.approval import Approval
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.ruling import Ruling

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])
Id = Annotated[str, Path(max_length=100)]
Channel = Literal["mail", "portal"]


class AnswerBody(Body):
    """The requester's answer."""

    verdict: approving.Verdict
    comment: str = Field(default="", max_length=approving.MOST_WORDS, description="What should be changed.")
    channel: Channel = "portal"


async def ruling_of(request: Request) -> Ruling:
    """What this server can do with approvals."""
    ruling: Ruling = request.app.state.ruling
    return ruling


@router.get("/{ticket_id}/{approval_id}")
async def show_approval(
    ticket_id: Id,
    approval_id: Id,
    acting: ActingPerson,
    request: Request,
    channel: Annotated[Channel, Query(description="mail: by the link, which expires.")] = "portal",
) -> Document:
    """What is to be approved, and whether it is still asked. Looking at it changes nothing."""
    ticket = await (await ruling_of(request)).ticket_of(acting, ticket_id)
    approval = approving.question(ticket, approval_id)
    approving.require_open(ticket, approval, now(), channel)
    return approval_shown(ticket, approval)


@router.post("/{ticket_id}/{approval_id}")
async def answer_approval(
    ticket_id: Id,
    approval_id: Id,
    body: AnswerBody,
    acting: ActingPerson,
    request: Request,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Document:
    """Approve, or ask for changes. 409 when it was answered already, is asked no more, or the link is too old."""
    ruling = await ruling_of(request)
    ticket = await ruling.ticket_of(acting, ticket_id)
    key = idempotency_key
    cause_id = derived_id("request", acting.company_id, acting.person_id, key) if key else new_id()
    cause = Cause(cause_id, cause_id, now(), ticket.requester)
    after = await ruling.answer(ticket, approval_id, body.verdict, body.comment, cause, body.channel)
    return approval_shown(after, approving.question(after, approval_id))


def approval_shown(ticket: Ticket, approval: Approval) -> Document:
    """A question with the ticket it is about."""
    return {**approval_asked(approval), "ticket": {"id": ticket.id, "number": ticket.number, "title": ticket.title}}
