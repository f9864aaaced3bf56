"""Each company's task types with their phases."""

from collections.abc import Sequence
from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from balcao.shared.mongo import Database, Document
from balcao.workflow.domain.phases import TaskType, default_type
from balcao.workflow.store import TASK_TYPES

_MOST_TYPES = 200


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
