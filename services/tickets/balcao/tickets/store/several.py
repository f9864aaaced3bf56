"""Several tickets changed in one transaction: all of the change is there, or nothing of it (W13-W15)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Committer, Conflict, Work, difference
from balcao.shared.errors import Condition, NotFound, Stale
from balcao.shared.mongo import Database, Document
from balcao.shared.records import MOST_TRIES
from balcao.shared.timeline import TIMELINE, Cause, tell
from balcao.tickets.domain.settling import settle
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import TICKETS
from balcao.tickets.store.tickets import Tickets, arm, stamped

Decide = Callable[[Mapping[str, Ticket]], Awaitable[Sequence[Change[Ticket]]]]
"""What becomes of the tickets loaded, by id. Called again after a conflict; may say what a new ticket begins as."""


class SeveralTickets:
    """Loads several tickets, lets a rule decide about all of them, saves all of it or nothing."""

    def __init__(
        self,
        database: Database,
        committer: Committer,
        tickets: Tickets,
        team_of: Callable[[str], Awaitable[Team]],
    ) -> None:
        self._timeline = database[TIMELINE]
        self._committer = committer
        self._tickets = tickets
        self._team_of = team_of

    async def change(
        self,
        company_id: str,
        ids: Sequence[str],
        decide: Decide,
        cause: Cause,
        *,
        expected: Mapping[str, int] | None = None,
        also: Callable[[], Work] | None = None,
    ) -> dict[str, Ticket]:
        """The tickets afterwards, by id, new ones too.

        A cause that has acted before changes nothing, also where its rule or a version would be refused now. Raises
        `NotFound`, `Stale` when one of the `expected` versions is not the current one or when conflicts don't end, and
        whatever the rule raises.
        """
        for _ in range(MOST_TRIES):
            before = {id_: await self._tickets.get(company_id, id_) for id_ in ids}
            try:
                _expect(before, expected or {})
                changes = await decide(before)
            except Condition:
                if any([await self._tickets.has_acted(id_, cause) for id_ in ids]):
                    return before
                raise
            settled = [await self._settled(change, cause) for change in changes if change.facts]
            if not settled:
                return before
            work = also() if also is not None else Work()
            for change in settled:
                _save(work, change, cause)
            try:
                await self._committer.save(work)
            except AlreadyDone:
                return {id_: await self._tickets.get(company_id, id_) for id_ in ids}
            except Conflict:
                continue
            return before | {change.after.id: change.after for change in settled}
        raise Stale("these tickets change too quickly; try again")

    async def entries(self, company_id: str, ticket_id: str, *, since: int = 1, most: int = 5_000) -> list[Document]:
        """A ticket's entries in order, from number `since` on."""
        query: dict[str, Any] = {"of": ticket_id, "n": {"$gte": since}}
        found = await self._timeline.find(query).sort("n", 1).limit(most).to_list(most)
        return [entry for entry in found if entry["company_id"] == company_id]

    async def _settled(self, change: Change[Ticket], cause: Cause) -> Change[Ticket]:
        company = (await self._team_of(change.after.company_id)).company
        return stamped(settle(change, company, cause.at), cause.at)


def _expect(before: Mapping[str, Ticket], expected: Mapping[str, int]) -> None:
    for id_, version in expected.items():
        ticket = before.get(id_)
        if ticket is None:
            raise NotFound("no such ticket")
        if ticket.version != version:
            raise Stale(
                f"ticket #{ticket.number} was changed meanwhile", number=ticket.number, current_version=ticket.version
            )


def _save(work: Work, change: Change[Ticket], cause: Cause) -> None:
    after = change.after
    work.tell(tell("tickets", after.company_id, after.id, change.facts, cause, after=change.before.entries))
    if change.before.version == 0:
        work.insert(TICKETS, _document(after))
    else:
        work.updates.append(difference(TICKETS, _document(change.before), _document(after)))
    arm(work, change, cause.at)


def _document(ticket: Ticket) -> Document:
    document = ticket.model_dump()
    document["_id"] = document.pop("id")
    return document
