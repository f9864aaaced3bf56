"""Lists of tickets, page by page, at a cost that does not grow with the collection.

A query names an index prefix and a range of its last field, nothing else: any further condition would make the
embedded server read the whole collection. The range is walked in spans, so that a query never matches much more than
a page; what no prefix says is checked row by row, up to a bound.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from balcao.shared.mongo import Database, Document
from balcao.shared.numbers import Numbers
from balcao.tickets.domain.ticket import ACTIVE, rank_of
from balcao.tickets.store import TICKETS

_ROW = (
    "number title status progress stage stage_assignees priority kind requester analyst tasks workspace_id "
    "promised_for highlight opened_at updated_at version rank company_id"
).split()
_MOST_ROWS = 100
_MOST_CHECKED = 2_000
_STEP = 250
_FIRST_SPAN = 100
_BANDS = (76, 51, 26, 1)
"""Lowest priority of each band that has a name (O9): few tickets are in them, so each is one span."""


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
    def by_rank(self) -> bool:
        """Whether the list is the team's work, in the order of its urgency, rather than an archive, newest first."""
        return self.requester_id is None and self.statuses is not None and self.statuses <= ACTIVE

    def prefix(self, company_id: str) -> Document:
        """The part of the query that an index begins with."""
        if self.requester_id is not None:
            return {"requester.person_id": self.requester_id}
        if self.by_rank and self.analyst_id is not None:
            return {"analyst.person_id": self.analyst_id, "active": True}
        return {"company_id": company_id, "active": True} if self.by_rank else {"company_id": company_id}

    @property
    def is_said_by_prefix(self) -> bool:
        """Whether every row under the prefix belongs in the list, so that no more than a page need be read."""
        by_status = self.statuses == ACTIVE if self.by_rank else self.statuses is None
        by_analyst = self.analyst_id is None or self.by_rank
        return by_status and by_analyst and self.stages is None and self.executor_id is None

    def lets_through(self, row: Document, company_id: str) -> bool:
        """Whether a row belongs in the list; all conditions again, the company first of all."""
        assignee = row["stage_assignees"].get(row["stage"]) or row["analyst"] or {}
        return (
            row["company_id"] == company_id
            and (self.statuses is None or row["status"] in self.statuses)
            and (self.stages is None or row["stage"] in self.stages)
            and (self.analyst_id is None or (row["analyst"] or {}).get("person_id") == self.analyst_id)
            and (self.executor_id is None or assignee.get("person_id") == self.executor_id)
            and (self.requester_id is None or row["requester"].get("person_id") == self.requester_id)
        )


class TicketLists:
    """The lists of one service's tickets."""

    def __init__(self, database: Database, numbers: Numbers) -> None:
        self._tickets = database[TICKETS]
        self._numbers = numbers

    async def page(
        self, company_id: str, wanted: Filter, *, after: int | None, limit: int
    ) -> tuple[list[Document], int | None]:
        """One page of rows and the key of the next page, none at the end.

        Tickets that need somebody come by priority, then newest first (O9); archives and a requester's own, newest
        first. A page may be short, with a next one, when few of the rows looked at belong in it.
        """
        limit = max(1, min(limit, _MOST_ROWS))
        key = "rank" if wanted.by_rank else "number"
        rows: list[Document] = []
        checked = 0
        step = limit + 1 if wanted.is_said_by_prefix else _STEP
        async for batch, end in self._batches(company_id, wanted, key, after, step):
            rows.extend(row for row in batch if wanted.lets_through(row, company_id))
            checked += len(batch)
            if len(rows) > limit:
                return rows[:limit], rows[limit - 1][key]
            if checked >= _MOST_CHECKED:
                return rows, end
        return rows, None

    async def _batches(
        self, company_id: str, wanted: Filter, key: str, after: int | None, step: int
    ) -> AsyncIterator[tuple[list[Document], int]]:
        """Rows in order, and the key below which the next batch goes on."""
        prefix = wanted.prefix(company_id)
        async for low, high in self._spans(company_id, wanted, after):
            below = high
            while True:
                query = {**prefix, key: {"$gt": low, "$lt": below}}
                batch = await self._tickets.find(query, dict.fromkeys(_ROW, 1)).sort(key, -1).limit(step).to_list(step)
                below = batch[-1][key] if len(batch) == step else low + 1
                yield batch, below
                if below == low + 1:
                    break

    async def _spans(self, company_id: str, wanted: Filter, after: int | None) -> AsyncIterator[tuple[int, int]]:
        """Ranges (both ends excluded) that together cover what comes after a key, from the top down."""
        high = after if after is not None else rank_of(101, 0)
        if wanted.by_rank:
            for priority in _BANDS:
                low = rank_of(priority, 0)
                if low < high:
                    yield low, high
                    high = low + 1
        # What is left has its number as key; no ticket has a higher one than was given out last.
        if high > rank_of(1, 0):
            high = await self._numbers.last(company_id, "ticket") + 1
        width = _FIRST_SPAN if wanted.requester_id is None else high
        while high > 1:
            low = max(0, high - 1 - width)
            yield low, high
            high = low + 1
            width *= 4
