"""What every command route needs: who is acting, the version they saw, and the cause that makes a repeat harmless."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from balcao.shared.aggregate import Change
from balcao.shared.clock import now
from balcao.shared.errors import Stale
from balcao.shared.http import caller, read_version
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Document
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting
from balcao.tickets.api.views import changes_since, ticket_for_team
from balcao.tickets.desk import Desk
from balcao.tickets.domain.conditions import UnknownTicket
from balcao.tickets.domain.ticket import Ticket

MOST_CHANGES = 100
acting_person = caller("tickets")
ActingPerson = Annotated[Acting, Depends(acting_person)]


async def member(acting: ActingPerson) -> Acting:
    """Only the team; to anybody else the thing does not exist."""
    if not acting.is_team:
        raise UnknownTicket("no such ticket")
    return acting


Member = Annotated[Acting, Depends(member)]


async def desk_of(request: Request) -> Desk:
    """The desk this server serves."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]


@dataclass(frozen=True)
class Command:
    """One request that changes something."""

    desk: Desk
    acting: Acting
    cause: Cause
    expected_version: int | None
    response: Response

    async def on(self, number: int, rule: Callable[[Ticket], Change[Ticket]]) -> Document:
        """Apply a rule to the ticket with this number and show the ticket afterwards."""
        company_id = self.acting.company_id
        ticket = await self.desk.tickets.by_number(company_id, number)
        async with saying_what_changed(self.desk, ticket, self.expected_version):
            after = await self.desk.tickets.change(
                company_id, ticket.id, rule, self.cause, expected_version=self.expected_version, loaded=ticket
            )
        return await self.show(after)

    async def show(self, ticket: Ticket) -> Document:
        """The ticket as the team sees it, its version as ETag."""
        self.response.headers["ETag"] = f'"{ticket.version}"'
        timeline = await self.desk.tickets.timeline(ticket.company_id, ticket.id, public_only=False)
        return ticket_for_team(ticket, timeline)


@asynccontextmanager
async def saying_what_changed(desk: Desk, ticket: Ticket, seen_version: int | None) -> AsyncIterator[None]:
    """Whoever decided on an older version is told what happened since then: the other's change is in the 409.

    `changes` lists the timeline's entries after that version, oldest first and at most the latest 100.
    """
    try:
        yield
    except Stale as stale:
        if seen_version is not None and "current_version" in stale.details:
            timeline = await desk.tickets.timeline(ticket.company_id, ticket.id, public_only=False, limit=MOST_CHANGES)
            stale.details["seen_version"] = seen_version
            stale.details["changes"] = changes_since(timeline, seen_version)
        raise


async def command(
    desk: TheDesk,
    acting: Member,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Command:
    """A team member's command. The same Idempotency-Key acts once."""
    cause_id = (
        derived_id("request", acting.company_id, acting.person_id, idempotency_key) if idempotency_key else new_id()
    )
    cause = Cause(cause_id, cause_id, now(), acting.party())
    return Command(desk, acting, cause, read_version(if_match), response)


TheCommand = Annotated[Command, Depends(command)]
