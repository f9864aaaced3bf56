"""People of the team as far as telling them goes: their roles, since when they are known, and how to address them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from balcao.notifier.store import PEOPLE
from balcao.shared.clock import now
from balcao.shared.events import Party, PersonProfile
from balcao.shared.mongo import Database, Document


@dataclass(frozen=True)
class Member:
    """Somebody of the team, or who was: then without roles."""

    company_id: str
    party: Party
    roles: tuple[str, ...]
    version: int
    since: datetime

    @property
    def id(self) -> str:
        """Their id in the directory."""
        return self.party.person_id or ""


class People:
    """One document for everybody who has, or had, a role. Guests are nobody's business here and cost nothing."""

    def __init__(self, database: Database) -> None:
        self._people = database[PEOPLE]

    async def learn(self, company_id: str, person: PersonProfile) -> None:
        """Keep a profile; the highest version wins, whatever the order of arrival. A guest who was never anything else
        is not kept: those come with every first mail."""
        if not person.roles and person.version == 1:
            return
        values: Document = {
            "company_id": company_id,
            "party": person.party().model_dump(exclude_none=True),
            "roles": list(person.roles) if person.active else [],
            "version": person.version,
            "changed_at": now(),
        }
        older = {"_id": person.id, "version": {"$lt": person.version}}
        for _ in range(2):
            try:
                await self._people.update_one(older, {"$set": values, "$setOnInsert": {"since": now()}}, upsert=True)
                return
            except DuplicateKeyError:
                continue  # not older; or another replica made it this moment, maybe from an older fact: look again

    async def changed_since(self, at: datetime) -> AsyncIterator[Member]:
        """Everybody whose document was written after this moment, earliest first."""
        async for found in self._people.find({"changed_at": {"$gt": at}}).sort("changed_at", 1):
            party = Party.model_validate(found["party"])
            yield Member(found["company_id"], party, tuple(found["roles"]), found["version"], found["since"])
