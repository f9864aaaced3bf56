"""Single tickets; loading and saving one is `balcao.shared.records`, lists are next door."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from balcao.shared.aggregate import Change
from balcao.shared.commit import Committer, Work
from balcao.shared.mongo import Database
from balcao.shared.records import Records, Rule
from balcao.shared.timeline import Cause
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import TICKETS


class Tickets(Records[Ticket]):
    """One service's tickets."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(database, committer, collection=TICKETS, kind=Ticket, source="tickets", noun="ticket")

    async def change(
        self,
        company_id: str,
        id_: str,
        rule: Rule[Ticket],
        cause: Cause,
        *,
        expected_version: int | None = None,
        also: Callable[[Change[Ticket]], Awaitable[Work]] | None = None,
    ) -> Ticket:
        """As in `Records`; every change also moves `updated_at` to the time of its cause, never back."""

        def stamped(ticket: Ticket) -> Change[Ticket]:
            change = rule(ticket)
            if not change.facts:
                return change
            latest = max(ticket.updated_at, cause.at)
            return replace(change, after=change.after.model_copy(update={"updated_at": latest}))

        return await super().change(company_id, id_, stamped, cause, expected_version=expected_version, also=also)

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
