"""Numbers per company that never repeat: callers that wait together share one increment of the counter."""

import asyncio
from collections import defaultdict
from contextlib import suppress

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from balcao.shared.errors import Unavailable
from balcao.shared.mongo import Database

COUNTERS = "counters"
_MOST_TRIES = 8


class Numbers:
    """Hands out 1, 2, 3, … per company and series. A number given to work that then fails stays unused (O13)."""

    def __init__(self, database: Database) -> None:
        self._counters = database[COUNTERS]
        self._waiting: dict[str, list[asyncio.Future[int]]] = defaultdict(list)
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def next(self, company_id: str, series: str) -> int:
        """The next number of the series; never the same twice, whatever runs at once."""
        key = f"{company_id}:{series}"
        number: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(number)
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._ask(key))
        return await number

    async def last(self, company_id: str, series: str) -> int:
        """The highest number given out so far, 0 when there is none."""
        counter = await self._counters.find_one({"_id": f"{company_id}:{series}"})
        return counter["last"] if counter is not None else 0

    async def _ask(self, key: str) -> None:
        try:
            while batch := self._waiting.pop(key, []):
                await self._take(key, batch)
        finally:
            del self._asking[key]

    async def _take(self, key: str, batch: list[asyncio.Future[int]]) -> None:
        try:
            last = await self._advance(key, len(batch))
        except Exception as error:
            for number in batch:
                if not number.done():
                    number.set_exception(error)
            return
        first = last - len(batch) + 1
        for offset, number in enumerate(batch):
            if not number.done():
                number.set_result(first + offset)

    async def _advance(self, key: str, by: int) -> int:
        """Move the counter; two replicas that both make it at once may both have to try again."""
        for _ in range(_MOST_TRIES):
            with suppress(DuplicateKeyError):
                counter = await self._counters.find_one_and_update(
                    {"_id": key}, {"$inc": {"last": by}}, upsert=True, return_document=ReturnDocument.AFTER
                )
                if counter is not None:  # none: the loser of that race, on the embedded server
                    return int(counter["last"])
        raise Unavailable("no number could be had; try again")
