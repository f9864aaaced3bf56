"""A company as the rules see it: the team table and who is of the team (H7)."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.events import Party, Stage, TeamConfigured, TeamRowProfile
from balcao.shared.ids import derived_id
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conditions import AddressIsTheCompanys
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.workspaces import Workspace


class TeamRow(Aggregate):
    """One row of the team table: who serves (Atendimento) and who plans (Planejamento), for a workspace or for the
    whole company when `workspace_id` is none (H7)."""

    id: str = ""
    company_id: str = ""
    workspace_id: str | None = None
    service: str | None = None
    planning: str | None = None

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it whole."""
        row = TeamRowProfile(
            workspace_id=self.workspace_id, service=self.service, planning=self.planning, version=max(self.version, 1)
        )
        return {"row": row}


def row_id(company_id: str, workspace_id: str | None) -> str:
    """The id of a workspace's row, or of the company's."""
    return derived_id("team", company_id, workspace_id or "")


def staff(row: TeamRow, values: dict[str, str | None]) -> Change[TeamRow]:
    """Name who serves and who plans; the same people are no change (H7)."""
    changes = {field: value for field, value in values.items() if getattr(row, field) != value}
    if not changes:
        return Change(row, row, ())
    return Revision(row).set(**changes).say(TeamConfigured, changed=tuple(sorted(changes))).done()


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

    def require_outside(self, addresses: Iterable[str]) -> None:
        """Raise `AddressIsTheCompanys` when one is the company's own: who had it would get all of its mail."""
        for address in addresses:
            if self.owns(address):
                raise AddressIsTheCompanys(f"{address} is the company's own address", address=address)

    def workspace(self, workspace_id: str | None) -> Workspace | None:
        """A workspace that may be given to a ticket: one of the company's that is not archived."""
        found = self.workspaces.get(workspace_id or "")
        return found if found is not None and not found.archived else None

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
