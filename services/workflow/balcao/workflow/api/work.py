"""Routes of what a task holds: its fields, checklist, files, comments and time."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from balcao.shared.aggregate import Change
from balcao.shared.errors import Invalid
from balcao.shared.events import FileRef, Party
from balcao.shared.ids import derived_id
from balcao.shared.rich_text import MOST_HTML, MOST_TEXT
from balcao.workflow.api.commands import Body, Expected, Member, Number, TheCause
from balcao.workflow.api.views import Showing, TaskDetailOut
from balcao.workflow.companies import Companies
from balcao.workflow.creating import Creating
from balcao.workflow.domain import checklists
from balcao.workflow.domain.checklists import MOST_ITEM_TEXT, MOST_ITEMS
from balcao.workflow.domain.commenting import MOST_MENTIONS, comment
from balcao.workflow.domain.editing import MOST_AT_ONCE, Edit, attach, detach, edit
from balcao.workflow.domain.opening import TaskWanted
from balcao.workflow.domain.tasks import Task
from balcao.workflow.domain.timesheets import MINUTES_OF_A_DAY, log_time
from balcao.workflow.production import Production
from balcao.workflow.store.learned import Learned

Id = Annotated[str, Field(min_length=1, max_length=100)]
ItemId = Annotated[str, Path(min_length=1, max_length=100)]
ItemText = Annotated[str, Field(min_length=1, max_length=MOST_ITEM_TEXT)]
Refs = Annotated[tuple[FileRef, ...], Field(max_length=MOST_AT_ONCE)]


class ItemBody(Body):
    """A new item of the checklist."""

    text: ItemText


class ItemEditBody(Body):
    """What of an item changes, one thing at a time."""

    text: ItemText | None = None
    done: bool | None = None
    place: int | None = Field(default=None, ge=0, le=MOST_ITEMS, description="0 is the first.")

    def rule(self, task: Task, item_id: str, by: Party, at: datetime) -> Change[Task]:
        """What was asked for. Raises `Invalid` unless it is exactly one thing."""
        if sum(one is not None for one in (self.text, self.done, self.place)) != 1:
            raise Invalid("give one of `text`, `done` and `place`")
        if self.text is not None:
            return checklists.rename_item(task, item_id, self.text, at=at)
        if self.done is not None:
            return checklists.tick_item(task, item_id, by, done=self.done, at=at)
        return checklists.move_item(task, item_id, self.place or 0, at=at)


class FilesBody(Body):
    """Files to attach, as the gateway keeps them."""

    files: Refs


class CommentBody(Body):
    """Words for colleagues: plain text, or HTML from an editor."""

    text: str = Field(default="", max_length=MOST_TEXT)
    html: str | None = Field(default=None, max_length=MOST_HTML, description="Instead of `text`.")
    files: Refs = ()
    mentions: list[Id] = Field(default=[], max_length=MOST_MENTIONS, description="Ids of people of the team.")


class TimeBody(Body):
    """How long one worked on the task on a day, all in all; a later entry corrects an earlier one."""

    day: date | None = Field(default=None, description="None: today, by the company's clock.")
    minutes: int = Field(ge=0, le=MINUTES_OF_A_DAY)
    note: str = Field(default="", max_length=500)


def routes(
    production: Production, creating: Creating, learned: Learned, companies: Companies, showing: Showing
) -> APIRouter:
    """Routes of what a task holds."""
    router = APIRouter(prefix="/v1")
    _add_fields(router, production, creating, learned, showing)
    _add_checklist(router, production, showing)
    _add_words(router, production, learned, companies, showing)
    return router


def _add_fields(
    router: APIRouter, production: Production, creating: Creating, learned: Learned, showing: Showing
) -> None:
    @router.post("/tasks", status_code=201, response_model=TaskDetailOut)
    async def create(acting: Member, cause: TheCause, body: TaskWanted) -> JSONResponse:
        """A task of the team's own, which no ticket asked for."""
        return await showing.answer(await creating.create_own(acting.company_id, body, cause), 201)

    @router.patch("/tasks/{number}", response_model=TaskDetailOut)
    async def edit_task(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: Edit
    ) -> JSONResponse:
        """Other values for the fields that are given."""
        projects = await learned.projects(acting.company_id) if body.project_id else {}
        task = await production.apply(
            acting.company_id, number, lambda now: edit(now, body, projects, at=cause.at), cause, expected
        )
        return await showing.answer(task)

    @router.post("/tasks/{number}/files", response_model=TaskDetailOut)
    async def attach_files(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: FilesBody
    ) -> JSONResponse:
        """Attach files."""
        task = await production.apply(
            acting.company_id, number, lambda now: attach(now, body.files, at=cause.at), cause, expected
        )
        return await showing.answer(task)

    @router.delete("/tasks/{number}/files", response_model=TaskDetailOut)
    async def detach_file(
        acting: Member,
        number: Number,
        expected: Expected,
        cause: TheCause,
        file_id: Annotated[str, Query(min_length=1, max_length=300)],
    ) -> JSONResponse:
        """Take a file off; the history keeps it."""
        task = await production.apply(
            acting.company_id, number, lambda now: detach(now, file_id, at=cause.at), cause, expected
        )
        return await showing.answer(task)


def _add_checklist(router: APIRouter, production: Production, showing: Showing) -> None:
    @router.post("/tasks/{number}/checklist", response_model=TaskDetailOut)
    async def add_item(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: ItemBody
    ) -> JSONResponse:
        """Put an item at the end of the checklist."""
        id_ = derived_id("item", cause.id)
        task = await production.apply(
            acting.company_id,
            number,
            lambda now: checklists.add_item(now, id_, body.text, at=cause.at),
            cause,
            expected,
        )
        return await showing.answer(task)

    @router.patch("/tasks/{number}/checklist/{item_id}", response_model=TaskDetailOut)
    async def change_item(
        acting: Member, number: Number, item_id: ItemId, expected: Expected, cause: TheCause, body: ItemEditBody
    ) -> JSONResponse:
        """Tick or untick an item, let it say something else, or put it at another place: one of these."""
        by = acting.party()
        task = await production.apply(
            acting.company_id, number, lambda now: body.rule(now, item_id, by, cause.at), cause, expected
        )
        return await showing.answer(task)

    @router.delete("/tasks/{number}/checklist/{item_id}", response_model=TaskDetailOut)
    async def remove_item(
        acting: Member, number: Number, item_id: ItemId, expected: Expected, cause: TheCause
    ) -> JSONResponse:
        """Take an item off; the history keeps what it said."""
        task = await production.apply(
            acting.company_id, number, lambda now: checklists.remove_item(now, item_id, at=cause.at), cause, expected
        )
        return await showing.answer(task)


def _add_words(
    router: APIRouter, production: Production, learned: Learned, companies: Companies, showing: Showing
) -> None:
    @router.post("/tasks/{number}/comments", response_model=TaskDetailOut)
    async def write_comment(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: CommentBody
    ) -> JSONResponse:
        """Write to colleagues; who is mentioned is told. Nobody outside the team ever reads it."""
        team = await learned.team(acting.company_id) if body.mentions else {}
        task = await production.apply(
            acting.company_id,
            number,
            lambda now: comment(now, body.text, body.html, body.files, body.mentions, team, at=cause.at),
            cause,
            expected,
        )
        return await showing.answer(task)

    @router.post("/tasks/{number}/time", response_model=TaskDetailOut)
    async def enter_time(
        acting: Member, number: Number, expected: Expected, cause: TheCause, body: TimeBody
    ) -> JSONResponse:
        """How long one worked on it on a day. Everybody enters and corrects their own time only."""
        today = (await companies.calendar(acting.company_id)).today(cause.at)
        person, day = acting.party(), body.day or today
        task = await production.apply(
            acting.company_id,
            number,
            lambda now: log_time(now, person, day, body.minutes, body.note, today=today, at=cause.at),
            cause,
            expected,
        )
        return await showing.answer(task)
