"""Mails that wait to go out together. Each is a delivery like any other; what waits here says when, and with whom."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pymongo import UpdateOne

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.gathering import MOST_TOGETHER, whose
from balcao.notifier.domain.kinds import Channel, Kind, Telling
from balcao.notifier.store import DELIVERIES, GATHERING
from balcao.notifier.store.reminders import Reminders
from balcao.shared.clock import now
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.events import AnyEnvelope, Party, read
from balcao.shared.mongo import Document, Mongo
from balcao.shared.together import Together

GATHERING_STATE = "gathering"
GATHERED_STATE = "gathered"


class Gathering:
    """One document per mail that waits, by its delivery's id. That it was told is decided at the delivery alone."""

    def __init__(self, mongo: Mongo, committer: Committer) -> None:
        self._gathering = mongo.db[GATHERING]
        self._deliveries = mongo.db[DELIVERIES]
        self._reminders = Reminders(mongo.db)
        self._committer = committer
        self._keeps: Together[Sequence[UpdateOne], None] = Together(self._keep)

    async def keep(self, held: Mapping[str, datetime], deliveries: Iterable[Delivery]) -> None:
        """Have these deliveries, which were claimed as gathering, go out when the given moments have come."""
        operations = [
            UpdateOne({"_id": one.id}, {"$setOnInsert": _document(one, held[one.id])}, upsert=True)
            for one in deliveries
        ]
        if operations:
            await self._keeps.add(operations)

    async def keep_left_behind(self, deliveries: Sequence[Delivery], at: datetime) -> None:
        """Do the same for what a process claimed as gathering and died; what has gone out meanwhile is left alone."""
        ids = [one.id for one in deliveries]
        found = await self._deliveries.find({"_id": {"$in": ids}}, {"state": 1}).to_list(len(ids))
        left = {one["_id"] for one in found if one["state"] == GATHERING_STATE}
        await self.keep(dict.fromkeys(left, at), [one for one in deliveries if one.id in left])

    async def whose_is_due(self, at: datetime, most: int = 50) -> list[str]:
        """Whose mails are to go out now, the longest due first."""
        found = await self._gathering.find({"due": {"$lt": at}}, {"whose": 1}).sort("due", 1).limit(most).to_list(most)
        return list(dict.fromkeys(one["whose"] for one in found))

    async def of(self, whose: str) -> list[Delivery]:
        """All that waits for one person, at most `MOST_TOGETHER`, the longest due first."""
        waiting = self._gathering.find({"whose": whose}).sort("due", 1).limit(MOST_TOGETHER)
        documents = await waiting.to_list(MOST_TOGETHER)
        ids = [one["_id"] for one in documents]
        found = await self._deliveries.find({"_id": {"$in": ids}}, {"state": 1, "version": 1}).to_list(len(ids))
        waits = {one["_id"]: one["version"] for one in found if one["state"] == GATHERING_STATE}
        await self.forget(id_ for id_ in ids if id_ not in waits)
        return [_read(one, waits[one["_id"]]) for one in documents if one["_id"] in waits]

    async def tell_together(self, gathered: Sequence[Delivery], fact: AnyEnvelope) -> bool:
        """Record that these go out as `fact`, and say it. False, with nothing done, when another was quicker."""
        updates = [
            Update(
                DELIVERIES, one.id, one.version, {"state": GATHERED_STATE, "into": fact.id, "version": one.version + 1}
            )
            for one in gathered
        ]
        try:
            await self._committer.save(Work(updates=updates, events=[fact]))
        except Conflict:
            return False
        await self.forget(one.id for one in gathered)
        return True

    async def let_go(self, delivery: Delivery) -> bool:
        """Have one that waited for others in vain go out by itself: the retry loop takes it. False as above."""
        instant = now()
        await self._reminders.remind(delivery.id, instant)
        waiting: Document = {
            "state": "queued",
            "version": delivery.version + 1,
            "lease_until": instant,
            "waiting": True,
            "due": instant,
            "since": instant,
            "event": delivery.event.to_json(),
            "event_type": delivery.event.type,
        }
        mine = {"_id": delivery.id, "version": delivery.version, "state": GATHERING_STATE}
        changed = await self._deliveries.update_one(mine, {"$set": waiting})
        await self.forget([delivery.id])
        return bool(changed.modified_count)

    async def forget(self, ids: Iterable[str]) -> None:
        """Drop what does not wait any more."""
        if gone := list(ids):
            await self._gathering.delete_many({"_id": {"$in": gone}})

    async def _keep(self, batch: Sequence[Sequence[UpdateOne]]) -> list[None]:
        await self._gathering.bulk_write([one for some in batch for one in some], ordered=False)
        return [None] * len(batch)


def _document(delivery: Delivery, due: datetime) -> Document:
    return {
        "whose": whose(delivery),
        "due": due,
        "kind": delivery.telling.kind,
        "to": delivery.telling.recipient.model_dump(exclude_none=True),
        "event": delivery.event.to_json(),
        "event_type": delivery.event.type,
    }


def _read(document: Document, version: int) -> Delivery:
    telling = Telling(Kind(document["kind"]), Channel.MAIL, Party.model_validate(document["to"]))
    event = read(bytes(document["event"]), document["event_type"])
    return Delivery(document["_id"], event, telling, version)
