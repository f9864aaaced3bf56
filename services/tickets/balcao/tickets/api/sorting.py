"""Routes of what tickets are sorted by: workspaces, projects and tags (O14, W11)."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import Command, Member, TheDesk
from balcao.tickets.api.roles import AdminCommand, DeskCommand
from balcao.tickets.domain.conditions import UnknownWorkspace
from balcao.tickets.domain.items import Item, Name, item_id
from balcao.tickets.domain.projects import Project
from balcao.tickets.domain.tags import Colour, Tag, TagName
from balcao.tickets.domain.workspaces import Workspace

router = APIRouter(prefix="/v1", tags=["directory"])
Id = Annotated[str, Path(max_length=100)]
Archived = Annotated[bool, Query(description="Also those that were archived.")]


class NewWorkspace(Body):
    """A client or brand."""

    name: Name
    number: Annotated[int, Field(ge=1, le=2**31)] | None = None


class WorkspaceBody(Body):
    """What to change of a workspace."""

    name: Name | None = None
    archived: bool | None = None


class NewProject(Body):
    """A project of a workspace."""

    workspace_id: Annotated[str, Field(max_length=100)]
    name: Name


class ProjectBody(Body):
    """What to change of a project."""

    name: Name | None = None
    archived: bool | None = None


class NewTag(Body):
    """A tag."""

    name: TagName
    colour: Colour | None = None


class TagBody(Body):
    """What to change of a tag; a colour of null takes it away."""

    name: TagName | None = None
    colour: Colour | None = None
    archived: bool | None = None


@router.get("/workspaces")
async def list_workspaces(desk: TheDesk, acting: Member, archived: Archived = False) -> Document:
    """Workspaces by number."""
    found = await desk.directory.workspaces.all(acting.company_id)
    return _listed(found, archived, key=lambda one: one.number)


@router.post("/workspaces", status_code=201)
async def add_workspace(body: NewWorkspace, command: AdminCommand) -> Document:
    """Add a workspace; without a number it gets the next one. 409 when name or number are taken."""
    workspace = await command.desk.directory.add_workspace(
        command.acting.company_id, body.name, body.number, command.cause
    )
    return _shown(workspace, command)


@router.patch("/workspaces/{id_}")
async def edit_workspace(id_: Id, body: WorkspaceBody, command: AdminCommand) -> Document:
    """Rename, archive or restore a workspace. Archived, it takes no new tickets; those it has go on."""
    directory, company_id = command.desk.directory, command.acting.company_id
    after = await directory.workspaces.edit(
        company_id, id_, _given(body), command.cause, expected_version=command.expected_version
    )
    directory.forget(company_id)
    return _shown(after, command)


@router.get("/projects")
async def list_projects(
    desk: TheDesk,
    acting: Member,
    workspace_id: Annotated[str | None, Query(max_length=100)] = None,
    archived: Archived = False,
) -> Document:
    """Projects by name, of one workspace or of all."""
    found = await desk.directory.projects.all(acting.company_id)
    wanted = {id_: one for id_, one in found.items() if workspace_id in (None, one.workspace_id)}
    return _listed(wanted, archived, key=lambda one: one.key)


@router.post("/projects", status_code=201)
async def add_project(body: NewProject, command: DeskCommand) -> Document:
    """Add a project to a workspace. 409 when it has one of that name."""
    company_id = command.acting.company_id
    if (await command.desk.directory.team(company_id)).workspace(body.workspace_id) is None:
        raise UnknownWorkspace("no such workspace, or it is archived", workspace_id=body.workspace_id)
    new = Project(
        id=item_id("project", command.cause.id),
        company_id=company_id,
        name=body.name,
        workspace_id=body.workspace_id,
    )
    return _shown(await command.desk.directory.projects.add(new, command.cause), command)


@router.patch("/projects/{id_}")
async def edit_project(id_: Id, body: ProjectBody, command: DeskCommand) -> Document:
    """Rename, archive or restore a project."""
    after = await command.desk.directory.projects.edit(
        command.acting.company_id, id_, _given(body), command.cause, expected_version=command.expected_version
    )
    return _shown(after, command)


@router.get("/tags")
async def list_tags(desk: TheDesk, acting: Member, archived: Archived = False) -> Document:
    """Tags by name."""
    return _listed(await desk.directory.tags.all(acting.company_id), archived, key=lambda one: one.key)


@router.post("/tags", status_code=201)
async def add_tag(body: NewTag, command: DeskCommand) -> Document:
    """Add a tag (O14). 409 when there is one of that name."""
    new = Tag(
        id=item_id("tag", command.cause.id),
        company_id=command.acting.company_id,
        name=body.name,
        colour=body.colour,
    )
    return _shown(await command.desk.directory.tags.add(new, command.cause), command)


@router.patch("/tags/{id_}")
async def edit_tag(id_: Id, body: TagBody, command: DeskCommand) -> Document:
    """Rename, colour, archive or restore a tag: it shows so everywhere it is (O14)."""
    values = _given(body)
    if "colour" in body.model_fields_set:
        values["colour"] = body.colour
    after = await command.desk.directory.tags.edit(
        command.acting.company_id, id_, values, command.cause, expected_version=command.expected_version
    )
    return _shown(after, command)


def _given(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body if name in body.model_fields_set and value is not None}


def _listed(found: Mapping[str, Any], archived: bool, *, key: Any) -> Document:
    shown = sorted((one for one in found.values() if archived or not one.archived), key=key)
    return {"items": [_view(one) for one in shown]}


def _shown(item: Workspace | Project | Tag, command: Command) -> Document:
    command.response.headers["ETag"] = f'"{item.version}"'
    return _view(item)


def _view(item: Item) -> Document:
    return item.model_dump(mode="json", exclude={"company_id", "entries", "key"})
