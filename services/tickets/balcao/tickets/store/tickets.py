"""Single tickets; loading and saving one is `balcao.shared.records`, lists are next door."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from balcao.shared.aggregate import Change
from balcao.shared.commit import Committer, Work
from balcao.shared.mongo import Database
from balcao.shared.records import Records, Rule
from balcao.shared.timeline import Cause
from balcao.shared.timers import TIMERS, timer_document
from balcao.tickets.domain.settling import settle
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.domain.timers import newly_armed
from balcao.tickets.store import TICKETS


class Tickets(Records[Ticket]):
    """One service's tickets."""

    def __init__(self, database: Database, committer: Committer, team_of: Callable[[str], Awaitable[Team]]) -> None:
        """`team_of` gives a company as the rules see it; it is asked for every change, so it had better remember."""
        super().__init__(database, committer, collection=TICKETS, kind=Ticket, source="tickets", noun="ticket")
        self._team_of = team_of

    async def create(self, change: Change[Ticket], cause: Cause, *, also: Work | None = None) -> Ticket:
        """As in `Records`, with what the company's policies add and the timers it arms."""
        settled = settle(change, (await self._team_of(change.after.company_id)).company, cause.at)
        work = also or Work()
        arm(work, settled, cause.at)
        return await super().create(settled, cause, also=work)

    async def change(
        self,
        company_id: str,
        id_: str,
        rule: Rule[Ticket],
        cause: Cause,
        *,
        expected_version: int | None = None,
        also: Callable[[Change[Ticket]], Awaitable[Work]] | None = None,
        loaded: Ticket | None = None,
    ) -> Ticket:
        """As in `Records`, with what the company's policies add and the timers it arms. Every change also moves
        `updated_at` to the time of its cause, never back."""
        company = (await self._team_of(company_id)).company

        def settled(ticket: Ticket) -> Change[Ticket]:
            return stamped(settle(rule(ticket), company, cause.at), cause.at)

        async def with_timers(change: Change[Ticket]) -> Work:
            work = await also(change) if also is not None else Work()
            arm(work, change, cause.at)
            return work

        return await super().change(
            company_id, id_, settled, cause, expected_version=expected_version, also=with_timers, loaded=loaded
        )

    async def by_message_ids(self, company_id: str, message_ids: Sequence[str]) -> Ticket | None:
        """The ticket that one of these Message-IDs belongs to; the first in the given order wins."""
        for message_id in message_ids[:20]:
            # With the company in the query: one mail may have gone to two companies.
            document = await self.collection.find_one({"message_ids": message_id, "company_id": company_id})
            if document is not None:
                return self._read(document, company_id)
        return None

    async def find_by_number(self, company_id: str, number: int) -> Ticket | None:
        """The ticket with this number, or none."""
        return self._read(await self.collection.find_one({"company_id": company_id, "number": number}), company_id)


def stamped(change: Change[Ticket], at: datetime) -> Change[Ticket]:
    """The change with the time of its cause as the ticket's, never back."""
    if not change.facts:
        return change
    latest = {"updated_at": max(change.before.updated_at, at)}
    if any(fact.public for fact in change.facts):
        latest["told_at"] = latest["updated_at"]
    return replace(change, after=change.after.model_copy(update=latest))


def arm(work: Work, change: Change[Ticket], at: datetime) -> None:
    """Let a piece of work insert the timers that a change arms: part of it or not at all."""
    ticket = change.after
    for moment in newly_armed(change, at):
        armed_by = str(ticket.version)
        work.insert(TIMERS, timer_document(ticket.company_id, moment.kind, ticket.id, moment.due, armed_by))
