"""Trackers, what they told us, and which piece of work there is which task."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from balcao.shared.clock import now
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound, Stale
from balcao.shared.events import AnyEnvelope
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Database, Document
from balcao.workflow.domain.trackers import MOST_TRACKERS, Tracker
from balcao.workflow.store import TRACKER_DELIVERIES, TRACKER_ITEMS, TRACKERS

KEPT_FOR = timedelta(days=30)
EXPECTED_FOR = timedelta(hours=1)
"""How long what we told a tracker may take to come back from it."""
MOST_EXPECTED = 20


class Trackers:
    """The trackers of all companies."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._trackers = database[TRACKERS]
        self._committer = committer

    async def add(self, tracker: Tracker) -> bool:
        """Keep a new one; false when one of that id is there already."""
        try:
            await self._trackers.insert_one(_document(tracker))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, company_id: str, id_: str) -> Tracker:
        """A tracker of the company. Raises `NotFound`."""
        found = await self.find(id_)
        if found is None or found.company_id != company_id:
            raise NotFound("no such tracker")
        return found

    async def find(self, id_: str) -> Tracker | None:
        """A tracker, whosesoever it is: for what comes from outside and names no company."""
        found = await self._trackers.find_one({"_id": id_})
        return Tracker.model_validate({**found, "id": found["_id"]}) if found is not None else None

    async def of(self, company_id: str) -> Sequence[Tracker]:
        """A company's trackers, by name."""
        found = await self._trackers.find({"company_id": company_id}).to_list(MOST_TRACKERS * 2)
        trackers = [Tracker.model_validate({**one, "id": one["_id"]}) for one in found]
        return sorted(trackers, key=lambda one: (one.name.casefold(), one.id))

    async def save(self, before: Tracker, after: Tracker, *, says: Sequence[AnyEnvelope] = ()) -> Tracker:
        """Keep a changed tracker and say what is to be said, both or neither. Raises `Stale`."""
        kept = after.model_copy(update={"version": before.version + 1})
        values = _document(kept)
        del values["_id"]
        try:
            work = Work(updates=[Update(TRACKERS, before.id, before.version, values)], events=list(says))
            await self._committer.save(work)
        except Conflict:
            raise Stale("this tracker was changed meanwhile") from None
        return kept

    async def remove(self, company_id: str, id_: str) -> None:
        """Forget a tracker."""
        await self._trackers.delete_one({"_id": id_, "company_id": company_id})

    async def any_told(self) -> bool:
        """Whether any tracker of any company is told of our tasks."""
        return await self._trackers.find_one({"outbound": {"$gt": {}}}, {"_id": 1}) is not None


class Told:
    """What trackers told us: every message, with what came of it."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._told = database[TRACKER_DELIVERIES]
        self._committer = committer

    async def keep(
        self, tracker: Tracker, id_: str, headers: dict[str, str], body: bytes, at: datetime, says: AnyEnvelope
    ) -> bool:
        """Keep a message together with the fact that it came; false when it was kept before."""
        document = {
            "_id": id_,
            "company_id": tracker.company_id,
            "tracker_id": tracker.id,
            "at": at,
            "place": f"{at.isoformat(timespec='milliseconds')}/{id_}",
            "headers": headers,
            "body": body,
            "state": "received",
            "run": 1,
            "version": 1,
            "expires_at": at + KEPT_FOR,
        }
        try:
            await self._committer.save(Work(inserts={TRACKER_DELIVERIES: [document]}, events=[says]))
        except Conflict:
            return False
        return True

    async def count_refused(self, tracker: Tracker, at: datetime, reason: str) -> None:
        """Note a message whose signature does not hold, without keeping it: one entry a minute counts them all."""
        minute = at.replace(second=0, microsecond=0)
        id_ = derived_id("refused", tracker.id, minute.isoformat(), reason)
        first = {
            "company_id": tracker.company_id,
            "tracker_id": tracker.id,
            "at": minute,
            "place": f"{minute.isoformat(timespec='milliseconds')}/{id_}",
            "headers": {},
            "body": b"",
            "state": "refused",
            "reason": reason,
            "run": 1,
            "version": 1,
            "expires_at": at + KEPT_FOR,
        }
        for _ in range(2):
            try:
                await self._told.update_one({"_id": id_}, {"$setOnInsert": first, "$inc": {"count": 1}}, upsert=True)
            except DuplicateKeyError:
                continue  # another replica has just made it
            return

    async def get(self, company_id: str, tracker_id: str, id_: str) -> Document:
        """A message with its body. Raises `NotFound`."""
        found: Document | None = await self._told.find_one({"_id": id_})
        if found is None or found["company_id"] != company_id or found["tracker_id"] != tracker_id:
            raise NotFound("no such delivery")
        return found

    async def settle(self, id_: str, run: int, state: str, reason: str, task_number: int | None) -> None:
        """Note what came of a message; not of an earlier run once it is replayed."""
        values = {"state": state, "reason": reason, "task_number": task_number, "settled_at": now()}
        await self._told.update_one({"_id": id_, "run": run}, {"$set": values, "$inc": {"version": 1}})

    async def again(self, found: Document, says: AnyEnvelope) -> None:
        """Have a message read again: it and the fact that asks for it, both or neither. Raises `Stale`."""
        values = {"state": "received", "reason": "", "run": found["run"] + 1, "version": found["version"] + 1}
        try:
            update = Update(TRACKER_DELIVERIES, found["_id"], found["version"], values)
            await self._committer.save(Work(updates=[update], events=[says]))
        except Conflict:
            raise Stale("this delivery is being replayed already") from None

    async def log(
        self, tracker_id: str, *, limit: int, after: str | None, state: str | None
    ) -> tuple[list[Document], str | None]:
        """What a tracker told, the latest first, and where the next page begins. With a state a page may be short and
        another still follow."""
        query: Document = {"tracker_id": tracker_id} | ({"place": {"$lt": after}} if after is not None else {})
        most = limit if state is None else 500
        found = await self._told.find(query, {"body": 0}).sort("place", -1).limit(most).to_list(most)
        shown = [one for one in found if state is None or one["state"] == state][:limit]
        if len(shown) == limit:
            return shown, shown[-1]["place"]
        return shown, found[-1]["place"] if len(found) == most else None


class Items:
    """Which piece of work in a tracker is which task, and what was last heard and told of it."""

    def __init__(self, database: Database) -> None:
        self._items = database[TRACKER_ITEMS]

    async def hold(self, tracker: Tracker, outside_id: str, lease: timedelta) -> Document | None:
        """The piece of work, now ours alone for that long: what is told of it is taken in one thing after the other.

        None while somebody else has it.
        """
        id_, at = item_id(tracker.id, outside_id), now()
        fresh = {"company_id": tracker.company_id, "tracker_id": tracker.id, "outside_id": outside_id, "seen": ""}
        free: Document = {"task_id": None, "expected": [], "told_version": 0, "lease_until": at, "holder": None}
        if await self._items.find_one({"_id": id_}, {"_id": 1}) is None:
            with suppress(DuplicateKeyError):  # another replica has just made it
                await self._items.insert_one({"_id": id_, **fresh, **free})
        token = new_id()
        taken = await self._items.update_one(
            {"_id": id_, "lease_until": {"$lt": now() + timedelta(milliseconds=1)}},
            {"$set": {"holder": token, "lease_until": now() + lease}},
        )
        if not taken.modified_count:
            return None
        found: Document | None = await self._items.find_one({"_id": id_, "holder": token})
        return found

    async def peek(self, tracker: Tracker, outside_id: str) -> Document | None:
        """The piece of work as it is known now."""
        found: Document | None = await self._items.find_one({"_id": item_id(tracker.id, outside_id)})
        return found

    async def release(self, held: Document, *, over: Sequence[str] = (), **values: Any) -> None:
        """Give it back, with new values and without the expectations (by id) that are over. What was added to those
        meanwhile stays."""
        change: Document = {"$set": {**values, "lease_until": now()}}
        if over:
            change["$pull"] = {"expected": {"id": {"$in": list(over)}}}
        await self._items.update_one({"_id": held["_id"], "holder": held["holder"]}, change)

    async def of_task(self, company_id: str, task_id: str) -> dict[str, Document]:
        """Where a task is known, by tracker."""
        query = {"company_id": company_id, "task_id": task_id}
        found = await self._items.find(query).to_list(MOST_TRACKERS)
        return {one["tracker_id"]: one for one in found}

    async def expect(self, id_: str, call_id: str, state: str) -> str:
        """Remember what a call is about to bring about, so that it is known when it comes back. The oldest go.

        Returns the expectation's id.
        """
        new: Document = {"id": new_id(), "call": call_id, "state": state, "until": now() + EXPECTED_FOR}
        change = {"$push": {"expected": {"$each": [new], "$slice": -MOST_EXPECTED}}}
        await self._items.update_one({"_id": id_}, change)
        return str(new["id"])

    async def unexpect(self, id_: str, **which: str) -> None:
        """Forget the expectations that have these values."""
        await self._items.update_one({"_id": id_}, {"$pull": {"expected": which}})

    async def told(self, id_: str, version: int) -> None:
        """Remember the newest version of the task that the tracker knows."""
        change = {"$set": {"told_version": version}}
        await self._items.update_one({"_id": id_, "told_version": {"$lt": version}}, change)


def item_id(tracker_id: str, outside_id: str) -> str:
    """The id that a tracker's piece of work always has here."""
    return derived_id("tracker-item", tracker_id, outside_id)


def _document(tracker: Tracker) -> Document:
    document = tracker.model_dump()
    document["_id"] = document.pop("id")
    return document
