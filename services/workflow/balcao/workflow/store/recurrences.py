"""Work that comes again and again, with the timers of its next times."""

from datetime import datetime

from balcao.shared.aggregate import Change
from balcao.shared.commit import Committer, Work
from balcao.shared.mongo import Database, Document
from balcao.shared.records import Records
from balcao.shared.timeline import Cause
from balcao.shared.timers import TIMERS, timer_document
from balcao.workflow.domain.recurrences import Recurrence
from balcao.workflow.store import RECURRENCES

RECUR = "recur"
"""The timer after which the next task of a recurrence is made."""


class Recurrences(Records[Recurrence]):
    """The recurrences of all companies; every query names one."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(
            database, committer, collection=RECURRENCES, kind=Recurrence, source="workflow", noun="recurrence"
        )

    async def page(self, company_id: str, *, limit: int, after: int | None) -> list[Recurrence]:
        """Up to `limit` recurrences, the newest first, from behind a number."""
        query: Document = {"company_id": company_id}
        if after is not None:
            query["number"] = {"$lt": after}
        found = await self.collection.find(query).sort("number", -1).limit(limit).to_list(limit)
        return [one for document in found if (one := self._read(document, company_id)) is not None]

    def _tell(self, work: Work, change: Change[Recurrence], cause: Cause) -> None:
        super()._tell(work, change, cause)
        if (due := _newly_due(change)) is not None:
            after = change.after
            work.insert(TIMERS, timer_document(after.company_id, RECUR, after.id, due, str(after.version)))


def _newly_due(change: Change[Recurrence]) -> datetime | None:
    """The instant at which the next task is to be made now, if the change made it so."""
    after = change.after
    due = after.next_at if not after.paused else None
    if due is None or (change.before.version and change.before.waits_for(due)):
        return None
    return due
