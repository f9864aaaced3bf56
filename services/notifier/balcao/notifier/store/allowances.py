"""How much of which limit is used up: one small document per limit, key and window, gone soon after."""

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from balcao.notifier.store import ALLOWANCES
from balcao.shared.mongo import Database


class Draws:
    """Counters that never go past their limit, whoever draws at once."""

    def __init__(self, database: Database) -> None:
        self._allowances = database[ALLOWANCES]

    async def draw(self, id_: str, wanted: int, most: int, gone_at: datetime) -> bool:
        """Count `wanted` more, if no more than `most` are counted then; else nothing is counted."""
        if wanted > most:
            return False
        room = {"_id": id_, "used": {"$lte": most - wanted}}
        count = {"$inc": {"used": wanted}, "$setOnInsert": {"gone_at": gone_at}}
        try:
            await self._allowances.update_one(room, count, upsert=True)
        except DuplicateKeyError:  # no room, or another process made it at this moment
            return bool((await self._allowances.update_one(room, {"$inc": {"used": wanted}})).modified_count)
        return True
