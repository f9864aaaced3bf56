"""Sets up a company from a JSON file: settings, workspaces, team table and people. Saying it again changes nothing."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from balcao.shared.calendar import TimeZoneName, WorkingTime
from balcao.shared.clock import now
from balcao.shared.errors import Condition
from balcao.shared.ids import derived_id, new_id
from balcao.shared.rich_text import plain
from balcao.shared.service import Service
from balcao.shared.timeline import Cause
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conditions import NameIsTaken
from balcao.tickets.domain.items import ItemT, Name, folded
from balcao.tickets.domain.people import MailAddress, Person
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.projects import Project
from balcao.tickets.domain.saved_replies import ReplySets, SavedReply, require_known
from balcao.tickets.domain.tags import Colour, Tag, TagName
from balcao.tickets.domain.team import TeamRow
from balcao.tickets.domain.workspaces import Workspace
from balcao.tickets.settings import Settings
from balcao.tickets.store import INDEXES
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.items import Items


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkspaceEntry(_Strict):
    """A client or brand, with its own row of the team table if it has one (addresses of people)."""

    number: int = Field(ge=1)
    name: str = Field(min_length=1, max_length=200)
    service: MailAddress | None = None
    planning: MailAddress | None = None


class PersonEntry(_Strict):
    """Somebody of the team, or a known guest (no roles)."""

    name: str = Field(min_length=1, max_length=200)
    addresses: Annotated[list[MailAddress], Field(min_length=1, max_length=20)]
    roles: list[Annotated[str, Field(pattern="^(admin|agent|producer)$")]] = []
    workspace: int | None = Field(default=None, description="Number of the default workspace (O6).")
    locale: str | None = Field(default=None, pattern="^(pt-BR|en)$")


class ProjectEntry(_Strict):
    """A project of the workspace with this number (W11)."""

    workspace: int = Field(ge=1)
    name: Name


class TagEntry(_Strict):
    """A tag (O14)."""

    name: TagName
    colour: Colour | None = None


class ReplyEntry(_Strict):
    """A saved reply for the whole team (W18); `tags` by name, everything else of `sets` as the API takes it."""

    title: Name
    text: str = Field(min_length=1, max_length=100_000)
    visible: bool = True
    tags: list[TagName] = []
    sets: ReplySets = ReplySets()


class CompanyFile(_Strict):
    """A company, or as much of it as is to be as the file says: what it leaves out stays as people have set it. The ids
    of everything in it derive from the slug and the numbers, names and addresses given here."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: str = Field(min_length=1, max_length=200)
    addresses: list[MailAddress]
    locale: str = Field(default="pt-BR", pattern="^(pt-BR|en)$")
    time_zone: TimeZoneName = "America/Sao_Paulo"
    service: MailAddress | None = None
    planning: MailAddress | None = None
    policies: Policies = Policies()
    working_time: WorkingTime = WorkingTime()
    colour: Colour | None = None
    workspaces: list[WorkspaceEntry] = []
    people: list[PersonEntry] = []
    projects: list[ProjectEntry] = []
    tags: list[TagEntry] = []
    saved_replies: list[ReplyEntry] = []

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        numbers = {one.number for one in self.workspaces}
        lost = [one.name for one in self.projects if one.workspace not in numbers]
        if lost:
            raise ValueError(f"projects of workspaces that the file does not have: {', '.join(lost)}")
        names = {folded(one.name) for one in self.tags}
        for reply in self.saved_replies:
            unknown = [tag for tag in reply.tags if folded(tag) not in names]
            if unknown:
                raise ValueError(f"saved reply {reply.title!r}: no such tags: {', '.join(unknown)}")
            try:
                require_known(plain(reply.text))
            except Condition as condition:
                raise ValueError(f"saved reply {reply.title!r}: {condition.message}") from None
        return self

    @property
    def id(self) -> str:
        """The company's id."""
        return derived_id("company", self.slug)

    def person_id(self, address: str) -> str:
        """The id of the person with this first address."""
        return derived_id("person", self.id, address.lower())

    def thing_id(self, noun: str, name: str) -> str:
        """The id of a project, tag or saved reply of this name."""
        return derived_id(noun, self.id, folded(name))

    def workspace_id(self, number: int) -> str:
        """The id of the workspace with this number."""
        return derived_id("workspace", self.id, str(number))


def read_company(path: Path) -> CompanyFile:
    """The company a file describes, or the end of the process with what is wrong with it (exit code 2).

    `-` is standard input: what is in a container sees no file outside.
    """
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        return CompanyFile.model_validate(json.loads(text))
    except (OSError, ValueError, ValidationError) as error:
        sys.stderr.write(f"{path}: {error}\n")
        raise SystemExit(2) from None


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Service]:
    """The service without its handlers and HTTP, for a command that changes something and ends."""
    service = Service("tickets", settings, indexes=INDEXES)
    await service.mongo.wait_until_up()
    await service.mongo.create_indexes(INDEXES)
    await service.bus.connect_only()
    try:
        yield service
    finally:
        await service.relay.stop()
        await service.bus.disconnect()
        service.mongo.close()


_SETTINGS = {"name", "addresses", "locale", "time_zone", "policies", "working_time", "colour"}


async def configure(wanted: CompanyFile, settings: Settings) -> None:
    """Write the company and say its facts."""
    async with connected(settings) as service:
        await write(wanted, service)


async def write(wanted: CompanyFile, service: Service) -> None:
    """Write what the file says; what is so already stays, and what it does not say stays as it is."""
    directory = Directory(service.mongo.db, service.committer)
    company = Company(
        id=wanted.id,
        slug=wanted.slug,
        name=wanted.name,
        addresses=tuple(address.lower() for address in wanted.addresses),
        locale=wanted.locale,
        time_zone=wanted.time_zone,
        policies=wanted.policies,
        working_time=wanted.working_time,
        colour=wanted.colour,
    )
    rows = [_row(wanted, None, wanted.service, wanted.planning)]
    workspaces = []
    for entry in wanted.workspaces:
        workspace_id = wanted.workspace_id(entry.number)
        workspaces.append(Workspace(id=workspace_id, company_id=wanted.id, number=entry.number, name=entry.name))
        rows.append(_row(wanted, workspace_id, entry.service, entry.planning))
    await directory.configure(company, rows, workspaces, _cause(), fields=_SETTINGS & wanted.model_fields_set)
    for person in wanted.people:
        fields = {_FIELDS.get(field, field) for field in person.model_fields_set}
        await directory.register(_person(wanted, person), _cause(), fields=fields)
    await _add_things(wanted, directory)


async def _add_things(wanted: CompanyFile, directory: Directory) -> None:
    """Add the projects, tags and saved replies that the company does not have; those it has stay as they are."""
    for project in wanted.projects:
        workspace_id = wanted.workspace_id(project.workspace)
        id_ = wanted.thing_id("project", f"{project.workspace} {project.name}")
        new = Project(id=id_, company_id=wanted.id, name=project.name, workspace_id=workspace_id)
        await _unless_there(directory.projects, new)
    for tag in wanted.tags:
        id_ = wanted.thing_id("tag", tag.name)
        await _unless_there(directory.tags, Tag(id=id_, company_id=wanted.id, name=tag.name, colour=tag.colour))
    for reply in wanted.saved_replies:
        tags = [await directory.tags.named(wanted.id, folded(name)) for name in reply.tags]
        sets = reply.sets.model_copy(update={"add_tags": tuple(tag.id for tag in tags if tag is not None)})
        saved = SavedReply(
            id=wanted.thing_id("reply", reply.title),
            company_id=wanted.id,
            name=reply.title,
            text=reply.text,
            visible=reply.visible,
            sets=sets,
        )
        await _unless_there(directory.replies, saved)


async def _unless_there(items: Items[ItemT], new: ItemT) -> None:
    with suppress(NameIsTaken):
        await items.add(new, _cause())


_FIELDS = {"workspace": "default_workspace_id"}
"""Where a person's field is called otherwise in the file."""


def _person(wanted: CompanyFile, entry: PersonEntry) -> Person:
    return Person(
        id=wanted.person_id(entry.addresses[0]),
        company_id=wanted.id,
        name=entry.name,
        addresses=tuple(address.lower() for address in entry.addresses),
        roles=tuple(entry.roles),
        locale=entry.locale,
        default_workspace_id=wanted.workspace_id(entry.workspace) if entry.workspace else None,
    )


def _row(wanted: CompanyFile, workspace_id: str | None, service: str | None, planning: str | None) -> TeamRow:
    return TeamRow(
        workspace_id=workspace_id,
        service=wanted.person_id(service) if service else None,
        planning=wanted.person_id(planning) if planning else None,
    )


def _cause() -> Cause:
    cause_id = new_id()
    return Cause(cause_id, cause_id, now())


def run(path: Path, settings: Settings) -> None:
    """`python -m balcao.tickets configure FILE`."""
    asyncio.run(configure(read_company(path), settings))
