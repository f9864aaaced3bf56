"""Addresses that mail came back from, as the directory says it: to those that are marked nothing is sent."""

from pymongo.errors import DuplicateKeyError

from balcao.notifier.store import UNREACHABLE
from balcao.shared.mongo import Database

MOST_MARKED = 100_000


class MarkedAddresses:
    """One document per company and address that was ever marked."""

    def __init__(self, database: Database) -> None:
        self._addresses = database[UNREACHABLE]

    async def marked(self, company_id: str) -> frozenset[str]:
        """All addresses of a company that are marked now."""
        query = {"company_id": company_id, "is_marked": True}
        found = await self._addresses.find(query, {"address": 1}).limit(MOST_MARKED).to_list(MOST_MARKED)
        return frozenset(one["address"] for one in found)

    async def learn(self, company_id: str, address: str, person_id: str, version: int, *, is_marked: bool) -> None:
        """Keep what a person's profile says of an address, unless a version as high or higher of it is known."""
        values = {"company_id": company_id, "address": address, "version": version, "is_marked": is_marked}
        try:
            await self._addresses.update_one(
                {"_id": f"{company_id}/{person_id}/{address}", "version": {"$lt": version}},
                {"$set": values},
                upsert=True,
            )
        except DuplicateKeyError:
            return  # the filter missed because the known version is not lower, and the upsert hit its id
