"""Keeps the finding index: follows what was committed in batches, and rebuilds it block by block when far behind.

Whatever ends it in the middle, nothing is lost: sets are written before the note of what they lacked is taken away, and
writing them again changes nothing. A lease lets one replica work; should two do so for a moment, versions of the
documents they write hold them apart.
"""

import asyncio
import time
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress

import structlog
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, PyMongoError

from balcao.shared.ids import new_id
from balcao.shared.mongo import Database, Document
from balcao.shared.numbers import COUNTERS
from balcao.shared.timeline import TIMELINE
from balcao.tickets.domain.filters import FIELDS, facet
from balcao.tickets.domain.numbersets import BLOCK, bits_of, block_of, pack, unpack
from balcao.tickets.domain.searched import Kind, texts_of, words
from balcao.tickets.store import FINDING, MARKS, TICKETS
from balcao.tickets.store.finding import (
    SHARDS,
    WITH_TEXT,
    Sets,
    decode,
    encode,
    facet_key,
    shard_key,
    shard_of,
)
from balcao.tickets.store.progress import (
    MOST_AT_ONCE,
    MOST_GAPS,
    State,
    after_rebuild,
    gaps_due,
    passed,
    read_state,
    state_key,
)

BATCH = 400
"""Tickets read at once, and as many as make it worth while to begin."""
BUSY = 5
"""Tickets a second that mean a rush."""
MOST_PATIENCE = 800
"""In a rush it waits until as many have gathered: those who write go first."""
LOOK_EVERY_S = 1.0
GATHER_S = 8.0
"""How long changes gather before they go into the index; until then lists and searches look at them one by one."""
REST = 20
"""Seconds of rest for each second of work, while there is more: those who write go first."""
FAR_BEHIND = 5_000
_REST_OF_REBUILD = 3.0
LEASE_S = 30.0
_MOST_ENTRIES = 500
_AT_ONCE = 16
_MOST_RACES = 5
_LEASE = "lease"
_FIELDS = dict.fromkeys(WITH_TEXT, 1)

_log = structlog.get_logger()


class Raced(Exception):
    """Another replica wrote the same sets: look again."""


class Indexer:
    """One per process; all replicas' take turns."""

    def __init__(self, database: Database) -> None:
        self._tickets = database[TICKETS]
        self._timeline = database[TIMELINE]
        self._finding = database[FINDING]
        self._marks = database[MARKS]
        self._counters = database[COUNTERS]
        self._token = new_id()
        self._running: asyncio.Task[None] | None = None
        self._oldest: float | None = None
        self._seen = 0

    async def start(self) -> None:
        """Follow what is committed from now on, in the background."""
        self._running = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop, and let others begin; what was under way is done again by whoever comes next."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        with suppress(PyMongoError):  # the lease ends by itself too
            await self._finding.delete_one({"_id": _LEASE, "token": self._token})

    async def catch_up(self) -> int:
        """Take in everything that is not in the index yet; returns how many tickets and numbers that were."""
        taken = 0
        while batch := await self._batch():
            taken += batch
        return taken

    async def rebuild(self, company_id: str, *, rest: float = 0.0, restart: bool = True) -> int:
        """Make a company's index anew, block by block; goes on where an earlier rebuild was ended unless `restart`.

        `rest` are seconds of rest for each second of work. Lists and searches go on meanwhile. Returns the number of
        tickets.
        """
        state = await self._state(company_id)
        begin = 0 if restart or state.rebuilt is None else state.rebuilt + 1
        return await self._rebuild_from(company_id, begin, rest)

    async def _rebuild_from(self, company_id: str, begin: int, rest: float) -> int:
        tickets = 0
        last = await self._last(company_id)
        for block in range(begin, block_of(max(last, 1)) + 1):
            begun = time.monotonic()
            count, up_to, missing = await self._rebuilt_block(company_id, block, last)
            tickets += count
            await self._save_state(company_id, after_rebuild(await self._state(company_id), block, up_to, missing))
            _log.info("finding.block_rebuilt", company_id=company_id, block=block, tickets=count)
            await asyncio.sleep(rest * (time.monotonic() - begun))
        state = await self._state(company_id)
        await self._save_state(company_id, State(state.up_to, state.gaps, None))
        return tickets

    async def companies(self) -> dict[str, int]:
        """The companies that have tickets, with their highest number."""
        found: dict[str, int] = {}
        async for counter in self._counters.find({}):
            company_id, _, series = counter["_id"].rpartition(":")
            if series == "ticket":
                found[company_id] = counter["last"]
        return found

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            begun = time.monotonic()
            try:
                worked = await self._is_time() and await self._lease() and await self._batch()
            except Raced:
                continue
            except Exception as error:  # whatever it was: the next look finds the same work
                _log.warning("finding.look_failed", error=type(error).__name__)
                continue
            if worked:
                self._oldest, self._seen = None, 0
                await asyncio.sleep(REST * (time.monotonic() - begun))

    async def _is_time(self) -> bool:
        """Whether there is a batch, or something has waited long enough for more to come."""
        waiting = await self._waiting()
        if not waiting:
            self._oldest = None
            return False
        self._oldest = self._oldest or time.monotonic()
        more, self._seen = waiting - self._seen, waiting
        if more > BUSY * LOOK_EVERY_S:
            return waiting >= MOST_PATIENCE
        return waiting >= BATCH or time.monotonic() - self._oldest >= GATHER_S

    async def _waiting(self) -> int:
        marks = await self._marks.find({}, {"_id": 1}).limit(MOST_PATIENCE).to_list(MOST_PATIENCE)
        companies = await self.companies()
        states = await self._states(companies)
        new = sum(max(0, last - states.get(one, State()).up_to) for one, last in companies.items())
        return len(marks) + new + sum(len(gaps_due(state)) for state in states.values())

    async def _states(self, companies: Iterable[str]) -> dict[str, State]:
        keys = {state_key(company_id): company_id for company_id in companies}
        found = await self._finding.find({"_id": {"$in": list(keys)}}).to_list(len(keys))
        return {keys[one["_id"]]: read_state(one) for one in found}

    async def _batch(self) -> int:
        """Take in a batch of what changed and of what is new; returns how much there was, 0 when nothing is left."""
        marks = await self._marks.find({}).limit(MOST_AT_ONCE).to_list(MOST_AT_ONCE)
        taken = 0
        by_company: dict[str, dict[int, Document]] = defaultdict(dict)
        if marks:
            ids = list({mark["ticket_id"] for mark in marks})
            async for row in self._tickets.find({"_id": {"$in": ids}}, _FIELDS):
                by_company[row["company_id"]][row["number"]] = row
        companies = await self.companies()
        states = await self._states(companies)
        after: dict[str, State] = {}
        for company_id, last in companies.items():
            state = states.get(company_id, State())
            if last - state.up_to > FAR_BEHIND:
                begin = block_of(state.up_to) if state.rebuilt is None else state.rebuilt + 1
                taken += await self._rebuild_from(company_id, begin, rest=_REST_OF_REBUILD)
                continue
            new = await self._new(company_id, state, last)
            by_company[company_id].update(new)
            now = passed(state, new, last)
            if now != state:
                after[company_id] = now
        for company_id, rows in by_company.items():
            await self._take_in(company_id, rows)
            taken += len(rows)
        for company_id, state in after.items():
            await self._save_state(company_id, state)
            taken += state.up_to - states.get(company_id, State()).up_to
        if marks:
            await self._marks.delete_many({"_id": {"$in": [mark["_id"] for mark in marks]}})
        return taken

    async def _new(self, company_id: str, state: State, last: int) -> dict[int, Document]:
        found: list[Document] = []
        if last > state.up_to:
            span = {"$gt": state.up_to, "$lt": state.up_to + MOST_AT_ONCE + 1}
            query = {"company_id": company_id, "number": span}
            found += await self._tickets.find(query, _FIELDS).to_list(MOST_AT_ONCE)
        if due := gaps_due(state):
            late = {"company_id": company_id, "number": {"$in": due}}
            found += await self._tickets.find(late, _FIELDS).to_list(MOST_GAPS)
        return {row["number"]: row for row in found}

    async def _take_in(self, company_id: str, rows: Mapping[int, Document]) -> None:
        """Put tickets into the sets they belong in now, and take them out of the fields' others."""
        by_block: dict[int, list[Document]] = defaultdict(list)
        for number, row in rows.items():
            by_block[block_of(number)].append(row)
        for block, some in by_block.items():
            await self._take_in_facets(company_id, block, some)
            await self._take_in_words(company_id, block, some)

    async def _take_in_facets(self, company_id: str, block: int, rows: list[Document]) -> None:
        everyone = bits_of(row["number"] for row in rows)
        stored = await self._stored([facet_key(company_id, field, block) for field in FIELDS])
        writes = []
        for field in FIELDS:
            members: dict[str, list[int]] = defaultdict(list)
            for row in rows:
                for value in facet(row, field):
                    members[value].append(row["number"])
            key = facet_key(company_id, field, block)
            version, before = stored.get(key, (0, {}))
            after = dict(before)
            for value in before.keys() | members.keys():
                had = unpack(before[value]) if value in before else 0
                bits = (had & ~everyone) | bits_of(members.get(value, ()))
                if bits:
                    after[value] = pack(bits)
                else:
                    after.pop(value, None)
            if after != before:
                writes.append(_write(key, version, after))
        await self._write(writes)

    async def _take_in_words(self, company_id: str, block: int, rows: list[Document]) -> None:
        members: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        async for number, kind, word in self._words(rows):
            members[shard_of(word)][kind + word].append(number)
        stored = await self._stored([shard_key(company_id, shard, block) for shard in members])
        writes = []
        for shard, some in members.items():
            key = shard_key(company_id, shard, block)
            version, before = stored.get(key, (0, {}))
            after = dict(before)
            for word, numbers in some.items():
                had = unpack(before[word]) if word in before else 0
                after[word] = pack(had | bits_of(numbers))
            if after != before:
                writes.append(_write(key, version, after))
        await self._write(writes)

    async def _words(self, rows: list[Document]) -> AsyncIterator[tuple[int, Kind, str]]:
        """Each ticket's different words, by kind of text."""
        for at in range(0, len(rows), _AT_ONCE):
            some = rows[at : at + _AT_ONCE]
            for row, entries in zip(some, await asyncio.gather(*map(self._entries, some)), strict=True):
                for kind, found in words(texts_of(row, entries)).items():
                    for word in found:
                        yield row["number"], kind, word
            await asyncio.sleep(0)  # this is work for the processor: let those who wait have their turn

    async def _entries(self, row: Document) -> list[Document]:
        if row.get("entries", 0) <= 1:
            return []  # just opened: its words are on the ticket itself
        return await entries_of(self._timeline, row["_id"])

    async def _rebuilt_block(self, company_id: str, block: int, last: int) -> tuple[int, int, list[int]]:
        """Rebuild a block, again when another replica had not yet heard that it is our turn."""
        for _ in range(_MOST_RACES):
            await self._lease(wait=True)
            with suppress(Raced):
                return await self._rebuild_block(company_id, block, last)
        raise Raced("the sets of a block change all the time; is another rebuild running?")

    async def _rebuild_block(self, company_id: str, block: int, last: int) -> tuple[int, int, list[int]]:
        """Make a block's sets from its tickets alone; returns how many, its highest number, and those missing."""
        facets: dict[str, dict[str, array[int]]] = {field: defaultdict(lambda: array("I")) for field in FIELDS}
        shards: dict[int, dict[str, array[int]]] = defaultdict(lambda: defaultdict(lambda: array("I")))
        keys = [facet_key(company_id, field, block) for field in FIELDS]
        keys += [shard_key(company_id, shard, block) for shard in range(SHARDS)]
        versions = {key: version for key, (version, _) in (await self._stored(keys)).items()}
        first, end = block * BLOCK, min((block + 1) * BLOCK, last + 1)
        seen: set[int] = set()
        for at in range(first, end, BATCH):
            if not await self._lease():
                raise Raced("another replica took over")
            span = {"$gt": at - 1, "$lt": min(at + BATCH, end)}
            rows = await self._tickets.find({"company_id": company_id, "number": span}, _FIELDS).to_list(BATCH)
            for row in rows:
                seen.add(row["number"])
                for field in FIELDS:
                    for value in facet(row, field):
                        facets[field][value].append(row["number"])
            async for number, kind, word in self._words(rows):
                shards[shard_of(word)][kind + word].append(number)
        wanted = {facet_key(company_id, field, block): sets for field, sets in facets.items()}
        wanted |= {shard_key(company_id, shard, block): sets for shard, sets in shards.items()}
        writes = []
        for key in wanted.keys() | versions.keys():
            packed = {value: pack(bits_of(numbers)) for value, numbers in wanted.get(key, {}).items()}
            writes.append(_write(key, versions.get(key, 0), packed))
        for at in range(0, len(writes), 32):
            await self._write(writes[at : at + 32])
        recent = [number for number in range(max(first, end - MOST_GAPS, 1), end) if number not in seen]
        return len(seen), end - 1, recent

    async def _stored(self, keys: list[str]) -> dict[str, tuple[int, Sets]]:
        found = await self._finding.find({"_id": {"$in": keys}}).to_list(len(keys))
        return {one["_id"]: (one["v"], decode(one["sets"])) for one in found}

    async def _write(self, writes: list["InsertOne[Document] | ReplaceOne[Document]"]) -> None:
        """Write sets whose versions are still the ones read. Raises `Raced`."""
        if not writes:
            return
        try:
            result = await self._finding.bulk_write(writes, ordered=False)
        except BulkWriteError:
            raise Raced("a set was made elsewhere") from None  # its text has the words of tickets: no log may see it
        if result.inserted_count + result.matched_count != len(writes):
            raise Raced("a set was changed elsewhere")

    async def _save_state(self, company_id: str, state: State) -> None:
        document = {"up_to": state.up_to, "gaps": state.gaps, "rebuilt": state.rebuilt}
        await self._finding.replace_one({"_id": state_key(company_id)}, document, upsert=True)

    async def _state(self, company_id: str) -> State:
        return read_state(await self._finding.find_one({"_id": state_key(company_id)}))

    async def _last(self, company_id: str) -> int:
        counter = await self._counters.find_one({"_id": f"{company_id}:ticket"})
        return counter["last"] if counter is not None else 0

    async def _lease(self, *, wait: bool = False) -> bool:
        """Be the one that indexes, for the next half minute; `wait` until another's lease has run out."""
        while True:
            lease = await self._finding.find_one({"_id": _LEASE})
            mine = {"token": self._token, "until": time.time() + LEASE_S}
            if lease is None:
                with suppress(BulkWriteError):
                    await self._finding.bulk_write([InsertOne({"_id": _LEASE, **mine})])
                    return True
            elif lease["token"] == self._token or lease["until"] < time.time():
                taken = await self._finding.update_one({"_id": _LEASE, "token": lease["token"]}, {"$set": mine})
                if taken.matched_count == 1:
                    return True
            if not wait:
                return False
            await asyncio.sleep(0.5)


async def entries_of(timeline: AsyncIOMotorCollection[Document], ticket_id: str) -> list[Document]:
    """The latest entries of a ticket, with what a search needs of them."""
    fields = {"n": 1, "type": 1, "public": 1, "at": 1, "data.text": 1, "data.subject": 1, "data.quote_at": 1}
    return await timeline.find({"of": ticket_id}, fields).sort("n", -1).limit(_MOST_ENTRIES).to_list(_MOST_ENTRIES)


def _write(key: str, version: int, sets: Sets) -> "InsertOne[Document] | ReplaceOne[Document]":
    document = {"_id": key, "v": version + 1, "sets": encode(sets)}
    return ReplaceOne({"_id": key, "v": version}, document) if version else InsertOne(document)
