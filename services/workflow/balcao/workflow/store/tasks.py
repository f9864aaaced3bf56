"""Tasks with their timeline, and the lists of them."""

from dataclasses import dataclass
from datetime import datetime

from balcao.shared.commit import Committer
from balcao.shared.events import PhaseKind
from balcao.shared.mongo import Database, Document
from balcao.shared.records import Records
from balcao.workflow.domain.places import spans
from balcao.workflow.domain.tasks import Task, TaskState
from balcao.workflow.store import TASKS

_TOGETHER = 100


@dataclass(frozen=True)
class Wanted:
    """Which tasks a list shows."""

    executor_id: str | None = None
    state: TaskState | None = None
    phase_kind: PhaseKind | None = None
    tag_id: str | None = None

    def prefix(self, company_id: str) -> Document:
        """The part of the query that an index begins with."""
        query: Document = {"company_id": company_id}
        if self.executor_id is not None:
            query["executor.person_id"] = self.executor_id
        elif self.tag_id is not None:
            query["tags"] = self.tag_id
        elif self.phase_kind is not None:
            query["phase.kind"] = self.phase_kind
        return query

    def lets_through(self, task: Task) -> bool:
        """What the prefix does not say: of somebody's tasks or those with a tag, those of one column or with a tag."""
        if self.tag_id is not None and self.tag_id not in task.tags:
            return False
        return self.phase_kind is None or task.phase.kind == self.phase_kind


class Tasks(Records[Task]):
    """The tasks of all companies; every query names one."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(database, committer, collection=TASKS, kind=Task, source="workflow", noun="task")

    async def page(
        self, company_id: str, wanted: Wanted, *, limit: int, after: str | None, now: datetime, last_number: int
    ) -> list[Task]:
        """Up to `limit` tasks in the board's order, from behind the place `after`.

        A query is an index prefix and a range of places, nothing else, or the embedded server would read all tasks
        (seconds at 20,000): the range is walked in spans, and what the prefix does not say is checked row by row.
        """
        found: list[Task] = []
        for low, high in spans(wanted.state, after, now, last_number):
            behind: str | None = low
            while behind is not None and len(found) < limit:
                query = {**wanted.prefix(company_id), "place": {"$gt": behind, "$lt": high}}
                # The description may be long, and no list shows it.
                cursor = self.collection.find(query, {"description": 0}).sort("place", 1).limit(limit)
                batch = await cursor.to_list(limit)
                behind = batch[-1]["place"] if len(batch) == limit else None
                rows = [task for document in batch if (task := self._read(document, company_id))]
                found += [task for task in rows if wanted.lets_through(task)]
            if len(found) >= limit:
                break
        return found[:limit]

    async def serving(self, company_id: str, ticket_id: str) -> list[str]:
        """Ids of the tasks that serve a ticket."""
        found: list[str] = []
        while True:
            query: Document = {"company_id": company_id, "tickets.id": ticket_id}
            if found:
                query["_id"] = {"$gt": found[-1]}
            batch = await self.collection.find(query, {"_id": 1}).sort("_id", 1).limit(_TOGETHER).to_list(_TOGETHER)
            found.extend(one["_id"] for one in batch)
            if len(batch) < _TOGETHER:
                return found
