"""Each company's task types with their phases."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Committer, Conflict, Work
from balcao.shared.mongo import Database, Document
from balcao.shared.records import Records
from balcao.shared.timeline import Cause
from balcao.shared.timers import TIMERS, timer_document
from balcao.workflow.domain.conditions import TaskTypeTaken
from balcao.workflow.domain.phases import TaskType, default_type, in_order
from balcao.workflow.store import TASK_TYPES

REFIT = "refit"
"""The timer after which tasks are brought to where their type's phases are."""
_ONCE_MORE = timedelta(minutes=1)
_MOST_TYPES = 200


class TaskTypes(Records[TaskType]):
    """Each company's task types. A company without any gets the default one when they are first asked for."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(database, committer, collection=TASK_TYPES, kind=TaskType, source="workflow", noun="task type")

    async def of(self, company_id: str) -> Sequence[TaskType]:
        """The company's task types, at least one, the default first; archived ones last."""
        documents = await self.collection.find({"company_id": company_id}).to_list(_MOST_TYPES)
        if not documents:
            documents = [await self._start_with_default(company_id)]
        return in_order(found for document in documents if (found := self._read(document, company_id)) is not None)

    async def add(self, change: Change[TaskType], cause: Cause) -> TaskType:
        """Save a new type. Raises `TaskTypeTaken` when somebody else was quicker with its name."""
        try:
            return await self.create(change, cause)
        except AlreadyDone:
            return await self.get(change.after.company_id, change.after.id)
        except Conflict as conflict:
            raise TaskTypeTaken(f"there is a task type called {change.after.name!r} already") from conflict

    def _tell(self, work: Work, change: Change[TaskType], cause: Cause) -> None:
        super()._tell(work, change, cause)
        after = change.after
        if change.before.phases != after.phases:
            # Once more a little later: a task may enter a phase in the moment in which it is removed.
            for due in (cause.at, cause.at + _ONCE_MORE):
                work.insert(TIMERS, timer_document(after.company_id, REFIT, after.id, due, str(after.version)))

    async def _start_with_default(self, company_id: str) -> Document:
        document = default_type(company_id).model_dump()
        document["_id"] = document.pop("id")
        with suppress(DuplicateKeyError):  # another replica was quicker with the very same one
            await self.collection.insert_one(dict(document))
        return document
