"""Sets up a company from a JSON file: settings, workspaces, team table and people. Saying it again changes nothing."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from balcao.shared.clock import now
from balcao.shared.ids import derived_id, new_id
from balcao.shared.service import Service
from balcao.shared.timeline import Cause
from balcao.tickets.app import desk_of
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.people import MailAddress, Person
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.team import TeamRow
from balcao.tickets.domain.workspaces import Workspace
from balcao.tickets.settings import Settings
from balcao.tickets.store import INDEXES


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


class CompanyFile(_Strict):
    """All of a company. The ids of everything in it derive from the slug and the numbers and addresses given here."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: str = Field(min_length=1, max_length=200)
    addresses: list[MailAddress]
    locale: str = Field(default="pt-BR", pattern="^(pt-BR|en)$")
    time_zone: str = "America/Sao_Paulo"
    service: MailAddress | None = None
    planning: MailAddress | None = None
    policies: Policies = Policies()
    workspaces: list[WorkspaceEntry] = []
    people: list[PersonEntry] = []

    @property
    def id(self) -> str:
        """The company's id."""
        return derived_id("company", self.slug)

    def person_id(self, address: str) -> str:
        """The id of the person with this first address."""
        return derived_id("person", self.id, address.lower())

    def workspace_id(self, number: int) -> str:
        """The id of the workspace with this number."""
        return derived_id("workspace", self.id, str(number))


def read_company(path: Path) -> CompanyFile:
    """The company a file describes, or the end of the process with what is wrong with it (exit code 2)."""
    try:
        return CompanyFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
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


async def configure(wanted: CompanyFile, settings: Settings) -> None:
    """Write the company and say its facts."""
    async with connected(settings) as service:
        await _write(wanted, service)


async def _write(wanted: CompanyFile, service: Service) -> None:
    directory = desk_of(service).directory
    company = Company(
        id=wanted.id,
        slug=wanted.slug,
        name=wanted.name,
        addresses=tuple(address.lower() for address in wanted.addresses),
        locale=wanted.locale,
        time_zone=wanted.time_zone,
        policies=wanted.policies,
    )
    rows = [_row(wanted, None, wanted.service, wanted.planning)]
    workspaces = []
    for entry in wanted.workspaces:
        workspace_id = wanted.workspace_id(entry.number)
        workspaces.append(Workspace(id=workspace_id, company_id=wanted.id, number=entry.number, name=entry.name))
        rows.append(_row(wanted, workspace_id, entry.service, entry.planning))
    await directory.configure(company, rows, workspaces, _cause())
    for person in wanted.people:
        await directory.register(_person(wanted, person), _cause())


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
