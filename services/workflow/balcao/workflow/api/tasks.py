"""Routes of tasks: reading, and what can be done with one."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from balcao.shared.errors import Invalid
from balcao.shared.events import Deliverables, FileRef, Party, PhaseKind
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting
from balcao.workflow.api.commands import Body, Expected, Member, Number, TheCause
from balcao.workflow.api.views import Showing, TaskDetailOut, TaskOut, etag
from balcao.workflow.catalogues import language
from balcao.workflow.companies import Companies
from balcao.workflow.domain.deliverables import MOST_FILES, MOST_LINKS, MOST_URL, deliverables
from balcao.workflow.domain.history import History
from balcao.workflow.domain.places import read_place
from balcao.workflow.domain.tasks import TaskState
from balcao.workflow.production import Phases, Production


class LinkBody(Body):
    """Something to look at elsewhere."""

    url: str = Field(min_length=1, max_length=MOST_URL, description="http or https.")
    title: str = Field(default="", max_length=200)


class HandedOver(Body):
    """What the producer hands over with finished work; files as the gateway took them in."""

    handover: str = Field(default="", max_length=20_000, description="A sentence for the client.")
    files: list[FileRef] = Field(default=[], max_length=MOST_FILES)
    links: list[LinkBody] = Field(default=[], max_length=MOST_LINKS)

    def deliverables(self) -> Deliverables | None:
        """The same, checked; none when nothing is handed over. Raises `BadLink`."""
        return deliverables(self.handover, self.files, [(one.url, one.title) for one in self.links])


class PhaseBody(HandedOver):
    """Where a task moves to. What is handed over counts where that leaves nothing to do."""

    phase: str = Field(min_length=1, max_length=80, description="The phase's id or name.")
    despite_blockers: bool = Field(default=False, description="Although it waits for other tasks.")


class CompleteBody(HandedOver):
    """Production is done."""

    despite_blockers: bool = Field(default=False, description="Although it waits for other tasks.")


class CancelBody(Body):
    """Why the work is given up."""

    reason: str = Field(default="", max_length=2_000)


class AssignBody(Body):
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


class EntryOut(BaseModel):
    """One thing that happened."""

    n: int
    type: str
    public: bool
    at: datetime
    actor: Party | None
    data: dict[str, Any]
    sentence: str = Field(description="The same in words, in the reader's language.")


class TaskPageOut(TaskDetailOut):
    """A task with its history."""

    timeline: list[EntryOut]


class TasksOut(BaseModel):
    """A page of tasks in the board's order, and what to pass as `after` for the next one."""

    items: list[TaskOut]
    next: str | None


def routes(production: Production, companies: Companies, showing: Showing) -> APIRouter:
    """Routes of tasks."""
    router = APIRouter(prefix="/v1")
    _add_reading(router, production, companies, showing)
    _add_commands(router, production, showing)
    return router


def _add_reading(router: APIRouter, production: Production, companies: Companies, showing: Showing) -> None:
    @router.get("/tasks")
    async def list_tasks(
        acting: Member,
        *,
        executor: Annotated[str | None, Query(min_length=1, max_length=100, description="An id, or me.")] = None,
        state: TaskState | None = None,
        phase_kind: PhaseKind | None = None,
        tag: Annotated[str | None, Query(min_length=1, max_length=100, description="A tag's id (O14).")] = None,
        task_type: Annotated[str | None, Query(min_length=1, max_length=100, description="A task type's id.")] = None,
        phase: Annotated[str | None, Query(min_length=1, max_length=100, description="An id, of any type.")] = None,
        late: Annotated[bool, Query(description="Only open ones whose date has passed.")] = False,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=40)] = None,
    ) -> TasksOut:
        """Tasks in the board's order: open ones by urgency, then completed, then cancelled ones, the latest first."""
        somebody = acting.person_id if executor == "me" else executor
        wanted = await production.wanted(
            acting.company_id, somebody, state, tag, Phases(phase_kind, task_type, phase), late=late
        )
        place = read_place(after) if after is not None else None
        page, following = await production.page(acting.company_id, wanted, limit=limit, after=place)
        return TasksOut(items=await showing.rows(acting.company_id, page), next=following)

    @router.get("/tasks/{number}")
    async def show_task(
        acting: Member,
        number: Number,
        response: Response,
        locale: Annotated[
            str | None, Query(max_length=20, description="pt-BR or en; else the reader's own, else the company's.")
        ] = None,
    ) -> TaskPageOut:
        """A task with its history, each entry as data and in words."""
        task, timeline = await production.task(acting.company_id, number)
        company = await companies.get(acting.company_id)
        history = History(language(company.time_zone, locale, acting.locale, company.locale))
        response.headers["ETag"] = etag(task)
        return TaskPageOut(**await showing.detail(task), timeline=[_entry(one, history) for one in timeline])


def _add_commands(router: APIRouter, production: Production, showing: Showing) -> None:
    @router.post("/tasks/{number}/phase", response_model=TaskDetailOut)
    async def move(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: PhaseBody
    ) -> JSONResponse:
        """Move to a phase: into a done one completes the task, out of one reopens it."""
        task = await production.move(
            acting.company_id,
            number,
            body.phase,
            cause,
            expected,
            overruled=body.despite_blockers,
            delivered=body.deliverables(),
        )
        return await showing.answer(task)

    @router.post("/tasks/{number}/complete", response_model=TaskDetailOut)
    async def complete(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: CompleteBody | None = None
    ) -> JSONResponse:
        """Production is done."""
        given = body or CompleteBody()
        task = await production.complete(
            acting.company_id,
            number,
            given.handover,
            cause,
            expected,
            overruled=given.despite_blockers,
            delivered=given.deliverables(),
        )
        return await showing.answer(task)

    @router.post("/tasks/{number}/cancel", response_model=TaskDetailOut)
    async def cancel(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: CancelBody | None = None
    ) -> JSONResponse:
        """Give the work up."""
        reason = body.reason if body is not None else ""
        return await showing.answer(await production.cancel(acting.company_id, number, reason, cause, expected))

    @router.post("/tasks/{number}/reopen", response_model=TaskDetailOut)
    async def reopen(acting: Member, number: Number, expected: Expected, cause: TheCause) -> JSONResponse:
        """Take completed or cancelled work up again."""
        return await showing.answer(await production.reopen(acting.company_id, number, cause, expected))

    @router.post("/tasks/{number}/assign", response_model=TaskDetailOut)
    async def assign(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: AssignBody
    ) -> JSONResponse:
        """Give the task to another executor."""
        executor = body.party(acting)
        return await showing.answer(await production.assign(acting.company_id, number, executor, cause, expected))


def _entry(entry: Document, history: History) -> EntryOut:
    shown = {key: entry[key] for key in EntryOut.model_fields if key != "sentence"}
    return EntryOut(**shown, sentence=history.sentence(entry))
