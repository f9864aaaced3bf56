"""Who holds what may be held by one only, where no index of the holder's own collection can say so: a company's mail
addresses across all companies, and a CPF in a company."""

from collections.abc import Iterable

from balcao.shared.commit import Update, Work
from balcao.shared.mongo import Database
from balcao.tickets.store import CLAIMS


class Claims:
    """One document for each thing that was ever claimed; free again, it stays with no owner."""

    def __init__(self, database: Database) -> None:
        self._claims = database[CLAIMS]

    async def owner(self, key: str) -> str | None:
        """Who holds it now."""
        found = await self._claims.find_one({"_id": key})
        return found["owner"] if found is not None else None

    async def taken(self, owner: str, keys: Iterable[str]) -> dict[str, str]:
        """Which of these somebody else holds, and who."""
        found = await self._claims.find({"_id": {"$in": list(keys)}}).to_list(None)
        return {one["_id"]: one["owner"] for one in found if one["owner"] not in (None, owner)}

    async def moving(self, owner: str, *, claim: set[str], release: set[str]) -> Work:
        """What claiming and releasing writes, to join in the change it belongs to. Whoever claims the same at the same
        moment meets a conflict; ask `taken` first."""
        work = Work()
        if not claim and not release:
            return work
        found = await self._claims.find({"_id": {"$in": sorted(claim | release)}}).to_list(None)
        known = {one["_id"]: one for one in found}
        for key in sorted(claim):
            if key not in known:
                work.insert(CLAIMS, {"_id": key, "owner": owner, "version": 1})
            elif known[key]["owner"] != owner:
                work.updates.append(_handed_to(owner, known[key]["version"], key))
        for key in sorted(release - claim):
            if key in known and known[key]["owner"] == owner:
                work.updates.append(_handed_to(None, known[key]["version"], key))
        return work


def _handed_to(owner: str | None, version: int, key: str) -> Update:
    return Update(CLAIMS, key, version, {"owner": owner, "version": version + 1})
