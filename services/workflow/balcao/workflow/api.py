"""The HTTP door of `workflow`, for the team only: parses, asks production, renders."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.clock import now
from balcao.shared.errors import Invalid, NotFound
from balcao.shared.events import Party, PhaseKind, TagName, TagProfile
from balcao.shared.http import caller
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Document
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting
from balcao.workflow.domain.phases import Phase
from balcao.workflow.domain.places import read_place
from balcao.workflow.domain.tags import Known, named
from balcao.workflow.domain.tasks import MOST_TAGS, Task, TaskState
from balcao.workflow.production import Production
from balcao.workflow.store import Tags, Wanted

SERVICE = "workflow"
TagId = Annotated[str, Field(min_length=1, max_length=100)]


class _Body(BaseModel):
    """A misspelt field is an error, not a wish that gets lost."""

    model_config = ConfigDict(extra="forbid")


class PhaseBody(_Body):
    """Where a task moves to."""

    phase: str = Field(min_length=1, max_length=80, description="The phase's id or name.")


class CompleteBody(_Body):
    """What the producer hands over."""

    handover: str = Field(default="", max_length=20_000, description="For whoever answers the client.")


class CancelBody(_Body):
    """Why the work is given up."""

    reason: str = Field(default="", max_length=2_000)


class AssignBody(_Body):
    """The new executor, as the gateway found them in the directory; no `person_id` takes the task from everybody."""

    person_id: str | None = Field(min_length=1, max_length=100)
    name: str = Field(default="", max_length=200)
    address: str | None = Field(default=None, max_length=320)
    locale: str | None = Field(default=None, max_length=20)

    def party(self, acting: Acting) -> Party | None:
        """The executor. Whoever takes a task needs to give no more than their own id. Raises `Invalid`."""
        if self.person_id is None:
            return None
        if self.person_id == acting.person_id and not self.name:
            return acting.party()
        if not self.name:
            raise Invalid("`name` is required: the executor's name and address go with the task")
        return Party(person_id=self.person_id, name=self.name, address=self.address, locale=self.locale)


class TagsBody(_Body):
    """Which of the company's tags to put on a task and which to take off, by id (O14)."""

    add: list[TagId] = Field(default=[], max_length=MOST_TAGS)
    remove: list[TagId] = Field(default=[], max_length=MOST_TAGS)


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


class EntryOut(BaseModel):
    """One thing that happened."""

    n: int
    type: str
    public: bool
    at: datetime
    actor: Party | None
    data: dict[str, Any]


class TaskPageOut(TaskDetailOut):
    """A task with its history."""

    timeline: list[EntryOut]


class TasksOut(BaseModel):
    """A page of tasks in the board's order, and what to pass as `after` for the next one."""

    items: list[TaskOut]
    next: str | None


class TaskTypeOut(BaseModel):
    """A task type with its phases in the order of the board."""

    id: str
    name: str
    default: bool
    phases: tuple[Phase, ...]


class TaskTypesOut(BaseModel):
    """The company's task types, the default first."""

    items: list[TaskTypeOut]


def member(acting: Annotated[Acting, Depends(caller(SERVICE))]) -> Acting:
    """Who is acting, if they are of the team; to everybody else there are no tasks here."""
    if not acting.is_team:
        raise NotFound("there is nothing here for you")
    return acting


class TagsOut(BaseModel):
    """The company's tags."""

    items: list[TagProfile]


def if_match(if_match: Annotated[str | None, Header(max_length=40)] = None) -> int | None:
    """The version a command insists on, from `If-Match` (`7` or `"7"`); none when it takes any."""
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("If-Match must be the version of the task, as its ETag gives it")
    return int(digits)


Member = Annotated[Acting, Depends(member)]


def cause(acting: Member, idempotency_key: Annotated[str | None, Header(max_length=200)] = None) -> Cause:
    """A request is the first link of its chain. The same Idempotency-Key from the same person acts once."""
    id_ = derived_id("request", acting.company_id, acting.person_id, idempotency_key) if idempotency_key else new_id()
    return Cause(id=id_, correlation_id=id_, at=now(), actor=acting.party())


Number = Annotated[int, Path(ge=1, le=2_147_483_647)]
Expected = Annotated[int | None, Depends(if_match)]
TheCause = Annotated[Cause, Depends(cause)]


def routes(production: Production, tags: Tags) -> APIRouter:
    """All routes of this service."""
    router = APIRouter(prefix="/v1")
    _add_reading(router, production, tags)
    _add_tags(router, production, tags)
    _add_commands(router, production, tags)
    return router


def _add_reading(router: APIRouter, production: Production, tags: Tags) -> None:
    @router.get("/tasks")
    async def list_tasks(
        acting: Member,
        *,
        executor: Annotated[str | None, Query(min_length=1, max_length=100, description="An id, or me.")] = None,
        state: TaskState | None = None,
        phase_kind: PhaseKind | None = None,
        tag: Annotated[str | None, Query(min_length=1, max_length=100, description="A tag's id (O14).")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=40)] = None,
    ) -> TasksOut:
        """Tasks in the board's order: open ones by urgency, then completed, then cancelled ones, the latest first."""
        wanted = Wanted(acting.person_id if executor == "me" else executor, state, phase_kind, tag)
        place = read_place(after) if after is not None else None
        page, following = await production.page(acting.company_id, wanted, limit=limit, after=place)
        known = await _known(tags, *page)
        return TasksOut(items=[TaskOut(**_shown(task, known)) for task in page], next=following)

    @router.get("/tasks/{number}")
    async def show_task(acting: Member, number: Number, response: Response) -> TaskPageOut:
        """A task with its history."""
        task, timeline = await production.task(acting.company_id, number)
        response.headers["ETag"] = _etag(task)
        return TaskPageOut(**_shown(task, await _known(tags, task)), timeline=[_entry(one) for one in timeline])

    @router.get("/task-types")
    async def list_types(acting: Member) -> TaskTypesOut:
        """The company's task types with their phases."""
        types = await production.types(acting.company_id)
        return TaskTypesOut(items=[TaskTypeOut(**one.model_dump()) for one in types])


def _add_tags(router: APIRouter, production: Production, tags: Tags) -> None:
    @router.get("/tags")
    async def list_tags(acting: Member) -> TagsOut:
        """The company's tags by name, as the directory last said them; archived ones are marked (O14)."""
        return TagsOut(items=list(await tags.of(acting.company_id)))

    @router.post("/tasks/{number}/tags", response_model=TaskDetailOut)
    async def retag(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: TagsBody
    ) -> JSONResponse:
        """Put tags on the task and take tags off (O14)."""
        known = {one.id: one for one in await tags.of(acting.company_id)}
        task = await production.retag(acting.company_id, number, body.add, body.remove, known, cause, expected)
        return await _answer(task, tags)


def _add_commands(router: APIRouter, production: Production, tags: Tags) -> None:
    @router.post("/tasks/{number}/phase", response_model=TaskDetailOut)
    async def move(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: PhaseBody
    ) -> JSONResponse:
        """Move to a phase: into a done one completes the task, out of one reopens it."""
        return await _answer(await production.move(acting.company_id, number, body.phase, cause, expected), tags)

    @router.post("/tasks/{number}/complete", response_model=TaskDetailOut)
    async def complete(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: CompleteBody | None = None
    ) -> JSONResponse:
        """Production is done."""
        handover = body.handover if body is not None else ""
        return await _answer(await production.complete(acting.company_id, number, handover, cause, expected), tags)

    @router.post("/tasks/{number}/cancel", response_model=TaskDetailOut)
    async def cancel(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: CancelBody | None = None
    ) -> JSONResponse:
        """Give the work up."""
        reason = body.reason if body is not None else ""
        return await _answer(await production.cancel(acting.company_id, number, reason, cause, expected), tags)

    @router.post("/tasks/{number}/reopen", response_model=TaskDetailOut)
    async def reopen(acting: Member, number: Number, expected: Expected, cause: TheCause) -> JSONResponse:
        """Take completed or cancelled work up again."""
        return await _answer(await production.reopen(acting.company_id, number, cause, expected), tags)

    @router.post("/tasks/{number}/assign", response_model=TaskDetailOut)
    async def assign(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: AssignBody
    ) -> JSONResponse:
        """Give the task to another executor."""
        executor = body.party(acting)
        return await _answer(await production.assign(acting.company_id, number, executor, cause, expected), tags)


async def _answer(task: Task, tags: Tags) -> JSONResponse:
    content = TaskDetailOut(**_shown(task, await _known(tags, task))).model_dump(mode="json")
    return JSONResponse(content, headers={"ETag": _etag(task)})


def _etag(task: Task) -> str:
    return f'"{task.version}"'


async def _known(tags: Tags, *tasks: Task) -> Known:
    """The company's tags, if any of these tasks has one."""
    if not any(task.tags for task in tasks):
        return {}
    return {one.id: one for one in await tags.of(tasks[0].company_id)}


def _shown(task: Task, known: Known) -> dict[str, Any]:
    marked = any(ticket.cancelled_at is not None for ticket in task.tickets)
    shown = {**task.model_dump(), "tags": named(task.tags, known)}
    return {**shown, "ticket_cancelled": marked and task.state == "open"}


def _entry(entry: Document) -> EntryOut:
    return EntryOut(**{key: entry[key] for key in EntryOut.model_fields})
