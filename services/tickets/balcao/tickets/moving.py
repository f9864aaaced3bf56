"""Moving messages between tickets: load both → rule → save both at once."""

from collections.abc import Callable, Mapping, Sequence

from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.tickets.domain import moving
from balcao.tickets.domain.conditions import CannotMove
from balcao.tickets.domain.people import Person, guest
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store.directory import Directory, register_work
from balcao.tickets.store.several import Decide, SeveralTickets
from balcao.tickets.store.tickets import Tickets

Loaded = Mapping[str, Ticket]
Changes = Sequence[Change[Ticket]]
Both = tuple[Ticket, Ticket]


class Moving:
    """What the API calls. An operation's id follows from its cause, so that a repeat is the same one."""

    def __init__(self, several: SeveralTickets, tickets: Tickets, directory: Directory, numbers: Numbers) -> None:
        self._several = several
        self._tickets = tickets
        self._directory = directory
        self._numbers = numbers

    async def to_ticket(
        self, ticket: Ticket, n: int, target: Ticket, by: Party, cause: Cause, expected: int | None = None
    ) -> Both:
        """Move the message of entry `n` to another ticket: both afterwards. Raises what `moving.move` raises."""
        place = _place(n, by, cause)

        async def decide(now: Loaded) -> Changes:
            entries = await self._several.entries(ticket.company_id, ticket.id)
            old, other = now[ticket.id], now[target.id]
            return moving.move(old, moving.message_at(old, n, entries), other, place)

        return await self._change(ticket, target.id, decide, cause, expected)

    async def to_new(
        self, ticket: Ticket, n: int, title: str | None, by: Party, cause: Cause, expected: int | None = None
    ) -> Both:
        """Make a ticket of the message of entry `n`: the old one and the new one. `title` is the old one's if none."""
        company_id, place = ticket.company_id, _place(n, by, cause)
        new_id = derived_id("ticket", cause.id)
        number = await self._numbers.next(company_id, "ticket")
        team = await self._directory.team(company_id)
        registering = Work()

        async def decide(now: Loaded) -> Changes:
            nonlocal registering
            message = moving.message_at(now[ticket.id], n, await self._several.entries(company_id, ticket.id))
            message = message.model_copy(update={"subject": title or message.subject})
            requester = await self._person(company_id, message.sender, team)
            registering = _registration(requester, cause)
            return moving.move_to_new(
                now[ticket.id], message, requester, team, place, new_id=new_id, number=number, at=cause.at
            )

        return await self._change(ticket, new_id, decide, cause, expected, also=lambda: registering, is_new=True)

    async def back(self, ticket: Ticket, n: int, by: Party, cause: Cause, expected: int | None = None) -> Both:
        """Take the move of entry `n` back: both tickets afterwards. Raises what `moving.bring_back` raises."""
        moved = ticket.moved_messages.get(str(n))
        if moved is None:
            if await self._tickets.has_acted(ticket.id, cause):
                return ticket, ticket
            raise CannotMove("this message was not moved", code="not-moved")
        place = _place(n, by, cause)

        async def decide(now: Loaded) -> Changes:
            own, there = [await self._several.entries(ticket.company_id, id_) for id_ in (ticket.id, moved.id)]
            return moving.bring_back(now[ticket.id], now[moved.id], own, there, place)

        return await self._change(ticket, moved.id, decide, cause, expected)

    async def _change(
        self,
        ticket: Ticket,
        other_id: str,
        decide: Decide,
        cause: Cause,
        expected: int | None,
        *,
        also: Callable[[], Work] | None = None,
        is_new: bool = False,
    ) -> Both:
        ids = [ticket.id] if is_new else [ticket.id, other_id]
        seen = {ticket.id: expected} if expected is not None else None
        after = await self._several.change(ticket.company_id, ids, decide, cause, expected=seen, also=also)
        return after[ticket.id], after.get(other_id) or await self._tickets.get(ticket.company_id, other_id)

    async def _person(self, company_id: str, party: Party, team: Team) -> Person:
        """Who wrote it: team, known guest, or a guest that is yet to be registered."""
        address = (party.address or "").lower()
        member = team.by_address(address)
        return member or await self._directory.person_at(company_id, address) or guest(company_id, party)


def _registration(person: Person, cause: Cause) -> Work:
    return Work() if person.version > 0 else register_work(person, cause, by_mail=True)


def _place(n: int, by: Party, cause: Cause) -> moving.Place:
    return moving.Place(n, by, derived_id("move", cause.id))
