"""Atomic writes: one transaction for what a change writes and says; what arrives together is committed together."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError

from balcao.shared import telemetry
from balcao.shared.events import AnyEnvelope
from balcao.shared.mongo import Document, Mongo
from balcao.shared.outbox import OUTBOX, Pending, Relay
from balcao.shared.timeline import TIMELINE, Told

MOST_TOGETHER = 16
GATHER_S = 0.005
CROWD_LASTS_S = 0.05
HELD_UP_FOR_S = 25.0
"""How long a piece of work waits for another transaction before its caller hears of it."""
AWAY_FOR_S = 3.0
"""How long a commit is tried again when the server goes in the middle of it."""
_DUPLICATE_KEY = 11000


class AlreadyDone(Exception):
    """The same cause has acted before: there is nothing left to do."""


class _Held(Exception):
    """Another transaction that is still open has changed the same: later it will be free, or there for all to see."""

    def __init__(self, reason: PyMongoError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Conflict(Exception):
    """Something changed meanwhile (a version, a unique value): load and decide again."""

    def __init__(self, collection: str) -> None:
        super().__init__(f"conflict in {collection}")
        self.collection = collection


@dataclass(frozen=True)
class Update:
    """New values for the document with this id, if it still has this version; none: if it never had one."""

    collection: str
    id: str
    version: int | None
    set: Document
    unset: tuple[str, ...] = ()

    def operation(self) -> UpdateOne:
        """As the driver wants it."""
        change: Document = {"$set": self.set}
        if self.unset:
            change["$unset"] = dict.fromkeys(self.unset, "")
        return UpdateOne({"_id": self.id, "version": self.version}, change)


@dataclass
class Work:
    """All that one change writes and says: everything or nothing of it."""

    inserts: dict[str, list[Document]] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    events: list[AnyEnvelope] = field(default_factory=list)

    def insert(self, collection: str, *documents: Document) -> None:
        """Add documents to insert."""
        self.inserts.setdefault(collection, []).extend(documents)

    def touches(self) -> set[tuple[str, str]]:
        """The documents it writes, each by collection and id."""
        inserted = {(name, str(one["_id"])) for name, some in self.inserts.items() for one in some if "_id" in one}
        return inserted | {(update.collection, update.id) for update in self.updates}

    def tell(self, told: Told) -> None:
        """Add timeline entries and their events."""
        self.insert(TIMELINE, *told.entries)
        self.events.extend(told.events)


def difference(collection: str, before: Document, after: Document) -> Update:
    """The update from one version of a document to the next: only the top-level fields that changed.

    Both carry `_id` and `version`; fields that `after` lacks are removed.
    """
    changed = {key: value for key, value in after.items() if key not in before or before[key] != value}
    gone = tuple(key for key in before if key not in after)
    return Update(collection, before["_id"], before["version"], changed, gone)


Waiting = tuple[Work, asyncio.Future[None]]
"""A piece of work, and where its caller waits for the outcome."""


@dataclass(frozen=True)
class _Loser:
    """Work that writes what earlier work of the same batch writes; `error` is what it hears once that is saved."""

    work: Work
    done: asyncio.Future[None]
    error: AlreadyDone | Conflict


def _apart(waiting: Sequence[Waiting]) -> tuple[list[Waiting], list[_Loser]]:
    """What can share one transaction, and what could only make it fail: the same cause or the same document again."""
    together: list[Waiting] = []
    losers: list[_Loser] = []
    taken: set[tuple[str, str]] = set()
    for work, done in waiting:
        touched = work.touches()
        if again := touched & taken:
            repeat = any(collection == TIMELINE for collection, _ in again)
            losers.append(_Loser(work, done, AlreadyDone() if repeat else Conflict(min(again)[0])))
        else:
            taken |= touched
            together.append((work, done))
    return together, losers


class Committer:
    """Writes pieces of work durably. While one transaction is under way the next pieces gather and share one (group
    commit); under load a few milliseconds are waited for more. Idle it costs nothing: what comes alone goes at once.
    Each caller waits for its own durable commit."""

    def __init__(self, mongo: Mongo, relay: Relay) -> None:
        self._client = mongo.client
        self._db = mongo.db
        self._relay = relay
        self._waiting: list[Waiting] = []
        self._flusher: asyncio.Task[None] | None = None
        self._held: set[asyncio.Task[None]] = set()
        self._last_crowd = -CROWD_LASTS_S

    async def save(self, work: Work) -> None:
        """Return once the work is durable; its events are published right after.

        Raises `AlreadyDone` when its cause has acted before, `Conflict` when a version or unique value is taken, and
        the driver's errors when the database is away (nothing was written, or the repeat will find `AlreadyDone`).
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            if self._is_busy():
                await asyncio.sleep(GATHER_S)
            batch, losers = _apart(self._waiting[:MOST_TOGETHER])
            self._waiting = self._waiting[MOST_TOGETHER:]
            if len(batch) > 1:
                self._last_crowd = asyncio.get_running_loop().time()
            if await self._together(batch):
                for loser in losers:
                    _answer(loser.done, loser.error)
            else:
                self._waiting[:0] = [(loser.work, loser.done) for loser in losers]

    def _is_busy(self) -> bool:
        """Whether work came together a moment ago and so will again: then a short wait fills the next transaction."""
        return (
            len(self._waiting) < MOST_TOGETHER and asyncio.get_running_loop().time() - self._last_crowd < CROWD_LASTS_S
        )

    async def _together(self, batch: Sequence[Waiting]) -> bool:
        """Commit a batch in one transaction; when something is in the way of one piece, each half by itself.

        Returns whether all of it was committed.
        """
        if len(batch) == 1:
            return await self._alone(*batch[0])
        try:
            await self._write([work for work, _ in batch])
        except (AlreadyDone, Conflict, _Held):
            middle = len(batch) // 2
            halves = [await self._together(half) for half in (batch[:middle], batch[middle:])]
            return all(halves)
        except Exception as error:
            for _, done in batch:
                _answer(done, error)
            return False
        for _, done in batch:
            _answer(done)
        return True

    async def _alone(self, work: Work, done: asyncio.Future[None]) -> bool:
        try:
            await self._write([work])
        except _Held:
            waiting = asyncio.create_task(self._once_free(work, done))
            self._held.add(waiting)
            waiting.add_done_callback(self._held.discard)
            return False
        except Exception as error:
            _answer(done, error)
            return False
        _answer(done)
        return True

    async def _once_free(self, work: Work, done: asyncio.Future[None]) -> None:
        """Try again and again beside everything else: the transaction in the way may be that of a process that was
        killed, and stays open until the server ends it after a minute. Nothing but this one piece waits for it."""
        until = asyncio.get_running_loop().time() + HELD_UP_FOR_S
        pause_s = 0.02
        while not done.done():
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 0.5)
            try:
                await self._write([work])
            except _Held as held:
                if asyncio.get_running_loop().time() < until:
                    continue
                _answer(done, held.reason)
            except Exception as error:
                _answer(done, error)
            else:
                _answer(done)

    async def _write(self, works: Sequence[Work]) -> None:
        inserts: dict[str, list[Document]] = defaultdict(list)
        updates: dict[str, list[Update]] = defaultdict(list)
        events: list[AnyEnvelope] = []
        for work in works:
            for collection, documents in work.inserts.items():
                inserts[collection].extend(documents)
            for update in work.updates:
                updates[update.collection].append(update)
            events.extend(work.events)
        pending = Pending.of(events) if events else None
        telemetry.COMMIT_SIZE.observe(len(works))

        async def body(session: AsyncIOMotorClientSession) -> None:
            # Versions first, so that a lost race reads as one. Then the timeline: when the cause has acted before, that
            # is what the caller wants to hear, rather than of whatever else it inserts twice.
            for collection, some in updates.items():
                result = await self._db[collection].bulk_write([u.operation() for u in some], session=session)
                if result.matched_count != len(some):
                    raise Conflict(collection)
            for collection in sorted(inserts, key=lambda name: name != TIMELINE):
                await self._insert(collection, inserts[collection], session)
            if pending is not None:
                await self._db[OUTBOX].insert_one(pending.document(), session=session)

        await self._transact(body)
        if pending is not None:
            self._relay.publish_soon(pending)

    async def _transact(self, body: Callable[[AsyncIOMotorClientSession], Awaitable[None]]) -> None:
        """One transaction, tried again for a moment when the server goes. Raises `_Held` at once when another
        transaction is in the way: the driver's own way would wait for it up to two minutes, and all others with it."""
        until = asyncio.get_running_loop().time() + AWAY_FOR_S
        async with await self._client.start_session() as session:
            while True:
                try:
                    async with session.start_transaction(max_commit_time_ms=10_000):
                        await body(session)
                        await _commit(session, until)
                    return
                except PyMongoError as error:
                    if not error.has_error_label("TransientTransactionError"):
                        raise
                    if not isinstance(error, ConnectionFailure):
                        raise _Held(error) from error
                    if asyncio.get_running_loop().time() > until:
                        raise

    async def _insert(self, collection: str, documents: list[Document], session: AsyncIOMotorClientSession) -> None:
        try:
            await self._db[collection].insert_many(documents, session=session)
        except (BulkWriteError, DuplicateKeyError) as error:
            if not _is_duplicate(error):
                raise
            raise (AlreadyDone if collection == TIMELINE else Conflict(collection)) from error


async def _commit(session: AsyncIOMotorClientSession, until: float) -> None:
    """Commit; asked again, which changes nothing, while nobody can say whether it was done."""
    while True:
        try:
            await session.commit_transaction()
            return
        except PyMongoError as error:
            unknown = error.has_error_label("UnknownTransactionCommitResult")
            if not unknown or asyncio.get_running_loop().time() > until:
                raise


def _is_duplicate(error: BulkWriteError | DuplicateKeyError) -> bool:
    if isinstance(error, DuplicateKeyError):
        return True
    details: Any = error.details
    return any(problem.get("code") == _DUPLICATE_KEY for problem in details.get("writeErrors", ()))


def _answer(done: asyncio.Future[None], error: Exception | None = None) -> None:
    if done.done():
        return  # whoever asked has gone; the work stands
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
