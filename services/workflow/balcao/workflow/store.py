"""What `workflow` keeps: tasks with their timeline, each company's task types and tags. Names the collections."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from balcao.shared import timeline
from balcao.shared.commit import Committer
from balcao.shared.events import PhaseKind, TagProfile
from balcao.shared.mongo import Database, Document, Index
from balcao.shared.numbers import COUNTERS
from balcao.shared.records import Records
from balcao.workflow.domain.phases import TaskType, default_type
from balcao.workflow.domain.places import spans
from balcao.workflow.domain.tasks import Task, TaskState

TASKS = "tasks"
TASK_TYPES = "task_types"
TAGS = "tags"
_MOST_TYPES = 200
_MOST_TAGS = 5_100
"""A company has at most 5,000; some more may be on their way out."""
_TOGETHER = 100

INDEXES = (
    Index.on(TASKS, "company_id", "number", why="a task by its number; numbers never repeat", unique=True),
    Index.on(TASKS, "company_id", "place", why="all tasks, or those in one state, in the board's order"),
    Index.on(TASKS, "company_id", "executor.person_id", "place", why="one person's tasks (H9)"),
    Index.on(TASKS, "company_id", "phase.kind", "place", why="one column of the board"),
    Index.on(TASKS, "company_id", "tags", "place", why="tasks with a tag, in the board's order (O14)"),
    Index.on(TASKS, "company_id", "tickets.id", why="the tasks that serve a ticket"),
    Index.on(TASK_TYPES, "company_id", why="a company's task types"),
    Index.on(TAGS, "company_id", why="a company's tags (O14)"),
    # Made at start: a collection cannot everywhere be created by the first write inside a transaction.
    Index.on(COUNTERS, "_id", why="numbers per company"),
    *timeline.INDEXES,
)


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


class TaskTypes:
    """Each company's task types. A company without any gets the default one when they are first asked for."""

    def __init__(self, database: Database) -> None:
        self._types = database[TASK_TYPES]

    async def of(self, company_id: str) -> Sequence[TaskType]:
        """The company's task types, at least one, the default first."""
        documents = await self._types.find({"company_id": company_id}).to_list(_MOST_TYPES)
        if not documents:
            documents = [await self._start_with_default(company_id)]
        types = [TaskType.model_validate({**document, "id": document["_id"]}) for document in documents]
        return sorted(types, key=lambda one: (not one.default, one.name))

    async def _start_with_default(self, company_id: str) -> Document:
        document = default_type(company_id).model_dump()
        document["_id"] = document.pop("id")
        with suppress(DuplicateKeyError):  # another replica was quicker with the very same one
            await self._types.insert_one(document)
        return document


class Tags:
    """Tags of all companies; every query names one. The newest version wins, whatever the order of arrival."""

    def __init__(self, database: Database) -> None:
        self._tags = database[TAGS]

    async def learn(self, company_id: str, tag: TagProfile) -> None:
        """Keep a tag unless a newer one is known."""
        older = {"_id": tag.id, "company_id": company_id, "version": {"$lt": tag.version}}
        for _ in range(2):
            try:
                await self._tags.update_one(older, {"$set": tag.model_dump(exclude={"id"})}, upsert=True)
            except DuplicateKeyError:
                continue  # it is there and not older; or made just now, maybe from an older fact: look again
            return

    async def of(self, company_id: str) -> Sequence[TagProfile]:
        """The company's tags by name, archived ones too."""
        found = await self._tags.find({"company_id": company_id}).to_list(_MOST_TAGS)
        tags = [TagProfile.model_validate({**one, "id": one["_id"]}) for one in found]
        return sorted(tags, key=lambda one: one.name.casefold())
