"""The desk's directory: companies, workspaces, the team table and people (H7, O2, O3, O6)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from balcao.shared.aggregate import Aggregate
from balcao.shared.events import CompanyProfile, Party, PersonProfile, Stage
from balcao.shared.ids import derived_id
from balcao.tickets.domain.calendar import BusinessCalendar, TimeZoneName, WorkingTime
from balcao.tickets.domain.policies import Policies

MailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=320, pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")
]
"""Something before and after one @. No stricter: the inner networks of companies have names like `loja.local`."""


class Company(BaseModel):
    """A tenant: the team's own organisation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: str = Field(min_length=1, max_length=200)
    addresses: tuple[str, ...] = ()
    locale: str = "pt-BR"
    time_zone: TimeZoneName = "America/Sao_Paulo"
    policies: Policies = Policies()
    working_time: WorkingTime = WorkingTime()
    version: int = 1

    def calendar(self) -> BusinessCalendar:
        """Its business days and hours."""
        return BusinessCalendar(self.time_zone, self.working_time)

    def profile(self) -> CompanyProfile:
        """What other services need to know of it."""
        return CompanyProfile.model_validate(self.model_dump())


class Workspace(BaseModel):
    """A client or brand the company works for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    number: int
    name: str


class TeamRow(BaseModel):
    """One row of the team table: who serves (Atendimento) and who plans (Planejamento), for a workspace or for the
    whole company when `workspace_id` is none (H7)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    workspace_id: str | None = None
    service: str | None = None
    planning: str | None = None


class Person(Aggregate):
    """Somebody of the team, or a guest who wrote once (O3). May have several addresses."""

    name: str
    addresses: tuple[str, ...]
    roles: tuple[str, ...] = ()
    default_workspace_id: str | None = None
    locale: str | None = None
    cpf: str | None = None

    def party(self) -> Party:
        """The person as facts carry them."""
        return self.profile().party()

    def profile(self) -> PersonProfile:
        """What other services need to know of them."""
        return PersonProfile(
            id=self.id,
            name=self.name,
            addresses=self.addresses,
            roles=self.roles,
            locale=self.locale,
            version=max(self.version, 1),
        )


class Team(BaseModel):
    """A company as the rules see it: its table and its people by id."""

    model_config = ConfigDict(frozen=True)

    company: Company
    workspaces: dict[str, Workspace] = Field(default_factory=dict)
    rows: tuple[TeamRow, ...] = ()
    members: dict[str, Person] = Field(default_factory=dict)

    def member(self, person_id: str | None) -> Party | None:
        """Somebody of the team by id."""
        person = self.members.get(person_id or "")
        return person.party() if person is not None else None

    def by_address(self, address: str) -> Person | None:
        """Somebody of the team by mail address."""
        return next((person for person in self.members.values() if address in person.addresses), None)

    def owns(self, address: str | None) -> bool:
        """Whether an address is one of the company's own, plus parts ignored."""
        if not address:
            return False
        local, _, domain = address.lower().partition("@")
        return f"{local.partition('+')[0]}@{domain}" in self.company.addresses

    def analyst(self, workspace_id: str | None) -> Party | None:
        """The default analyst: "Atendimento" of the workspace, else of the company (H7)."""
        return self._first(workspace_id, "service")

    def stage_assignees(self, workspace_id: str | None) -> dict[Stage, Party]:
        """Who acts in each stage by the team table (H7)."""
        assignees: dict[Stage, Party] = {}
        for column, stages in _COLUMNS.items():
            party = self._first(workspace_id, column)
            if party is not None:
                assignees.update(dict.fromkeys(stages, party))
        return assignees

    def _first(self, workspace_id: str | None, column: str) -> Party | None:
        """The workspace's entry first, else the company's."""
        for wanted in (workspace_id, None):
            for row in self.rows:
                if row.workspace_id == wanted and (party := self.member(getattr(row, column))) is not None:
                    return party
        return None


_COLUMNS: dict[str, tuple[Stage, ...]] = {
    "service": ("triage", "analysis"),
    "planning": ("planning", "production", "delivery"),
}


def guest_id(company_id: str, address: str) -> str:
    """The id of the guest who first wrote from this address: the same whichever of two mails registers them."""
    return derived_id("guest", company_id, address)


def guest(company_id: str, party: Party) -> Person:
    """Somebody who wrote for the first time (O3)."""
    address = (party.address or "").lower()
    name = party.name.strip() or address.partition("@")[0]
    return Person(id=guest_id(company_id, address), company_id=company_id, name=name[:200], addresses=(address,))
