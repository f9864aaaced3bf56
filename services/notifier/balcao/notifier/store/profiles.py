"""How companies present themselves, as last heard of."""

from pymongo.errors import DuplicateKeyError

from balcao.notifier.store import COMPANIES
from balcao.shared.events import CompanyProfile
from balcao.shared.mongo import Database


class Profiles:
    """One document per company."""

    def __init__(self, database: Database) -> None:
        self._companies = database[COMPANIES]

    async def of(self, company_id: str) -> CompanyProfile | None:
        """The profile as last heard of, or none."""
        found = await self._companies.find_one({"_id": company_id})
        return CompanyProfile.model_validate(found["profile"]) if found else None

    async def learn(self, profile: CompanyProfile) -> None:
        """Keep a profile unless a version as high or higher is known: facts may come late or twice."""
        try:
            await self._companies.update_one(
                {"_id": profile.id, "version": {"$lt": profile.version}},
                {"$set": {"version": profile.version, "profile": profile.model_dump()}},
                upsert=True,
            )
        except DuplicateKeyError:
            return  # the filter missed because the known version is not lower, and the upsert hit its id
