"""Whose work of which day was asked for: once each, whatever replicas there are."""

from datetime import UTC, date, datetime, time, timedelta

from balcao.notifier.store import AGENDA_DAYS
from balcao.shared.commit import Committer, Conflict, Work
from balcao.shared.events import AnyEnvelope

KEPT = timedelta(days=3)


class AgendaDays:
    """One document per person and day, for a few days."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer

    async def ask(self, person_id: str, day: date, fact: AnyEnvelope) -> bool:
        """Say this fact, unless it was said for this person and day. False: it was."""
        gone_at = datetime.combine(day, time(), UTC) + KEPT
        work = Work(events=[fact])
        work.insert(AGENDA_DAYS, {"_id": f"{person_id}/{day}", "gone_at": gone_at})
        try:
            await self._committer.save(work)
        except Conflict:
            return False
        return True
