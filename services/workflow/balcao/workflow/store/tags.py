"""The companies' tags, as the directory last said them."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from balcao.shared.events import TagProfile
from balcao.shared.mongo import Database
from balcao.workflow.store import TAGS

_MOST_TAGS = 5_100
"""A company has at most 5,000; some more may be on their way out."""


class Tags:
    """Tags of all companies; every query names one. The newest version wins, whatever the order of arrival."""

    def __init__(self, database: Database) -> None:
        self._tags = database[TAGS]

    async def learn(self, company_id: str, tag: TagProfile) -> None:
        """Keep a tag unless a newer one is known."""
        older = {"_id": tag.id, "company_id": company_id, "version": {"$lt": tag.version}}
        for _ in range(2):
            try:
                await self._tags.update_one(older, {"$set": tag.model_dump(exclude={"id"})}, upsert=True)
            except DuplicateKeyError:
                continue  # it is there and not older; or made just now, maybe from an older fact: look again
            return

    async def of(self, company_id: str) -> Sequence[TagProfile]:
        """The company's tags by name, archived ones too."""
        found = await self._tags.find({"company_id": company_id}).to_list(_MOST_TAGS)
        tags = [TagProfile.model_validate({**one, "id": one["_id"]}) for one in found]
        return sorted(tags, key=lambda one: one.name.casefold())
