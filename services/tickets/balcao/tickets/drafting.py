"""Drafts at the desk: begun with almost nothing, written at leisure, submitted when they are complete (O12)."""

from typing import Any

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Conflict, Work
from balcao.shared.errors import Stale
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.tickets.domain import drafts
from balcao.tickets.domain.people import Person, guest
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store.directory import Directory, register_work
from balcao.tickets.store.recent import opened_by
from balcao.tickets.store.tickets import Tickets

_MOST_TRIES = 8


class Drafting:
    """Load → rule → save for what only drafts know."""

    def __init__(self, tickets: Tickets, directory: Directory, numbers: Numbers) -> None:
        self._tickets = tickets
        self._directory = directory
        self._numbers = numbers

    async def begin(self, company_id: str, given: dict[str, Any], cause: Cause) -> Ticket:
        """A draft with its number. The same cause begins one draft."""
        team = await self._directory.team(company_id)
        ticket_id = derived_id("ticket", cause.id)
        number = await self._numbers.next(company_id, "ticket")
        by = cause.actor or Party()
        for _ in range(_MOST_TRIES):
            known, new = await self._with_requester(company_id, given, team)
            change = drafts.begin(known, by, team, ticket_id=ticket_id, number=number, at=cause.at)
            try:
                return await self._tickets.create(
                    change, cause, also=opened_by(cause, change.after, _registering(new, cause))
                )
            except AlreadyDone:
                return await self._tickets.get(company_id, ticket_id)
            except Conflict:
                continue  # the requester was registered by something else meanwhile
        raise Stale("the requester's profile changes too quickly")

    async def edit(
        self, ticket: Ticket, given: dict[str, Any], cause: Cause, *, expected_version: int | None = None
    ) -> Ticket:
        """Change the fields of a draft that are given. Raises `TicketIsNoDraft`, `Stale`."""
        team = await self._directory.team(ticket.company_id)
        known, new = await self._with_requester(ticket.company_id, given, team)

        async def also(_: Change[Ticket]) -> Work:
            return _registering(new, cause)

        return await self._tickets.change(
            ticket.company_id,
            ticket.id,
            lambda now: drafts.edit(now, known, team),
            cause,
            expected_version=expected_version,
            also=also,
        )

    async def submit(self, ticket: Ticket, cause: Cause, *, expected_version: int | None = None) -> Ticket:
        """Hand a draft in; the workspace first given to a requester's ticket is remembered on their profile (O6).

        Raises `DraftIsIncomplete`, `TicketIsNoDraft`, `Stale`.
        """

        async def also(change: Change[Ticket]) -> Work:
            return await self._directory.people.remembering(change, cause)

        return await self._tickets.change(
            ticket.company_id,
            ticket.id,
            drafts.submit,
            cause,
            expected_version=expected_version,
            also=also,
            loaded=ticket,
        )

    async def _with_requester(
        self, company_id: str, given: dict[str, Any], team: Team
    ) -> tuple[dict[str, Any], Person | None]:
        """What was given, its requester as the directory knows them; and that guest when yet to be registered."""
        wanted: Party | None = given.get("requester")
        if wanted is None:
            return given, None
        address = (wanted.address or "").lower()
        person: Person | None = team.by_address(address) or await self._directory.person_at(company_id, address)
        if person is not None:
            return {**given, "requester": person.party()}, None
        new = guest(company_id, wanted)
        return {**given, "requester": new.party()}, new


def _registering(person: Person | None, cause: Cause) -> Work:
    """Anew for each try: a piece of work is used up by it."""
    return register_work(person, cause, by_mail=False) if person is not None else Work()
