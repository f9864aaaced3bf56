"""When to look again at which mail: a small collection for the few that were put off, because an index on the
deliveries would cost every one of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import UpdateOne

from balcao.notifier.store import REMINDERS
from balcao.shared.mongo import Database, Document


class Reminders:
    """One document per delivery that waits, by the delivery's id."""

    def __init__(self, database: Database) -> None:
        self._reminders = database[REMINDERS]

    async def remind(self, id_: str, due: datetime) -> None:
        """Have `due` name this delivery then, or earlier when that was said already.

        Written before the delivery says that it waits: a look too many or too early does no harm, one that is missing
        or too late would leave a mail lying.
        """
        await self._reminders.update_one({"_id": id_}, {"$min": {"due": due}}, upsert=True)

    async def due(self, at: datetime, most: int) -> list[str]:
        """Ids of up to `most` deliveries to look at, the longest due first."""
        reminders = self._reminders.find({"due": {"$lt": at}}, {"_id": 1}).sort("due", 1).limit(most)
        return [one["_id"] for one in await reminders.to_list(most)]

    async def look_later(self, found: Sequence[Document], seen_at: datetime, lease_until: datetime) -> None:
        """Move the reminders that came up to when their delivery is due; one that does not wait yet will in a moment.

        A reminder that was written meanwhile stays as it is.
        """
        operations = [
            UpdateOne({"_id": one["_id"], "due": {"$lt": seen_at}}, {"$set": {"due": one.get("due") or lease_until}})
            for one in found
            if one["state"] == "queued"
        ]
        if operations:
            await self._reminders.bulk_write(operations, ordered=False)

    async def forget(self, ids: Iterable[str]) -> None:
        """Drop the reminders of deliveries that are settled."""
        if settled := list(ids):
            await self._reminders.delete_many({"_id": {"$in": settled}})
