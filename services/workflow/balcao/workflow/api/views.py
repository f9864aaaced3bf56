"""Tasks as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from balcao.shared.events import Deliverables, FileRef, Party, TagName
from balcao.workflow.domain.editing import Project
from balcao.workflow.domain.held import ChecklistEntry, DayOfWork
from balcao.workflow.domain.outside_link import OutsideLink
from balcao.workflow.domain.phases import Phase, TaskType
from balcao.workflow.domain.tags import Known, named
from balcao.workflow.domain.tasks import Task, TaskState
from balcao.workflow.production import Production
from balcao.workflow.store.learned import Learned
from balcao.workflow.store.tags import Tags


class TicketOut(BaseModel):
    """A ticket that the task serves."""

    id: str
    number: int
    title: str
    cancelled_at: datetime | None


class ProjectOut(BaseModel):
    """The project a task belongs to."""

    id: str
    name: str


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
    tickets: tuple[TicketOut, ...] = Field(description="In a list the first 20.")
    tickets_total: int
    ticket_cancelled: bool = Field(description="One of its tickets was given up: somebody has to decide.")
    outside: tuple[OutsideLink, ...] = Field(description="Where the same work stands in trackers elsewhere.")
    project_id: str | None
    checklist_done: int = Field(description="Items of the checklist that are ticked.")
    checklist_of: int = Field(description="Items there are.")
    estimate_minutes: int | None
    spent_minutes: int
    comments: int
    waits_for: int = Field(description="Tasks it was made to wait for, finished ones too.")
    blocked: bool = Field(description="Open, and one of these is open too.")
    recurrence_id: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    version: int


class OtherTaskOut(BaseModel):
    """A task that another one waits for, or that waits for it."""

    id: str
    number: int
    title: str
    state: TaskState
    phase: Phase
    executor: Party | None
    due: datetime | None


class TaskDetailOut(TaskOut):
    """A task with everything its own page shows, except its history."""

    description: str
    description_html: str = Field(description="Sanitised; empty where only plain text was written.")
    files: tuple[FileRef, ...]
    checklist: tuple[ChecklistEntry, ...]
    spent: tuple[DayOfWork, ...]
    project: ProjectOut | None
    blocked_by: list[OtherTaskOut]
    blocks: list[OtherTaskOut]
    handover: str
    delivered: Deliverables | None = Field(description="What was handed over, while nothing is left to do (H4).")
    cancel_reason: str


MOST_TICKETS_IN_ROWS = 20


class Showing:
    """Shows tasks with what they are called now: tags, phases, projects, and the tasks they hang together with."""

    def __init__(self, production: Production, tags: Tags, learned: Learned) -> None:
        self._production = production
        self._tags = tags
        self._learned = learned

    async def rows(self, company_id: str, tasks: list[Task]) -> list[TaskOut]:
        """Tasks as lists show them."""
        if not tasks:
            return []
        known, types = await self._known(tasks), await self._types(company_id)
        waited_for = [id_ for task in tasks if task.state == "open" for id_ in task.blocked_by]
        others = await self._production.named(company_id, tuple(dict.fromkeys(waited_for)))
        rows = [_row(task, known, types, others) for task in tasks]
        return [TaskOut(**{**row, "tickets": row["tickets"][:MOST_TICKETS_IN_ROWS]}) for row in rows]

    async def detail(self, task: Task) -> dict[str, Any]:
        """A task with everything but its history."""
        company_id = task.company_id
        types = await self._types(company_id)
        near = await self._production.named(company_id, (*task.blocked_by, *task.blocks))
        others = {one.id: one for one in near}
        projects: Mapping[str, Project] = await self._learned.projects(company_id) if task.project_id else {}
        project = projects.get(task.project_id or "")
        return {
            **_row(task, await self._known([task]), types, near),
            "project": ProjectOut(id=project.id, name=project.name) if project is not None else None,
            "blocked_by": [_other(others[id_], types) for id_ in task.blocked_by if id_ in others],
            "blocks": [_other(others[id_], types) for id_ in task.blocks if id_ in others],
        }

    async def answer(self, task: Task, status: int = 200) -> JSONResponse:
        """What every command answers: the task as it is afterwards, its version as ETag."""
        content = TaskDetailOut(**await self.detail(task)).model_dump(mode="json")
        return JSONResponse(content, status, headers={"ETag": etag(task)})

    async def _known(self, tasks: list[Task]) -> Known:
        """The company's tags, if any of these tasks has one."""
        if not any(task.tags for task in tasks):
            return {}
        return {one.id: one for one in await self._tags.of(tasks[0].company_id)}

    async def _types(self, company_id: str) -> Mapping[str, TaskType]:
        return {one.id: one for one in await self._production.types(company_id)}


def etag(task: Task) -> str:
    """The task's version, quoted."""
    return f'"{task.version}"'


def _row(task: Task, known: Known, types: Mapping[str, TaskType], others: Sequence[Task]) -> dict[str, Any]:
    marked = any(ticket.cancelled_at is not None for ticket in task.tickets)
    open_ids = {one.id for one in others if one.state == "open"}
    return {
        **task.model_dump(exclude={"blocked_by", "blocks"}),
        "tags": named(task.tags, known),
        "phase": _phase(task, types),
        "tickets_total": len(task.tickets),
        "ticket_cancelled": marked and task.state == "open",
        "checklist_done": sum(one.done_at is not None for one in task.checklist),
        "checklist_of": len(task.checklist),
        "waits_for": len(task.blocked_by),
        "blocked": task.state == "open" and not open_ids.isdisjoint(task.blocked_by),
    }


def _other(task: Task, types: Mapping[str, TaskType]) -> OtherTaskOut:
    return OtherTaskOut(**{**task.model_dump(), "phase": _phase(task, types)})


def _phase(task: Task, types: Mapping[str, TaskType]) -> Phase:
    """The phase as the company calls it now."""
    task_type = types.get(task.type_id)
    return task_type.as_now(task.phase) if task_type is not None else task.phase
