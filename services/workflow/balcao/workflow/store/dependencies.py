"""That only one dependency is added at a time in a company: what is no circle alone could be one with another's."""

from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from balcao.shared.commit import Update, Work
from balcao.shared.mongo import Database
from balcao.workflow.domain.conditions import TooMuch, WouldBeACircle
from balcao.workflow.domain.dependencies import MOST_TOGETHER
from balcao.workflow.store import DEPENDENCY_GUARDS, TASKS


class Dependencies:
    """Guards the dependencies of each company, and looks for circles among them."""

    def __init__(self, database: Database) -> None:
        self._tasks = database[TASKS]
        self._guards = database[DEPENDENCY_GUARDS]

    async def guarded(self, work: Work, company_id: str, blocked_id: str, blocker_id: str) -> Work:
        """The work, which fails with a conflict when another dependency of the company is added meanwhile.

        Raises `WouldBeACircle` when `blocker_id` waits for `blocked_id` already, directly or not.
        """
        version = await self._version(company_id)  # before looking, so that what comes after is noticed
        await self._refuse_circle(company_id, blocked_id, blocker_id)
        work.updates.append(Update(DEPENDENCY_GUARDS, company_id, version, {"version": version + 1}))
        return work

    async def _version(self, company_id: str) -> int:
        guard = await self._guards.find_one({"_id": company_id})
        if guard is None:
            with suppress(DuplicateKeyError):
                await self._guards.insert_one({"_id": company_id, "version": 1})
            return await self._version(company_id)
        return int(guard["version"])

    async def _refuse_circle(self, company_id: str, blocked_id: str, blocker_id: str) -> None:
        seen, following = {blocker_id}, [blocker_id]
        while following:
            if blocked_id in seen:
                raise WouldBeACircle("that task waits for this one already, directly or through others")
            if len(seen) > MOST_TOGETHER:
                raise TooMuch(f"at most {MOST_TOGETHER} tasks can hang together")
            query = {"_id": {"$in": following}}
            found = await self._tasks.find(query, {"company_id": 1, "blocked_by": 1}).to_list(len(following))
            ahead = [id_ for one in found if one["company_id"] == company_id for id_ in one.get("blocked_by", ())]
            following = [id_ for id_ in dict.fromkeys(ahead) if id_ not in seen]
            seen.update(following)
