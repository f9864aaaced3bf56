"""Who changed something of the settings last, and when; for administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from balcao.shared.events import Party
from balcao.shared.mongo import Document
from balcao.workflow.api.commands import Admin
from balcao.workflow.store.phase_rules import PhaseRules
from balcao.workflow.store.task_types import TaskTypes

Id = Annotated[str, Path(min_length=1, max_length=100)]


class LastChangeOut(BaseModel):
    """The latest change of a thing."""

    at: datetime | None = Field(description="None: nobody has changed it, it came with the company.")
    actor: Party | None = Field(description="None: Balcão itself.")


def routes(types: TaskTypes, rules: PhaseRules) -> APIRouter:
    """Routes of last changes."""
    router = APIRouter(prefix="/v1")

    @router.get("/task-types/{id_}/last-change")
    async def last_change_of_type(acting: Admin, id_: Id) -> LastChangeOut:
        """Who changed a task type last."""
        found = await types.get(acting.company_id, id_)
        return _latest(await types.timeline(acting.company_id, found.id, public_only=False, limit=1))

    @router.get("/rules/{id_}/last-change")
    async def last_change_of_rule(acting: Admin, id_: Id) -> LastChangeOut:
        """Who changed a rule last."""
        found = await rules.get(acting.company_id, id_)
        return _latest(await rules.timeline(acting.company_id, found.id, public_only=False, limit=1))

    return router


def _latest(entries: list[Document]) -> LastChangeOut:
    latest = entries[-1] if entries else {}
    return LastChangeOut(at=latest.get("at"), actor=latest.get("actor"))
