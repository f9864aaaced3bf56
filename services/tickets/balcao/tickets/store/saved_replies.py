"""Saved replies, and how often each was used."""

from datetime import datetime

from balcao.shared.commit import Committer, Update, Work
from balcao.shared.mongo import Database
from balcao.tickets.domain.saved_replies import SavedReply
from balcao.tickets.store import REPLY_USES, SAVED_REPLIES
from balcao.tickets.store.items import MOST_ITEMS, Items


class SavedReplies(Items[SavedReply]):
    """One service's saved replies. Uses are counted beside them: using one is no change of it."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(database, committer, SAVED_REPLIES, SavedReply)
        self._uses = database[REPLY_USES]

    async def uses(self, company_id: str) -> dict[str, int]:
        """How often each was used, by id; none for those that never were."""
        found = await self._uses.find({"company_id": company_id}).to_list(MOST_ITEMS)
        return {one["_id"]: one["count"] for one in found}

    async def using(self, reply: SavedReply, at: datetime) -> Work:
        """What counting one use writes, to join in the change that uses it, so that each counts once. Two at the same
        moment conflict: ask again."""
        known = await self._uses.find_one({"_id": reply.id})
        work = Work()
        if known is None:
            first = {"_id": reply.id, "company_id": reply.company_id, "version": 1, "count": 1, "last_at": at}
            work.insert(REPLY_USES, first)
        else:
            values = {"version": known["version"] + 1, "count": known["count"] + 1, "last_at": at}
            work.updates.append(Update(REPLY_USES, reply.id, known["version"], values))
        return work
