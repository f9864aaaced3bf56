"""Numbers per company that never repeat: callers that wait together share one increment of the counter."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from balcao.shared.errors import Unavailable
from balcao.shared.mongo import Database
from balcao.shared.together import Together

COUNTERS = "counters"


class Numbers:
    """Hands out 1, 2, 3, … per company and series. A number given to work that then fails stays unused (O13)."""

    def __init__(self, database: Database) -> None:
        self._counters = database[COUNTERS]
        self._asked: Together[str, int] = Together(self._take)
        self._made: set[str] = set()

    async def next(self, company_id: str, series: str) -> int:
        """The next number of the series; never the same twice, whatever runs at once."""
        return await self._asked.add(f"{company_id}:{series}")

    async def last(self, company_id: str, series: str) -> int:
        """The highest number given out so far, 0 when there is none."""
        counter = await self._counters.find_one({"_id": f"{company_id}:{series}"})
        return counter["last"] if counter is not None else 0

    async def _take(self, keys: Sequence[str]) -> list[int]:
        """A number for each place in `keys`, those of one series in order."""
        following = {key: await self._advance(key, count) - count + 1 for key, count in Counter(keys).items()}
        numbers = []
        for key in keys:
            numbers.append(following[key])
            following[key] += 1
        return numbers

    async def _advance(self, key: str, by: int) -> int:
        """Move the counter; returns where it stands then."""
        if key not in self._made:
            await self._make(key)
        counter = await self._counters.find_one_and_update(
            {"_id": key}, {"$inc": {"last": by}}, return_document=ReturnDocument.AFTER
        )
        if counter is None:
            raise Unavailable("no number could be had; try again")
        return int(counter["last"])

    async def _make(self, key: str) -> None:
        """Have it there before it is moved: of two replicas that made it by moving it, one would skip numbers."""
        with suppress(DuplicateKeyError):
            await self._counters.update_one({"_id": key}, {"$setOnInsert": {"last": 0}}, upsert=True)
        self._made.add(key)
