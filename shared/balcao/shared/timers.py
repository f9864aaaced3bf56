"""Armed timers: one small document each, written in the transaction of the change that arms it, taken when due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Database, Document, Index

TIMERS = "timers"
INDEXES = (Index.on(TIMERS, "at", why="timers that are due, the oldest first; a lease moves a timer out of sight"),)
LEASE_S = 30.0
"""How long whoever has taken a timer may take to fire it, before somebody else tries."""
REST_S = (1.0, 5.0, 30.0, 300.0)
"""How long a timer rests that could not be fired: after the first, second, … time."""


@dataclass(frozen=True)
class Timer:
    """A timer that was taken. `of` is the id of what it is about, `due` its moment."""

    id: str
    company_id: str
    kind: str
    of: str
    due: datetime
    tries: int
    holder: str


def timer_document(company_id: str, kind: str, of: str, due: datetime, armed_by: str) -> Document:
    """A timer to insert with the change that arms it. `armed_by` tells it from another one for the same moment."""
    return {
        "_id": derived_id("timer", of, kind, due.isoformat(), armed_by),
        "company_id": company_id,
        "kind": kind,
        "of": of,
        "due": due,
        "at": due,
        "tries": 0,
    }


class Timers:
    """One service's timers. Taking one postpones it: nobody else sees it until the lease is over."""

    def __init__(self, database: Database) -> None:
        self._timers = database[TIMERS]

    async def take(self, now: datetime, most: int) -> list[Timer]:
        """Take the timers that are due, the oldest first; none that another replica has taken."""
        taken = []
        for document in await self._timers.find({"at": {"$lte": now}}).sort("at", 1).limit(most).to_list(most):
            holder = new_id()
            lease: Document = {"at": now + timedelta(seconds=LEASE_S), "holder": holder, "tries": document["tries"] + 1}
            mine = {"_id": document["_id"], "at": document["at"]}
            if (await self._timers.update_one(mine, {"$set": lease})).modified_count == 1:
                taken.append(_timer(document, lease))
        return taken

    async def done(self, timer: Timer) -> None:
        """It has fired, or nobody waits for it any more."""
        await self._timers.delete_one({"_id": timer.id, "holder": timer.holder})

    async def rest(self, timer: Timer, now: datetime) -> None:
        """It could not be fired: try again a little later, while the others go on."""
        rest_s = REST_S[min(timer.tries, len(REST_S)) - 1]
        later: dict[str, Any] = {"$set": {"at": now + timedelta(seconds=rest_s)}}
        await self._timers.update_one({"_id": timer.id, "holder": timer.holder}, later)


def _timer(document: Document, lease: Document) -> Timer:
    return Timer(
        id=document["_id"],
        company_id=document["company_id"],
        kind=document["kind"],
        of=document["of"],
        due=document["due"],
        tries=lease["tries"],
        holder=lease["holder"],
    )
