"""What a task holds: fields, checklist, files, comments, time, and the tasks it waits for. For the team only."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import AwareDatetime, Field

from balcao.portal_api.api.opening import with_files
from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, Receipts, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.downloads import Downloads
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Uploads
from balcao.shared.tokens import Acting

Id = Annotated[str, Field(min_length=1, max_length=100)]
ItemId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
ItemText = Annotated[str, Field(min_length=1, max_length=300)]
Rich = Annotated[
    str | None,
    Field(max_length=200_000, description="Instead of plain text. Images as `cid:` and an upload's `content_id`."),
]
Estimate = Annotated[int | None, Field(ge=0, le=288_000, description="Minutes of work.")]


class NewTask(Body):
    """A task of the team's own, which no ticket asked for."""

    title: str = Field(min_length=1, max_length=300)
    description: str = Field(default="", max_length=100_000)
    html: Rich = None
    files: Receipts
    task_type: str | None = Field(default=None, min_length=1, max_length=100, description="Id or name; none: default.")
    executor_id: Id | None = None
    due: AwareDatetime | None = Field(default=None, description="None: what the type's duration leads to.")
    tags: list[Id] = Field(default=[], max_length=50)
    project_id: Id | None = None
    estimate_minutes: Estimate = None
    checklist: list[ItemText] = Field(default=[], max_length=100)


class TaskFields(Body):
    """Other values for the fields that are given; what is left out stays."""

    title: str = Field(default="-", min_length=1, max_length=300)
    description: str = Field(default="", max_length=100_000)
    html: Rich = None
    files: Receipts
    due: AwareDatetime | None = None
    estimate_minutes: Estimate = None
    project_id: Id | None = None


class Item(Body):
    """A new item of the checklist."""

    text: ItemText


class ItemChange(Body):
    """One of: another text, ticked or not, another place."""

    text: ItemText | None = None
    done: bool | None = None
    place: int | None = Field(default=None, ge=0, le=100, description="0 is the first.")


class Files(Body):
    """Files to attach."""

    files: Receipts


class Comment(Body):
    """Words for colleagues; nobody outside the team ever reads them."""

    text: str = Field(default="", max_length=100_000)
    html: Rich = None
    files: Receipts
    mentions: list[Id] = Field(default=[], max_length=50, description="Ids of people of the team: they are told.")


class Time(Body):
    """How long one worked on the task on a day, all in all; a later entry corrects an earlier one."""

    day: date | None = Field(default=None, description="None: today, by the company's clock.")
    minutes: int = Field(ge=0, le=1440)
    note: str = Field(default="", max_length=500)


class Blocker(Body):
    """The task to wait for."""

    number: int = Field(ge=1, le=2_147_483_647)


def routes(roles: Roles, upstreams: Upstreams, uploads: Uploads, downloads: Downloads) -> APIRouter:
    """Routes about what a task holds."""
    router = APIRouter(responses=PROBLEMS)
    _fields(router, roles, upstreams, uploads, downloads)
    _checklist(router, roles, upstreams)
    _words(router, roles, upstreams, uploads)
    return router


def _fields(router: APIRouter, roles: Roles, upstreams: Upstreams, uploads: Uploads, downloads: Downloads) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    workflow = upstreams.workflow

    @router.post("/tasks", status_code=201, response_class=Response)
    async def create_task(body: NewTask, acting: team, once: Once = None) -> Response:
        """Create a task that belongs to no ticket. For a ticket's task see `POST /tickets/{number}/tasks`."""
        given = with_files(body, body.files, uploads, acting)
        return passed_on(await workflow.post("/v1/tasks", acting, given, once=once))

    @router.patch("/tasks/{number}", response_class=Response)
    async def edit_task(
        number: Number, body: TaskFields, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change the fields that are given."""
        given = with_files(body, body.files, uploads, acting)
        return passed_on(await workflow.patch(f"/v1/tasks/{number}", acting, given, if_match=if_match, once=once))

    @router.post("/tasks/{number}/files", response_class=Response)
    async def attach_files(
        number: Number, body: Files, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Attach uploaded files."""
        given = with_files(body, body.files, uploads, acting)
        path = f"/v1/tasks/{number}/files"
        return passed_on(await workflow.post(path, acting, given, if_match=if_match, once=once))

    @router.get("/tasks/{number}/files/{file_id:path}", response_class=Response)
    async def open_file(number: Number, file_id: str, acting: team) -> Response:
        """The bytes of a file that the task, a comment on it or its history shows."""
        return await downloads.open_of_task(acting, number, file_id)

    @router.delete("/tasks/{number}/files/{file_id:path}", response_class=Response)
    async def detach_file(
        number: Number, file_id: str, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Take a file off the task; its history keeps it."""
        path = f"/v1/tasks/{number}/files"
        return passed_on(await workflow.delete(path, acting, if_match=if_match, once=once, file_id=file_id))


def _checklist(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    workflow = upstreams.workflow

    @router.post("/tasks/{number}/checklist", response_class=Response)
    async def add_item(
        number: Number, body: Item, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Put an item at the end of the checklist."""
        path = f"/v1/tasks/{number}/checklist"
        return passed_on(await workflow.post(path, acting, body.model_dump(), if_match=if_match, once=once))

    @router.patch("/tasks/{number}/checklist/{item_id}", response_class=Response)
    async def change_item(
        number: Number, item_id: ItemId, body: ItemChange, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Tick or untick an item, let it say something else, or put it at another place."""
        path, given = f"/v1/tasks/{number}/checklist/{item_id}", body.model_dump(exclude_none=True)
        return passed_on(await workflow.patch(path, acting, given, if_match=if_match, once=once))

    @router.delete("/tasks/{number}/checklist/{item_id}", response_class=Response)
    async def remove_item(
        number: Number, item_id: ItemId, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Take an item off."""
        path = f"/v1/tasks/{number}/checklist/{item_id}"
        return passed_on(await workflow.delete(path, acting, if_match=if_match, once=once))


def _words(router: APIRouter, roles: Roles, upstreams: Upstreams, uploads: Uploads) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    workflow = upstreams.workflow

    async def command(
        acting: Acting, path: str, given: dict[str, Any], if_match: str | None, once: str | None
    ) -> Response:
        return passed_on(await workflow.post(path, acting, given, if_match=if_match, once=once))

    @router.post("/tasks/{number}/comments", response_class=Response)
    async def write_comment(
        number: Number, body: Comment, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Write to colleagues about the task; who is mentioned is told."""
        given = with_files(body, body.files, uploads, acting)
        return await command(acting, f"/v1/tasks/{number}/comments", given, if_match, once)

    @router.post("/tasks/{number}/time", response_class=Response)
    async def enter_time(
        number: Number, body: Time, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """How long one worked on the task on a day: one's own time only."""
        return await command(acting, f"/v1/tasks/{number}/time", body.model_dump(mode="json"), if_match, once)

    @router.post("/tasks/{number}/blockers", response_class=Response)
    async def wait_for(
        number: Number, body: Blocker, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Let the task wait for another. Refused where tasks would wait for each other without end."""
        return await command(acting, f"/v1/tasks/{number}/blockers", body.model_dump(), if_match, once)

    @router.delete("/tasks/{number}/blockers/{blocker}", response_class=Response)
    async def stop_waiting(
        number: Number, blocker: Number, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Let the task not wait for that one any more."""
        path = f"/v1/tasks/{number}/blockers/{blocker}"
        return passed_on(await workflow.delete(path, acting, if_match=if_match, once=once))
