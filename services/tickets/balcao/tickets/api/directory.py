"""Routes of the company: its settings, its team table, its calendar, and the history of what was set."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from balcao.shared.calendar import TimeZoneName, WorkingTime
from balcao.shared.events import CompanyLogo
from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import Member, TheDesk
from balcao.tickets.api.roles import AdminCommand, require_admin
from balcao.tickets.domain.company import MOST_COMPANY_ADDRESSES, Company, CompanyName
from balcao.tickets.domain.conditions import UnknownPerson, UnknownWorkspace
from balcao.tickets.domain.people import MailAddress
from balcao.tickets.domain.policies import PRIORITY_WORDS, DueByStatus, Locale, Policies
from balcao.tickets.domain.tags import Colour
from balcao.tickets.domain.team import Team, TeamRow, row_id

router = APIRouter(prefix="/v1", tags=["directory"])
Id = Annotated[str, Path(max_length=100)]
_MAY_BE_NONE = ("colour", "logo")
NOUNS = ("company", "workspace", "team", "person", "project", "tag", "reply")
"""Nouns of the facts that are a thing of the directory's history."""


class DueByStatusBody(DueByStatus):
    """As it comes in: a misspelt field is refused."""

    model_config = ConfigDict(extra="forbid")


class PoliciesBody(Policies):
    """As they come in: a misspelt policy is refused."""

    model_config = ConfigDict(extra="forbid")

    due_by_status: DueByStatusBody = DueByStatusBody()


class WorkingTimeBody(WorkingTime):
    """As it comes in: a misspelt field is refused."""

    model_config = ConfigDict(extra="forbid")


class LogoBody(CompanyLogo):
    """As it comes in, within the bounds of what a mail can carry."""

    model_config = ConfigDict(extra="forbid")

    file_id: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    media_type: str = Field(pattern=r"^image/(png|jpeg|gif|webp)$")
    size: int = Field(ge=1, le=100 * 1024)
    width: int = Field(ge=1, le=4_000)
    height: int = Field(ge=1, le=4_000)


class CompanyBody(Body):
    """Settings to change; what is left out stays."""

    name: CompanyName | None = None
    addresses: list[MailAddress] | None = Field(
        default=None, max_length=MOST_COMPANY_ADDRESSES, description="Mail addresses; the first one is answered from."
    )
    locale: Locale | None = None
    time_zone: TimeZoneName | None = None
    policies: PoliciesBody | None = Field(default=None, description="All of them; see GET for those in force.")
    working_time: WorkingTimeBody | None = Field(default=None, description="All of it: weekdays, hours and holidays.")
    colour: Colour | None = Field(default=None, description="Of letters and pages; null for ours.")
    logo: LogoBody | None = Field(default=None, description="From the gateway, which has looked at it; null for none.")


class RowBody(Body):
    """Who serves and who plans: ids of people of the team; null for nobody (H7)."""

    service: Annotated[str, Field(max_length=100)] | None = None
    planning: Annotated[str, Field(max_length=100)] | None = None


@router.get("/company")
async def get_company(desk: TheDesk, acting: Member, response: Response) -> Document:
    """The company with its settings and its workspaces, archived ones aside; its version as ETag."""
    team = await desk.directory.team(acting.company_id)
    response.headers["ETag"] = f'"{team.company.version}"'
    return company_view(team)


@router.patch("/company")
async def configure_company(body: CompanyBody, command: AdminCommand) -> Document:
    """Change settings. 409 when an address belongs to somebody, who is named; 422 for a colour that is too pale."""
    given = [(name, value) for name, value in body if name in body.model_fields_set]
    values = {name: value for name, value in given if value is not None or name in _MAY_BE_NONE}
    if body.logo is not None:
        values["logo"] = CompanyLogo.model_validate(body.logo.model_dump())
    if "addresses" in values:
        values["addresses"] = tuple(dict.fromkeys(values["addresses"]))
    if body.policies is not None:
        values["policies"] = Policies.model_validate(body.policies.model_dump())
    if body.working_time is not None:
        values["working_time"] = WorkingTime.model_validate(body.working_time.model_dump())
    directory, company_id = command.desk.directory, command.acting.company_id
    after = await directory.companies.configure(
        company_id, values, command.cause, expected_version=command.expected_version
    )
    directory.forget(company_id)
    command.response.headers["ETag"] = f'"{after.version}"'
    return company_view(await directory.team(company_id))


@router.get("/company/holidays")
async def list_holidays(desk: TheDesk, acting: Member, year: Annotated[int, Query(ge=1970, le=2200)]) -> Document:
    """The days of a year that the company does not work, weekends aside, and why (W16)."""
    calendar = (await desk.directory.team(acting.company_id)).company.calendar()
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    found = [(day, calendar.holiday(day)) for day in days]
    return {"items": [{"day": day.isoformat(), "name": name} for day, name in found if name is not None]}


@router.get("/team-table")
async def get_team_table(desk: TheDesk, acting: Member) -> Document:
    """Who serves and who plans, for the company (`workspace_id` null) and for workspaces with a row of their own."""
    rows = await desk.directory.rows.rows(acting.company_id)
    return {"items": [_row(row) for row in sorted(rows, key=lambda one: one.workspace_id or "")]}


@router.put("/team-table/{workspace_id}")
async def put_team_row(workspace_id: Id, body: RowBody, command: AdminCommand) -> Document:
    """Name who serves and who plans for a workspace, or for all others with `company` in its place (H7).

    Tickets that are open already keep the people they have.
    """
    directory, company_id = command.desk.directory, command.acting.company_id
    team = await directory.team(company_id)
    where = None if workspace_id == "company" else workspace_id
    if where is not None and where not in team.workspaces:
        raise UnknownWorkspace("the company has no such workspace", workspace_id=where)
    for person_id in (body.service, body.planning):
        if person_id is not None and person_id not in team.members:
            raise UnknownPerson("nobody of the team has this id", person_id=person_id)
    values = {"service": body.service, "planning": body.planning}
    row = await directory.rows.staff(
        company_id, where, values, command.cause, expected_version=command.expected_version
    )
    directory.forget(company_id)
    command.response.headers["ETag"] = f'"{row.version}"'
    return _row(row)


@router.get("/directory/{id_}/history")
async def get_history(id_: Id, desk: TheDesk, acting: Member) -> Document:
    """What happened to a thing of the directory, oldest first: who changed which fields when. For administrators.

    `company` and `company-row` stand for the company's own id and its row of the team table.
    """
    require_admin(acting)
    company_id = acting.company_id
    of = {"company": company_id, "company-row": row_id(company_id, None)}.get(id_, id_)
    entries = await desk.directory.people.timeline(company_id, of, public_only=False)
    shown = ("n", "type", "at", "actor", "data")
    return {"items": [{key: one[key] for key in shown} for one in entries if one["type"].split(".")[0] in NOUNS]}


def company_view(team: Team) -> Document:
    """The company as its team sees it, with the words of priorities that are in force and the usual ones."""
    company: Company = team.company
    workspaces = sorted(team.workspaces.values(), key=lambda one: one.number)
    words = {
        language: {band: company.policies.words_of(band, language).model_dump() for band in bands}
        for language, bands in PRIORITY_WORDS.items()
    }
    return {
        **company.model_dump(mode="json", exclude={"company_id", "entries"}),
        "priority_words": words,
        "usual_priority_words": {
            language: {band: usual.model_dump() for band, usual in bands.items()}
            for language, bands in PRIORITY_WORDS.items()
        },
        "workspaces": [
            {"id": one.id, "number": one.number, "name": one.name, "version": one.version}
            for one in workspaces
            if not one.archived
        ],
    }


def _row(row: TeamRow) -> Document:
    return row.model_dump(mode="json", include={"workspace_id", "service", "planning", "version"})
