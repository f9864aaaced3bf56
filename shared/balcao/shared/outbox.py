"""What is committed and not yet published. Published at once after the commit; a sweeper takes what was left behind."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiormq.exceptions import AMQPError
from pymongo.errors import PyMongoError

from balcao.shared import telemetry
from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.events import AnyEnvelope
from balcao.shared.ids import new_id
from balcao.shared.mongo import Database, Document

OUTBOX = "outbox"
LEFT_BEHIND_AFTER_S = 4.0
LEASE_S = 30.0
REFUSED_REST_S = 3.0
DELETED_AFTER_S = 0.1
"""Published documents rest before they are deleted, many at once: at that very moment whoever heard their events is at
the database, and somebody may be waiting for what they do."""
_SWEEP_EVERY_S = 1.0
_SWEEP_BATCH = 50
_BUS_TROUBLE = (AMQPError, OSError, RuntimeError, asyncio.TimeoutError)

_log = structlog.get_logger()


@dataclass(frozen=True)
class Pending:
    """One commit's outbox document and the events in it."""

    id: str
    events: Sequence[AnyEnvelope]
    bodies: Sequence[bytes]

    @classmethod
    def of(cls, events: Sequence[AnyEnvelope]) -> "Pending":
        """A new outbox document for these events."""
        return cls(new_id(), events, [event.to_json() for event in events])

    def document(self) -> Document:
        """As it is stored: small, one per commit, never rewritten except to lease it."""
        items = [
            {"type": e.type, "id": e.id, "correlation": e.correlationid, "trace": e.traceparent, "body": body}
            for e, body in zip(self.events, self.bodies, strict=True)
        ]
        return {"_id": self.id, "at": now(), "lease": None, "items": items}


class Relay:
    """Publishes what was committed and deletes it from the outbox, each event at least once, nothing forgotten."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._outbox = database[OUTBOX]
        self._bus = bus
        self._mine: set[str] = set()
        self._published: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._deleting = False
        self._stopping = asyncio.Event()
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the sweeper."""
        self._sweeper = asyncio.create_task(self._sweep_forever())

    async def stop(self) -> None:
        """Finish what is being published; the rest stays in the outbox for the next start."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._stopping.set()
        while self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
            if any(not task.done() for task in self._tasks):
                break

    def publish_soon(self, pending: Pending) -> None:
        """Publish a commit's events in the background."""
        self._mine.add(pending.id)
        self._spawn(self._publish(pending))

    async def _publish(self, pending: Pending) -> None:
        try:
            await asyncio.gather(
                *(self._bus.publish(e, body) for e, body in zip(pending.events, pending.bodies, strict=True))
            )
        except Exception as error:
            # Whatever it was: what is still "mine" is never swept, and would stay unsaid until the next start.
            self._mine.discard(pending.id)
            _log.warning("outbox.left_for_sweeper", reason=str(error)[:200])
            return
        self._published.append(pending.id)
        if not self._deleting:
            self._deleting = True
            self._spawn(self._delete_published())

    async def _delete_published(self) -> None:
        """Delete in batches: while one rests or is under way the next gathers."""
        try:
            while self._published:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), DELETED_AFTER_S)
                batch, self._published = self._published, []
                try:
                    await self._outbox.delete_many({"_id": {"$in": batch}})
                except PyMongoError as error:
                    # The sweeper will publish them once more; those who hear them are idempotent.
                    _log.warning("outbox.delete_failed", reason=str(error)[:200])
                finally:
                    self._mine.difference_update(batch)
        finally:
            self._deleting = False

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY_S)
            try:
                while await self.sweep():
                    pass
            except Exception as error:  # whatever it was, without a sweeper what is left behind stays unsaid
                _log.warning("outbox.sweep_failed", error=type(error).__name__, reason=str(error)[:200])

    async def sweep(self, older_than_s: float = LEFT_BEHIND_AFTER_S) -> int:
        """Publish what was left behind, oldest first; returns how many commits were published.

        One that the broker refuses is passed over and tried again some seconds later: it must not hold up the rest.
        """
        instant = now()
        done, since, seen = 0, None, set[str]()
        while True:
            left = await self._left_behind(since, instant - timedelta(seconds=older_than_s), _SWEEP_BATCH + len(seen))
            if since is None:
                telemetry.OUTBOX_LAG.set((instant - left[0]["at"]).total_seconds() if left else 0.0)
            unseen = [document for document in left if document["_id"] not in seen]
            if not unseen or not self._bus.is_up():
                return done
            for document in unseen:
                if document["_id"] not in self._mine and await self._lease(document):
                    done += await self._publish_leased(document)
            since = left[-1]["at"]
            seen = {document["_id"] for document in left if document["at"] == since}

    async def _left_behind(self, since: datetime | None, until: datetime, limit: int) -> list[Document]:
        at = {"$lt": until} if since is None else {"$gte": since, "$lt": until}
        return await self._outbox.find({"at": at}).sort("at", 1).limit(limit).to_list(limit)

    async def _lease(self, document: Document) -> bool:
        """Take the document for ourselves, unless another replica holds it."""
        lease = document["lease"]
        if lease is not None and lease["until"] > time.time():
            return False
        mine = {"token": new_id(), "until": time.time() + LEASE_S}
        taken = await self._outbox.update_one({"_id": document["_id"], "lease": lease}, {"$set": {"lease": mine}})
        document["lease"] = mine
        return taken.modified_count == 1

    async def _publish_leased(self, document: Document) -> int:
        try:
            for item in document["items"]:
                await self._bus.publish_raw(
                    bytes(item["body"]),
                    type_=item["type"],
                    message_id=item["id"],
                    correlation_id=item["correlation"],
                    traceparent=item["trace"],
                )
        except _BUS_TROUBLE as error:
            _log.warning("outbox.publish_failed", reason=str(error)[:200])
            await self._outbox.update_one(
                {"_id": document["_id"], "lease.token": document["lease"]["token"]},
                {"$set": {"lease.until": time.time() + REFUSED_REST_S}},
            )
            return 0
        await self._outbox.delete_one({"_id": document["_id"], "lease.token": document["lease"]["token"]})
        _log.info("outbox.swept", events=len(document["items"]))
        return 1
