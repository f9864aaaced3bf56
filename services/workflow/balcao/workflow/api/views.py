"""Tasks as JSON."""

from datetime import datetime
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from balcao.shared.events import Party, TagName
from balcao.workflow.domain.phases import Phase
from balcao.workflow.domain.tags import Known, named
from balcao.workflow.domain.tasks import Task, TaskState
from balcao.workflow.store.tags import Tags


class TicketOut(BaseModel):
    """A ticket that the task serves."""

    id: str
    number: int
    title: str
    cancelled_at: datetime | None


class TaskOut(BaseModel):
    """A task as lists show it."""

    id: str
    number: int
    title: str
    type_id: str
    phase: Phase
    state: TaskState
    executor: Party | None
    due: datetime | None
    tags: tuple[TagName, ...] = Field(description="As they are called and coloured now (O14).")
    tickets: tuple[TicketOut, ...]
    ticket_cancelled: bool = Field(description="One of its tickets was given up: somebody has to decide.")
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int


class TaskDetailOut(TaskOut):
    """A task with everything its own page shows, except its history."""

    description: str
    handover: str
    cancel_reason: str


async def answer(task: Task, tags: Tags) -> JSONResponse:
    content = TaskDetailOut(**shown(task, await known_tags(tags, task))).model_dump(mode="json")
    return JSONResponse(content, headers={"ETag": etag(task)})


def etag(task: Task) -> str:
    return f'"{task.version}"'


async def known_tags(tags: Tags, *tasks: Task) -> Known:
    """The company's tags, if any of these tasks has one."""
    if not any(task.tags for task in tasks):
        return {}
    return {one.id: one for one in await tags.of(tasks[0].company_id)}


def shown(task: Task, known: Known) -> dict[str, Any]:
    marked = any(ticket.cancelled_at is not None for ticket in task.tickets)
    shown = {**task.model_dump(), "tags": named(task.tags, known)}
    return {**shown, "ticket_cancelled": marked and task.state == "open"}
