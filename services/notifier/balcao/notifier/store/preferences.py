"""What people, and companies for their roles, chose about notices."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from balcao.notifier.domain.preferences import NOTHING_CHOSEN, Preferences
from balcao.notifier.store import PREFERENCES
from balcao.shared.clock import now
from balcao.shared.errors import Stale
from balcao.shared.mongo import Database, Document


@dataclass(frozen=True)
class Whose:
    """Whom a choice is for: a person, or everybody of a role who chose nothing."""

    company_id: str
    person_id: str | None = None
    role: str | None = None

    @property
    def key(self) -> str:
        """The document's id."""
        return f"{self.company_id}/{f'role:{self.role}' if self.role else self.person_id}"


class Choices:
    """One document per person or role that has chosen anything."""

    def __init__(self, database: Database) -> None:
        self._preferences = database[PREFERENCES]

    async def of(self, whose: Whose) -> Preferences:
        """What was chosen; version 0 for nothing yet."""
        found = await self._preferences.find_one({"_id": whose.key})
        return Preferences.model_validate(found) if found else NOTHING_CHOSEN

    async def put(self, whose: Whose, wanted: Preferences) -> Preferences:
        """Replace what was chosen in version `wanted.version`. Raises `Stale` when there is another one by now."""
        values: Document = {
            "company_id": whose.company_id,
            "person_id": whose.person_id,
            "role": whose.role,
            "ways": {str(kind): sorted(ways) for kind, ways in wanted.ways.items()},
            "digest": wanted.digest.model_dump() if wanted.digest else None,
            "version": wanted.version + 1,
            "changed_at": now(),
        }
        try:
            changed = await self._preferences.update_one(
                {"_id": whose.key, "version": wanted.version}, {"$set": values}, upsert=wanted.version == 0
            )
        except DuplicateKeyError:
            changed = None
        if changed is None or not (changed.modified_count or changed.upserted_id is not None):
            current = (await self.of(whose)).version
            raise Stale("these preferences were changed meanwhile", current_version=current)
        return wanted.model_copy(update={"version": wanted.version + 1})

    async def changed_since(self, at: datetime) -> AsyncIterator[tuple[Whose, Preferences]]:
        """Everything written after this moment, earliest first."""
        async for found in self._preferences.find({"changed_at": {"$gt": at}}).sort("changed_at", 1):
            yield Whose(found["company_id"], found["person_id"], found["role"]), Preferences.model_validate(found)
