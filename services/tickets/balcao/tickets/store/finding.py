"""The finding index as it is stored: for each value of a field and each word the set of tickets that have it.

Sets are kept per block of ticket numbers: one document holds a field of a block with all its values, or those words of
a block that begin alike (`shard`). They are read by `_id` and nothing else, so reading them costs the same on every
server, and does not grow with the number of tickets a filter matches.
"""

import asyncio
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bson

from balcao.shared.mongo import Database, Document
from balcao.tickets.domain.numbersets import block_of
from balcao.tickets.domain.terms import beginning
from balcao.tickets.store import FINDING, MARKS, TICKETS
from balcao.tickets.store.progress import State, read_state, state_key

SHARDS = 128
MOST_PENDING = 1_000
"""Tickets that the index does not know yet and that a list looks at one by one."""
_AT_ONCE = 256
_GAP_IS_YOUNG_S = 30.0
"""How long lists look for a ticket whose number was passed; later only the indexer does."""

ROW = (
    "number title status progress stage stage_assignees priority kind requester watchers analyst tasks workspace_id "
    "project_id tags promised_for due wait highlight draft opened_at updated_at told_at "
    "approvals version entries rank company_id"
).split()
"""What lists show and filters ask for."""
WITH_TEXT = [*ROW, "requested", "action_plan", "moved_messages"]

Sets = Mapping[str, bytes]


@dataclass(frozen=True)
class Pending:
    """Tickets that the index does not know as they are now."""

    rows: dict[int, Document]
    state: State
    more: bool
    """Whether there are more than these: then lists by the index are behind until it has caught up."""


def facet_key(company_id: str, name: str, block: int) -> str:
    """The id of a field's document."""
    return f"{company_id}|f|{name}|{block:06d}"


def shard_key(company_id: str, shard: int, block: int) -> str:
    """The id of a shard's document."""
    return f"{company_id}|w|{shard:02x}|{block:06d}"


def shard_of(begins: str) -> int:
    """The shard of all words that begin so."""
    return zlib.crc32(beginning(begins).encode()) % SHARDS


def encode(sets: Sets) -> bytes:
    """Sets by value or word, as one document keeps them."""
    return bson.encode(dict(sets))


def decode(raw: bytes) -> dict[str, bytes]:
    """What `encode` made."""
    return bson.decode(raw)


class Finding:
    """Reads the index of one service's database."""

    def __init__(self, database: Database) -> None:
        self._finding = database[FINDING]
        self._marks = database[MARKS]
        self._tickets = database[TICKETS]

    async def pending(self, company_id: str, *, with_text: bool = False) -> Pending:
        """What the index does not know yet. To be asked before any set is read: what is indexed in between is then
        found at least once."""
        state, marked = await asyncio.gather(self.state(company_id), self._marked())
        fields = dict.fromkeys(WITH_TEXT if with_text else ROW, 1)
        unknown = self._new(company_id, state, fields)
        changed = self._find({"_id": {"$in": marked}}, fields, MOST_PENDING) if marked else _nothing()
        rows = {row["number"]: row for one in await asyncio.gather(unknown, changed) for row in one}
        more = len(rows) >= MOST_PENDING or len(marked) >= MOST_PENDING
        return Pending({n: row for n, row in rows.items() if row["company_id"] == company_id}, state, more)

    async def state(self, company_id: str) -> State:
        """How far the company's tickets are in the index."""
        document = await self._finding.find_one({"_id": state_key(company_id)})
        return read_state(document)

    async def facets(self, company_id: str, names: Iterable[str], blocks: range) -> dict[tuple[str, int], Sets]:
        """Some fields of some blocks: value → set. What nobody has is not there."""
        keys = {facet_key(company_id, name, block): (name, block) for name in names for block in blocks}
        return await self._sets(keys)

    async def words(self, company_id: str, shards: Iterable[int], blocks: range) -> dict[tuple[int, int], Sets]:
        """Some shards of some blocks: kind of text and word → set."""
        keys = {shard_key(company_id, shard, block): (shard, block) for shard in shards for block in blocks}
        return await self._sets(keys)

    async def rows(self, company_id: str, numbers: Sequence[int], *, with_text: bool = False) -> dict[int, Document]:
        """Tickets as they are now, by number."""
        fields = dict.fromkeys(WITH_TEXT if with_text else ROW, 1)
        found: dict[int, Document] = {}
        for at in range(0, len(numbers), _AT_ONCE):
            some = list(numbers[at : at + _AT_ONCE])
            query = {"company_id": company_id, "number": {"$in": some}}
            found.update({row["number"]: row for row in await self._find(query, fields, len(some))})
        return found

    async def _new(self, company_id: str, state: State, fields: Document) -> list[Document]:
        """The tickets past what the index has seen, and those that turned up late."""
        # With an upper end: the embedded server's cost grows with what matches, not with the limit.
        span = {"$gt": state.up_to, "$lt": state.up_to + 2 * MOST_PENDING}
        found = await self._find({"company_id": company_id, "number": span}, fields, MOST_PENDING)
        young = [int(number) for number, (since, _) in state.gaps.items() if time.time() - since < _GAP_IS_YOUNG_S]
        if young:
            late: Document = {"company_id": company_id, "number": {"$in": young[-MOST_PENDING:]}}
            found += await self._find(late, fields, MOST_PENDING)
        return found

    async def _marked(self) -> list[str]:
        marks = await self._marks.find({}, {"ticket_id": 1}).limit(MOST_PENDING).to_list(MOST_PENDING)
        return list({mark["ticket_id"] for mark in marks})

    async def _sets(self, keys: Mapping[str, Any]) -> dict[Any, Sets]:
        ids = list(keys)
        batches = [ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)]
        found = await asyncio.gather(
            *(self._finding.find({"_id": {"$in": some}}).to_list(len(some)) for some in batches)
        )
        return {keys[one["_id"]]: decode(one["sets"]) for batch in found for one in batch}

    async def _find(self, query: Document, fields: Document, most: int) -> list[Document]:
        return await self._tickets.find(query, fields).limit(most).to_list(most)


def blocks_of(state: State) -> range:
    """The blocks that the index has."""
    return range(block_of(state.up_to) + 1)


async def _nothing() -> list[Document]:
    return []
