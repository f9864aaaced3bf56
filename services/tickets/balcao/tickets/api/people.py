"""Routes of people: the team and the guests, and everybody's own profile (O3, O6)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import Field

from balcao.shared.aggregate import Change
from balcao.shared.clock import now
from balcao.shared.errors import NotAllowed, NotFound
from balcao.shared.http import read_version
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Document
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import ActingPerson, Member, TheDesk
from balcao.tickets.api.roles import DeskCommand, is_admin, require_admin
from balcao.tickets.domain.conditions import UnknownWorkspace
from balcao.tickets.domain.items import Name, folded, item_id
from balcao.tickets.domain.people import MOST_ADDRESSES, Cpf, MailAddress, Person, require_admin_left
from balcao.tickets.domain.policies import Locale
from balcao.tickets.domain.team import Team

router = APIRouter(prefix="/v1", tags=["people"])
Id = Annotated[str, Path(max_length=100)]
Role = Literal["admin", "agent", "producer"]
Addresses = Annotated[list[MailAddress], Field(min_length=1, max_length=MOST_ADDRESSES)]
_TEAM_ONLY = ("roles", "active")


class NewPerson(Body):
    """Somebody to know: a guest, or with roles somebody of the team, whom only administrators add."""

    name: Name
    addresses: Addresses = Field(description="The first one is the main one.")
    roles: list[Role] = Field(default=[], max_length=3)
    default_workspace_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="Where their tickets begin (O6)."
    )
    locale: Locale | None = None
    cpf: Cpf | None = None


class OwnBody(Body):
    """What one may change of oneself; a language of null is the company's."""

    name: Name | None = None
    locale: Locale | None = None


class PersonBody(Body):
    """What to change of a profile ("Atualizar perfil", O6); null takes a value away where there may be none."""

    name: Name | None = None
    addresses: Addresses | None = None
    roles: list[Role] | None = Field(default=None, max_length=3, description="Administrators only.")
    default_workspace_id: Annotated[str, Field(max_length=100)] | None = None
    locale: Locale | None = None
    cpf: Cpf | None = None
    active: bool | None = Field(default=None, description="False: has left. Of the team, administrators only.")


@router.get("/people")
async def list_people(
    desk: TheDesk,
    acting: Member,
    who: Annotated[Literal["team", "guests"], Query()] = "team",
    q: Annotated[str, Query(max_length=200, description="The beginning of a name, or with an @ of an address.")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
) -> Document:
    """People by name: the team, or guests and those who left. With an address in `q`, whoever has one like it."""
    directory = desk.directory
    if "@" in q:
        found = await directory.people.with_address(acting.company_id, q.strip().lower(), limit)
        return {"items": [_row(one) for one in found], "next": None}
    if who == "team" and not q and after is None:
        team = await directory.team(acting.company_id)
        members = sorted(team.members.values(), key=lambda one: one.name)
        return {"items": [_row(one) for one in members], "next": None}
    people, following = await directory.people.page(
        acting.company_id, on_team=who == "team", begins=folded(q), after=after, limit=limit
    )
    return {"items": [_row(one) for one in people], "next": following}


@router.get("/people/{id_}")
async def get_person(id_: Id, desk: TheDesk, acting: Member, response: Response) -> Document:
    """A person's whole profile; its version as ETag."""
    person = await desk.directory.people.get(acting.company_id, id_)
    response.headers["ETag"] = f'"{person.version}"'
    return _profile(person)


@router.post("/people", status_code=201)
async def add_person(body: NewPerson, command: DeskCommand) -> Document:
    """Add a person. 409 when an address or the CPF belongs to somebody, who is named."""
    if body.roles:
        require_admin(command.acting)
    company_id = command.acting.company_id
    team = await command.desk.directory.team(company_id)
    new = Person(
        id=item_id("person", command.cause.id),
        company_id=company_id,
        name=body.name,
        addresses=tuple(dict.fromkeys(body.addresses)),
        roles=tuple(dict.fromkeys(body.roles)),
        default_workspace_id=_workspace(body.default_workspace_id, team),
        locale=body.locale,
        cpf=body.cpf,
    )
    team.require_outside(new.addresses)
    after = await command.desk.directory.people.add(new, command.cause)
    command.desk.directory.forget(company_id)
    command.response.headers["ETag"] = f'"{after.version}"'
    return _profile(after)


@router.patch("/people/{id_}")
async def edit_person(id_: Id, body: PersonBody, command: DeskCommand) -> Document:
    """Change a profile. Those of the team are changed by administrators; agents change their own name, language and
    default workspace, and everything of guests but their roles."""
    company_id, acting = command.acting.company_id, command.acting
    team = await command.desk.directory.team(company_id)
    values = _values(body, team)

    def check(change: Change[Person]) -> None:
        _may_edit(acting, change.before, set(values))
        require_admin_left(change, team.members.values())

    after = await command.desk.directory.people.edit(
        company_id, id_, values, command.cause, expected_version=command.expected_version, check=check
    )
    command.desk.directory.forget(company_id)
    command.response.headers["ETag"] = f'"{after.version}"'
    return _profile(after)


@router.post("/people/{id_}/invitation", status_code=202)
async def invite_person(id_: Id, command: DeskCommand) -> Document:
    """Have somebody told by mail how to set a password (O3); of the team, administrators only."""

    def check(person: Person) -> None:
        if person.roles:
            require_admin(command.acting)

    after = await command.desk.directory.people.invite(command.acting.company_id, id_, command.cause, check=check)
    return _row(after)


@router.get("/me")
async def get_own_profile(desk: TheDesk, acting: ActingPerson, response: Response) -> Document:
    """One's own profile, also for guests."""
    person = await desk.directory.people.find(acting.company_id, acting.person_id)
    if person is None:
        raise NotFound("the directory does not know you")
    response.headers["ETag"] = f'"{person.version}"'
    return _profile(person) if acting.is_team else _row(person)


@router.patch("/me")
async def edit_own_profile(
    body: OwnBody,
    desk: TheDesk,
    acting: ActingPerson,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Document:
    """Change one's own name, or the language one is written to in: everybody's right, also guests' and producers'."""
    given = body.model_dump(exclude_unset=True)
    values = {name: value for name, value in given.items() if value is not None or name == "locale"}
    key = idempotency_key
    cause_id = derived_id("request", acting.company_id, acting.person_id, key) if key else new_id()
    cause = Cause(cause_id, cause_id, now(), acting.party())
    after = await desk.directory.people.edit(
        acting.company_id, acting.person_id, values, cause, expected_version=read_version(if_match)
    )
    desk.directory.forget(acting.company_id)
    response.headers["ETag"] = f'"{after.version}"'
    return _row(after)


def _values(body: PersonBody, team: Team) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in body.model_fields_set}
    values = {
        name: value
        for name, value in given.items()
        if value is not None or name in ("default_workspace_id", "locale", "cpf")
    }
    for name in ("addresses", "roles"):
        if name in values:
            values[name] = tuple(dict.fromkeys(values[name]))
    if "default_workspace_id" in values:
        _workspace(values["default_workspace_id"], team)
    team.require_outside(values.get("addresses", ()))
    return values


def _may_edit(acting: Acting, person: Person, fields: set[str]) -> None:
    if is_admin(acting):
        return
    if "roles" in fields or (person.roles and not fields <= {"name", "locale", "default_workspace_id"}):
        require_admin(acting)
    if person.roles and person.id != acting.person_id:
        raise NotAllowed("somebody else of the team: administrators change their profile")


def _workspace(workspace_id: str | None, team: Team) -> str | None:
    if workspace_id is not None and team.workspace(workspace_id) is None:
        raise UnknownWorkspace("no such workspace, or it is archived", workspace_id=workspace_id)
    return workspace_id


def _row(person: Person) -> Document:
    return person.profile().model_dump(mode="json")


def _profile(person: Person) -> Document:
    return person.model_dump(mode="json", exclude={"company_id", "entries", "name_key"})
