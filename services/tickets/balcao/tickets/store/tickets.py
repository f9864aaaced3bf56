"""Finding tickets. Loading and saving one is `balcao.shared.records`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from balcao.shared.aggregate import Change
from balcao.shared.commit import Committer, Work
from balcao.shared.mongo import Database, Document
from balcao.shared.records import Records, Rule
from balcao.shared.timeline import Cause
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import TICKETS

_ROW = (
    "number title status progress stage stage_assignees priority kind requester analyst tasks workspace_id "
    "promised_for highlighted opened_at updated_at version rank company_id"
).split()
_MOST_ROWS = 100
_MOST_SCANNED = 1_000


@dataclass(frozen=True)
class Filter:
    """Which tickets a list shows. None means any."""

    statuses: frozenset[str] | None = None
    stages: frozenset[str] | None = None
    analyst_id: str | None = None
    executor_id: str | None = None
    """Current executor: who is the assignee of the present stage (H9)."""
    requester_id: str | None = None

    @property
    def active_only(self) -> bool:
        """Whether only tickets that still need somebody can match."""
        return self.statuses is not None and self.statuses <= {"draft", "open", "waiting"}

    def conditions(self) -> Document:
        """The part of the query that no index prefix serves."""
        found: Document = {}
        if self.statuses is not None:
            found["status"] = {"$in": sorted(self.statuses)}
        if self.stages is not None:
            found["stage"] = {"$in": sorted(self.stages)}
        if self.analyst_id is not None:
            found["analyst.person_id"] = self.analyst_id
        return found

    def lets_through(self, row: Document) -> bool:
        """What can't be asked of the database: the executor depends on the stage."""
        if self.executor_id is None:
            return True
        assignee = row.get("stage_assignees", {}).get(row["stage"]) or row.get("analyst") or {}
        return bool(assignee.get("person_id") == self.executor_id)


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

    async def page(
        self, company_id: str, wanted: Filter, *, after: int | None, limit: int
    ) -> tuple[list[Document], int | None]:
        """One page of rows and the key of the next page, none at the end.

        Tickets that need somebody come by priority, then newest first (O9); lists that include finished ones, and a
        requester's own, newest first.
        """
        limit = max(1, min(limit, _MOST_ROWS))
        key = "rank" if wanted.active_only and wanted.requester_id is None else "number"
        rows: list[Document] = []
        scanned = 0
        while len(rows) <= limit and scanned < _MOST_SCANNED:
            batch = await self._rows(company_id, wanted, key, after, limit + 1)
            scanned += len(batch)
            rows.extend(row for row in batch if wanted.lets_through(row))
            if len(batch) <= limit:
                return _cut(rows, limit, key)
            after = batch[-1][key]
        page, following = _cut(rows, limit, key)
        return page, following if following is not None else after

    async def _rows(self, company_id: str, wanted: Filter, key: str, after: int | None, limit: int) -> list[Document]:
        query: Document = {"company_id": company_id}
        if wanted.requester_id is not None:
            query["requester.person_id"] = wanted.requester_id
        elif key == "rank":
            query["active"] = True
        if after is not None:
            query[key] = {"$lt": after}
        query.update(wanted.conditions())
        cursor = self.collection.find(query, dict.fromkeys(_ROW, 1)).sort(key, -1).limit(limit)
        return await cursor.to_list(limit)


def _cut(rows: list[Document], limit: int, key: str) -> tuple[list[Document], int | None]:
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], rows[limit - 1][key]
