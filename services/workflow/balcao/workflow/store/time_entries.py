"""Time spent, day by day: what each entry added to or took from a person's day, so that sums are right at any time."""

from collections import Counter
from datetime import date

from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.events import TaskTimeLogged
from balcao.shared.mongo import Database
from balcao.shared.timeline import Cause, entry_id
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store import TIME_ENTRIES

_AT_ONCE = 5_000


def note_time(work: Work, change: Change[Task], cause: Cause) -> None:
    """Let a piece of work keep what a change says about time, as part of it."""
    for fact in change.facts:
        if isinstance(fact, TaskTimeLogged):
            work.insert(
                TIME_ENTRIES,
                {
                    "_id": entry_id(cause.id, fact.type, change.after.id),
                    "company_id": change.after.company_id,
                    "task_id": change.after.id,
                    "person_id": fact.person.person_id,
                    "day": fact.day,
                    "minutes": fact.minutes - fact.before,
                },
            )


class TimeEntries:
    """Time spent in all companies; every query names one."""

    def __init__(self, database: Database) -> None:
        self._entries = database[TIME_ENTRIES]

    async def spent(self, company_id: str, first: date, last: date) -> Counter[tuple[str, str]]:
        """Minutes by person and day, both ends counted."""
        query = {"company_id": company_id, "day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        found: Counter[tuple[str, str]] = Counter()
        cursor = self._entries.find(query, {"person_id": 1, "day": 1, "minutes": 1, "_id": 0}).batch_size(_AT_ONCE)
        async for one in cursor:
            found[one["person_id"], one["day"]] += one["minutes"]
        return found
