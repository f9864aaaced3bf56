"""Calls and their lanes in a service's own database. A lane is one server that is called: what waits for it waits for
nobody else, and one process at a time works on it, under a lease."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from balcao.shared.clock import now, to_milliseconds
from balcao.shared.errors import NotFound
from balcao.shared.ids import new_id
from balcao.shared.mongo import Database, Document, Index
from balcao.shared.together import Together

CALLS = "calls"
LANES = "call_lanes"
KEPT_FOR = timedelta(days=30)
"""How long the log of a call that is over is kept."""
MOST_TRIES_KEPT = 20
MOST_LOOKED_AT = 128
_DUPLICATE_KEY = 11000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

INDEXES = (
    Index.on(CALLS, "lane", "due", why="what waits in a lane, the first due first"),
    Index.on(CALLS, "lane", "-place", why="a lane's log, the latest first"),
    Index.on(CALLS, "expires_at", why="calls that are over go after a while", expire_after_s=0),
    Index.on(LANES, "due", why="the loop takes the lanes in which something is due"),
)

State = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True)
class NewCall:
    """A call to make. The same `id` makes no second one."""

    id: str
    company_id: str
    lane: str
    kind: str
    """What it tells: the type of a fact, mostly."""
    message_id: str
    """What the other side sees as its id; the same each time it is tried or replayed."""
    body: bytes
    at: datetime
    about: Document = field(default_factory=dict)
    """What the lane's owner needs to know to make it, and to show it."""


@dataclass(frozen=True)
class Call(NewCall):
    """A call on its way, or over."""

    state: State = "waiting"
    tries: int = 0
    version: int = 1


@dataclass(frozen=True)
class Lane:
    """A lane that this process holds until `lease_until`."""

    id: str
    company_id: str
    holder: str
    lease_until: datetime
    wakes: int
    failures: int
    failing_since: datetime | None
    refreshed: int = 0
    """How often its owner said that it works again."""


class Calls:
    """The calls of one service."""

    def __init__(self, database: Database) -> None:
        self._calls = database[CALLS]
        self._lanes = database[LANES]
        self._added: Together[NewCall, None] = Together(self._insert)

    # Lanes

    async def open_lane(self, company_id: str, lane: str) -> None:
        """Have the lane there; one that is there stays as it is."""
        fresh = {"company_id": company_id, "wakes": 0, "failures": 0, "failing_since": None, "lease_until": now()}
        await self._lanes.update_one({"_id": lane}, {"$setOnInsert": fresh}, upsert=True)

    async def close_lane(self, lane: str, reason: str) -> None:
        """Make no more calls in it: what waits fails with this reason, and may be replayed."""
        await self.fail_waiting(lane, reason)
        await self._lanes.delete_one({"_id": lane})

    async def refresh_lane(self, lane: str) -> None:
        """Forget that it failed, and its rest: whoever owns it says that it works again."""
        fresh = {"failures": 0, "failing_since": None, "rests_until": None, "due": now()}
        await self._lanes.update_one({"_id": lane}, {"$set": fresh, "$inc": {"wakes": 1, "refreshed": 1}})

    async def standing(self, lanes: Sequence[str]) -> dict[str, Document]:
        """How lanes stand, by id: failures in a row and since when."""
        found = await self._lanes.find({"_id": {"$in": list(lanes)}}).to_list(len(lanes))
        return {one["_id"]: one for one in found}

    async def take(self, holder: str, lease: timedelta, most: int) -> list[Lane]:
        """Lanes in which something is due, now this process's alone for the time of the lease."""
        instant = now()
        looked = await self._lanes.find({"due": {"$lt": instant}}).sort("due", 1).limit(MOST_LOOKED_AT).to_list(None)
        taken: list[Lane] = []
        for one in looked:
            if len(taken) == most:
                break
            if one["lease_until"] > instant:
                # Out of the way of the others, and looked at again should its holder die.
                await self._look_later(one, one["lease_until"])
            elif one.get("rests_until") is not None and one["rests_until"] > instant:
                await self._look_later(one, one["rests_until"])
            elif (lane := await self._lease(one, holder, to_milliseconds(instant + lease))) is not None:
                taken.append(lane)
        return taken

    async def release(
        self, lane: Lane, *, failures: int, failing_since: datetime | None, rests_until: datetime | None
    ) -> None:
        """Give a lane back, to be looked at when its next call is due. No effect once somebody else has it; what was
        learned of a lane that was refreshed meanwhile is of yesterday."""
        wakes = lane.wakes
        while True:
            following = await self._next_due(lane.id)
            if following is not None and rests_until is not None:
                following = max(following, rests_until)
            values: Document = {
                "lease_until": now(),
                "failures": failures,
                "failing_since": failing_since,
                "rests_until": rests_until,
            }
            change: Document = {"$set": values | ({"due": following} if following is not None else {})}
            if following is None:
                change["$unset"] = {"due": ""}
            done = await self._lanes.update_one({"_id": lane.id, "holder": lane.holder, "wakes": wakes}, change)
            if done.matched_count:
                return
            current = await self._lanes.find_one({"_id": lane.id})
            if current is None or current.get("holder") != lane.holder:
                return
            wakes = current["wakes"]  # something came meanwhile: look again at what is due next
            if current.get("refreshed", 0) != lane.refreshed:
                failures, failing_since, rests_until = 0, None, None

    # Calls

    async def add(self, call: NewCall) -> None:
        """Have a call made soon; durable at return. One of the same id changes nothing. What comes together is written
        together."""
        await self._added.add(call)

    async def due_in(self, lane: str, most: int) -> list[Call]:
        """What is due in a lane, the first first."""
        query = {"lane": lane, "due": {"$lt": now()}}
        return [_call(one) for one in await self._calls.find(query).sort("due", 1).limit(most).to_list(most)]

    async def settle(self, call: Call, state: State, tried: Document | None, *, tries: int) -> bool:
        """A call is over. False, with nothing changed, when somebody else has it."""
        values: Document = {"state": state, "tries": tries, "expires_at": now() + KEPT_FOR, "settled_at": now()}
        return await self._write(call, {"$set": values, "$unset": {"due": ""}}, tried)

    async def put_off(self, call: Call, due: datetime | None, tried: Document, *, tries: int) -> bool:
        """A call is to be tried again, at another time unless none is given. False when somebody else has it."""
        values: Document = {"tries": tries} | ({"due": due} if due is not None else {})
        return await self._write(call, {"$set": values}, tried)

    async def record(self, call: NewCall, state: State, tried: Document) -> None:
        """Log a call that was made outside its turn."""
        over = {"state": state, "tries": 1, "log": [tried], "settled_at": now(), "expires_at": now() + KEPT_FOR}
        await self._calls.insert_one(_document(call) | over)

    async def fail_waiting(self, lane: str, reason: str) -> int:
        """All that waits in a lane fails with this reason; returns how many calls that were."""
        tried = {"at": now(), "status": None, "reason": reason, "excerpt": "", "duration_ms": 0}
        values = {"state": "failed", "settled_at": now(), "expires_at": now() + KEPT_FOR}
        done = await self._calls.update_many(
            {"lane": lane, "due": {"$gt": _LONG_AGO}},
            {"$set": values, "$unset": {"due": ""}, "$inc": {"version": 1}, "$push": {"log": _bounded(tried)}},
        )
        return done.modified_count

    async def replay(self, company_id: str, lane: str, call_id: str) -> None:
        """Make a call again, with the id that the other side knows. Raises `NotFound`."""
        mine = {"_id": call_id, "company_id": company_id, "lane": lane}
        done = await self._calls.update_one(mine, _again(now()))
        if not done.matched_count:
            raise NotFound("no such delivery")
        await self._touch([lane])

    async def replay_between(
        self, lane: str, since: datetime, until: datetime, *, state: State | None, most: int
    ) -> tuple[int, datetime | None]:
        """Make the calls of a time (both ends included) again, at most so many, the earliest first.

        Returns how many, and where to go on when there were more.
        """
        low, high = to_milliseconds(since), to_milliseconds(until) + timedelta(milliseconds=1)
        query: Document = {"lane": lane, "place": {"$gt": _instant(low), "$lt": _instant(high)}}
        found = await self._calls.find(query, {"at": 1, "state": 1}).sort("place", 1).limit(most + 1).to_list(most + 1)
        ids = [one["_id"] for one in found[:most] if state is None or one["state"] == state]
        for first in range(0, len(ids), 500):
            await self._calls.update_many({"_id": {"$in": ids[first : first + 500]}}, _again(now()))
        if ids:
            await self._touch([lane])
        return len(ids), found[most]["at"] if len(found) > most else None

    async def log(
        self, lane: str, *, limit: int, after: str | None, state: State | None
    ) -> tuple[list[Document], str | None]:
        """A lane's calls without their bodies, the latest first, and where the next page begins. With a state, of the
        calls looked at those in it: a page may be short, and another one still follow."""
        query: Document = {"lane": lane} | ({"place": {"$lt": after}} if after is not None else {})
        most = limit if state is None else 500
        found = await self._calls.find(query, {"body": 0}).sort("place", -1).limit(most).to_list(most)
        shown = [one for one in found if state is None or one["state"] == state][:limit]
        if len(shown) == limit:
            return shown, shown[-1]["place"]
        return shown, found[-1]["place"] if len(found) == most else None

    async def one(self, company_id: str, lane: str, call_id: str) -> Document:
        """A call with its body and all its tries. Raises `NotFound`."""
        found: Document | None = await self._calls.find_one({"_id": call_id})
        if found is None or found["company_id"] != company_id or found["lane"] != lane:
            raise NotFound("no such delivery")
        return found

    # Inside

    async def _look_later(self, lane: Document, due: datetime) -> None:
        seen = {"_id": lane["_id"], "wakes": lane["wakes"], "lease_until": lane["lease_until"]}
        await self._lanes.update_one(seen, {"$set": {"due": due}})

    async def _lease(self, lane: Document, holder: str, until: datetime) -> Lane | None:
        token = f"{holder}/{new_id()}"
        mine = await self._lanes.update_one(
            {"_id": lane["_id"], "holder": lane.get("holder"), "lease_until": lane["lease_until"]},
            {"$set": {"holder": token, "lease_until": until}},
        )
        if not mine.modified_count:
            return None
        return Lane(
            lane["_id"],
            lane["company_id"],
            token,
            until,
            lane["wakes"],
            lane["failures"],
            lane["failing_since"],
            lane.get("refreshed", 0),
        )

    async def _next_due(self, lane: str) -> datetime | None:
        found = (
            await self._calls.find({"lane": lane, "due": {"$gt": _LONG_AGO}}, {"due": 1})
            .sort("due", 1)
            .limit(1)
            .to_list(1)
        )
        return found[0]["due"] if found else None

    async def _write(self, call: Call, change: Document, tried: Document | None) -> bool:
        change["$inc"] = {"version": 1}
        if tried is not None:
            change["$push"] = {"log": _bounded(tried)}
        done = await self._calls.update_one({"_id": call.id, "version": call.version}, change)
        return bool(done.modified_count)

    async def _insert(self, batch: Sequence[NewCall]) -> list[None]:
        operations = [
            InsertOne({**_document(one), "state": "waiting", "due": to_milliseconds(one.at), "tries": 0})
            for one in batch
        ]
        try:
            await self._calls.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            if not _only_duplicates(error):
                raise
        # Also for what was there already: whoever wrote it may have died before this.
        await self._touch([one.lane for one in batch])
        return [None] * len(batch)

    async def _touch(self, lanes: Sequence[str]) -> None:
        """Have lanes looked at. After the calls are there: the other way round one could be overlooked."""
        change = {"$min": {"due": now()}, "$inc": {"wakes": 1}}
        await self._lanes.bulk_write([UpdateOne({"_id": lane}, change) for lane in dict.fromkeys(lanes)], ordered=False)


def tried_at(at: datetime, status: int | None, reason: str, excerpt: str, duration_ms: int) -> Document:
    """One try, as the log keeps it."""
    return {"at": at, "status": status, "reason": reason, "excerpt": excerpt, "duration_ms": duration_ms}


def _document(call: NewCall) -> Document:
    return {
        "_id": call.id,
        "company_id": call.company_id,
        "lane": call.lane,
        "kind": call.kind,
        "message_id": call.message_id,
        "body": call.body,
        "at": call.at,
        "about": call.about,
        "place": f"{_instant(call.at)}/{call.id}",
        "version": 1,
        "log": [],
    }


def _call(document: Document) -> Call:
    return Call(
        document["_id"],
        document["company_id"],
        document["lane"],
        document["kind"],
        document["message_id"],
        bytes(document["body"]),
        document["at"],
        document["about"],
        document["state"],
        document["tries"],
        document["version"],
    )


def _instant(at: datetime) -> str:
    return to_milliseconds(at).isoformat(timespec="milliseconds")


def _again(at: datetime) -> Document:
    return {
        "$set": {"state": "waiting", "due": at, "tries": 0},
        "$unset": {"expires_at": "", "settled_at": ""},
        "$inc": {"version": 1},
    }


def _bounded(tried: Document) -> Document:
    return {"$each": [tried], "$slice": -MOST_TRIES_KEPT}


def _only_duplicates(error: BulkWriteError) -> bool:
    details: Any = error.details
    problems = details.get("writeErrors", [])
    return (
        bool(problems)
        and not details.get("writeConcernErrors")
        and all(one["code"] == _DUPLICATE_KEY for one in problems)
    )
