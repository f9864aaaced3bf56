"""Tags on interactions: loads what is known of an entry, lets the rule decide, saves both together (W19)."""

from collections.abc import Sequence

from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.errors import Stale
from balcao.shared.events import TicketEntryTagged
from balcao.shared.mongo import Document
from balcao.shared.timeline import Cause
from balcao.tickets.domain import interactions
from balcao.tickets.domain.conditions import UnknownEntry
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.interactions import InteractionTags
from balcao.tickets.store.tickets import Tickets

_MOST_TRIES = 8


class _ChangedMeanwhile(Exception):
    """Somebody else tagged the same entry between our look and our saving."""


class Tagging:
    """What the desk can do with tags on interactions."""

    def __init__(self, tickets: Tickets, directory: Directory, tags: InteractionTags) -> None:
        self.tags = tags
        self._tickets = tickets
        self._directory = directory

    async def tag(
        self,
        ticket: Ticket,
        n: int,
        cause: Cause,
        *,
        add: Sequence[str],
        remove: Sequence[str],
        expected_version: int | None = None,
    ) -> Ticket:
        """Put tags on an entry of a ticket and take others from it. Raises `UnknownEntry`, and what the rule raises."""
        entry = await self.tags.entry(ticket.company_id, ticket.id, n)
        if entry is None:
            raise UnknownEntry(f"the history has no entry {n}")
        for _ in range(_MOST_TRIES):
            known = await self.tags.of_entry(ticket.company_id, ticket.id, n)
            try:
                return await self._save(ticket, entry, known, cause, add, remove, expected_version)
            except _ChangedMeanwhile:
                continue
        raise Stale("the tags of this entry change too quickly; try again")

    async def _save(
        self,
        ticket: Ticket,
        entry: Document,
        known: Document | None,
        cause: Cause,
        add: Sequence[str],
        remove: Sequence[str],
        expected_version: int | None,
    ) -> Ticket:
        tags = await self._directory.tags.all(ticket.company_id)
        present = known["tags"] if known is not None else ()

        def rule(now: Ticket) -> Change[Ticket]:
            return interactions.tag(now, entry, present, tags, add=add, remove=remove)

        async def also(change: Change[Ticket]) -> Work:
            latest = await self.tags.of_entry(ticket.company_id, ticket.id, entry["n"])
            if latest != known:
                raise _ChangedMeanwhile
            (said,) = (one for one in change.facts if isinstance(one, TicketEntryTagged))
            return self.tags.saying(change.after, entry, known, said)

        return await self._tickets.change(
            ticket.company_id, ticket.id, rule, cause, expected_version=expected_version, also=also
        )
