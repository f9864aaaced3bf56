"""Routes of a ticket's life: taking and returning it, its situation, and the requester's own end of it (W1-W6, P4)."""

from typing import Annotated

from fastapi import APIRouter, Header

from balcao.shared.clock import now
from balcao.shared.errors import NotAllowed, NotFound
from balcao.shared.events import TicketResolved
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Document
from balcao.shared.timeline import Cause, entry_id
from balcao.tickets.api import bodies
from balcao.tickets.api.commands import ActingPerson, TheCommand, TheDesk
from balcao.tickets.api.views import ticket_for_requester
from balcao.tickets.catalogues import language
from balcao.tickets.domain import ending, production, status, taking, waiting

router = APIRouter(prefix="/v1/tickets", tags=["a ticket's life"])


@router.post("/{number}/take")
async def take(number: int, command: TheCommand) -> Document:
    """Answer for the ticket from now on; it is in progress (W3)."""
    by = command.acting.party()
    return await command.on(number, lambda ticket: taking.take(ticket, by))


@router.post("/{number}/give-back")
async def give_back(number: int, command: TheCommand) -> Document:
    """Un-assign it: to do again, for whoever takes it next (W3)."""
    return await command.on(number, taking.give_back)


@router.post("/{number}/reject")
async def reject(number: int, body: bodies.Rejection, command: TheCommand) -> Document:
    """The robot (or person) it is assigned to can't do it: to do again (W3)."""
    by = command.acting.party()
    return await command.on(number, lambda ticket: taking.reject(ticket, by, body.remark))


@router.post("/{number}/resolve")
async def resolve(number: int, body: bodies.Resolve, command: TheCommand) -> Document:
    """Conclude the ticket; where the company asks for words about it, they come first (W5)."""
    return await command.on(number, lambda ticket: status.resolve(ticket, body.method, command.cause.at))


@router.post("/{number}/wait")
async def wait(number: int, body: bodies.WaitBody, command: TheCommand) -> Document:
    """Put the ticket aside, with a reason and what the reason needs (W4)."""
    by, team = command.acting.party(), await command.desk.directory.team(command.acting.company_id)
    planned = waiting.plan(
        body.reason,
        team,
        command.cause.at,
        until=body.until,
        days=body.days,
        close_if_no_answer=body.close_if_no_answer,
    )
    return await command.on(number, lambda ticket: waiting.wait(ticket, planned, by))


@router.post("/{number}/reopen")
async def reopen(number: int, command: TheCommand) -> Document:
    """Bring the ticket back in service."""
    return await command.on(number, lambda ticket: production.reopen(ticket, "team"))


@router.post("/{number}/cancel")
async def cancel(number: int, command: TheCommand) -> Document:
    """Give the ticket up; a draft is discarded."""
    return await command.on(number, status.cancel)


@router.post("/{number}/end")
async def end(
    number: int,
    body: bodies.End,
    desk: TheDesk,
    acting: ActingPerson,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Document:
    """The requester ends their own ticket: solved, or not needed any more (P4). Nobody else may, whoever sees it."""
    ticket = await desk.tickets.by_number(acting.company_id, number)
    if not ticket.is_open_to(acting.person_id, acting.address):
        raise NotFound(f"no ticket #{number}")
    if not ticket.is_requester(acting.person_id, acting.address):
        raise NotAllowed("only its requester ends a ticket")
    key = idempotency_key
    cause_id = derived_id("request", acting.company_id, acting.person_id, key) if key else new_id()
    cause = Cause(cause_id, cause_id, now(), acting.party())
    text = body.text.strip()
    if text and await desk.tickets.has_told([entry_id(cause_id, TicketResolved.type, ticket.id)]):
        text = ""  # sent twice: they are on the ticket already
    after = await desk.tickets.change(
        ticket.company_id, ticket.id, lambda one: ending.end(one, body.outcome, cause.at, text), cause, loaded=ticket
    )
    company = (await desk.directory.team(acting.company_id)).company
    timeline = await desk.tickets.timeline(after.company_id, after.id, public_only=True)
    return ticket_for_requester(after, timeline, language(company.time_zone, acting.locale, company.locale))
