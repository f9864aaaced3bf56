"""How much work each of a company's people takes."""

from balcao.shared.commit import AlreadyDone, Committer, Conflict
from balcao.shared.events import Party
from balcao.shared.mongo import Database
from balcao.shared.records import Records
from balcao.shared.timeline import Cause
from balcao.workflow.domain.capacities import Capacity, begin, capacity_id, set_minutes
from balcao.workflow.store import CAPACITIES

_MOST = 2_000


class Capacities(Records[Capacity]):
    """The settings of all companies' people; every query names a company."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(
            database, committer, collection=CAPACITIES, kind=Capacity, source="workflow", noun="person's capacity"
        )

    async def of(self, company_id: str) -> dict[str, int]:
        """Minutes per day by person; whoever has no setting is left out."""
        found = await self.collection.find({"company_id": company_id}).to_list(_MOST)
        return {one["person"]["person_id"]: one["minutes_per_day"] for one in found}

    async def put(self, company_id: str, person: Party, minutes: int, cause: Cause) -> int:
        """Set a person's minutes per day. Raises `BadTime`."""
        id_ = capacity_id(company_id, person.person_id or "")
        if await self.find(company_id, id_) is None:
            try:
                return (await self.create(begin(company_id, person, minutes), cause)).minutes_per_day
            except (AlreadyDone, Conflict):
                pass  # somebody else was quicker: theirs is changed
        after = await self.change(company_id, id_, lambda now: set_minutes(now, minutes), cause)
        return after.minutes_per_day
