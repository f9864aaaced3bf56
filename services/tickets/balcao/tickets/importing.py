"""Importing people and workspaces from tables (CSV): what is new is added, what differs is changed, the rest is left.

Each row is a change of its own, so that one refusal costs no other row; whatever stops it, importing the file again
does what is left.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition
from balcao.shared.ids import derived_id
from balcao.shared.timeline import Cause
from balcao.tickets.domain.conditions import (
    AddressIsTaken,
    AddressIsTheCompanys,
    CpfIsTaken,
    UnknownPerson,
    UnknownWorkspace,
)
from balcao.tickets.domain.importing import Numbered, PersonRow, Refusal, Table, WorkspaceRow
from balcao.tickets.domain.items import folded
from balcao.tickets.domain.people import MOST_ADDRESSES, Person, edit, require_admin_left
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.workspaces import Workspace
from balcao.tickets.store.directory import Directory

_AT_ONCE = 16
Outcome = Literal["created", "changed", "unchanged"]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Report:
    """What became of a file's rows."""

    created: int
    changed: int
    unchanged: int
    refused: tuple[Refusal, ...]
    encoding: str
    separator: str
    ignored: tuple[str, ...]
    dry_run: bool


class Importing:
    """Brings tables into the directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def people(self, company_id: str, table: Table[PersonRow], cause: Cause, *, dry_run: bool) -> Report:
        """Add and change people. Somebody known by one of the addresses gets the other ones too."""
        team = await self._directory.team(company_id)
        workspaces = _by_name_and_number(team)

        async def one(numbered: Numbered[PersonRow]) -> Outcome:
            return await self._person(company_id, numbered.row, team, workspaces, cause, dry_run=dry_run)

        report = await _all(table, one, dry_run=dry_run)
        self._directory.forget(company_id)
        return report

    async def workspaces(self, company_id: str, table: Table[WorkspaceRow], cause: Cause, *, dry_run: bool) -> Report:
        """Add and rename workspaces, with their rows of the team table. One after another: they count up."""
        team = await self._directory.team(company_id)

        async def one(numbered: Numbered[WorkspaceRow]) -> Outcome:
            return await self._workspace(company_id, numbered, team, cause, dry_run=dry_run)

        report = await _all(table, one, dry_run=dry_run, at_once=1)
        self._directory.forget(company_id)
        return report

    async def _person(
        self,
        company_id: str,
        row: PersonRow,
        team: Team,
        workspaces: dict[str, Workspace],
        cause: Cause,
        *,
        dry_run: bool,
    ) -> Outcome:
        team.require_outside(row.addresses)
        people = self._directory.people
        workspace = workspaces.get(folded(row.workspace)) if row.workspace else None
        if row.workspace and workspace is None:
            raise UnknownWorkspace(f"no workspace is called {row.workspace!r}, nor has it as its number")
        given: dict[str, Any] = {
            "name": row.name,
            "cpf": row.cpf,
            "default_workspace_id": workspace.id if workspace else None,
            "roles": row.roles or None,
            "locale": row.locale,
        }
        values = {name: value for name, value in given.items() if value is not None}
        known = await self._known(company_id, row)
        if known is None:
            new = Person(
                id=derived_id("person", cause.id, row.addresses[0]),
                company_id=company_id,
                addresses=row.addresses,
                **values,
            )
            if not dry_run:
                await people.add(new, cause)
            return "created"
        values["addresses"] = tuple(dict.fromkeys((*known.addresses, *row.addresses)))
        if len(values["addresses"]) > MOST_ADDRESSES:
            raise AddressIsTaken(f"{known.name} would have more than {MOST_ADDRESSES} addresses")

        def check(change: Change[Person]) -> None:
            require_admin_left(change, team.members.values())

        change = edit(known, values)
        check(change)
        if change.facts and not dry_run:
            await people.edit(company_id, known.id, values, cause, check=check)
        return "changed" if change.facts else "unchanged"

    async def _known(self, company_id: str, row: PersonRow) -> Person | None:
        """Who has one of the addresses. Raises where they belong to several people, or the CPF to somebody else."""
        owners = {one.id: one for one in await self._directory.people.at_any(company_id, list(row.addresses))}
        if len(owners) > 1:
            names = " and ".join(sorted(one.name for one in owners.values()))
            raise AddressIsTaken(f"these addresses belong to several people: {names}")
        known = next(iter(owners.values()), None)
        if row.cpf is not None and (known is None or known.cpf != row.cpf):
            other = await self._directory.people.with_cpf(company_id, row.cpf)
            if other is not None and (known is None or other.id != known.id):
                raise CpfIsTaken(f"this CPF belongs to {other.name}")
        return known

    async def _workspace(
        self, company_id: str, numbered: Numbered[WorkspaceRow], team: Team, cause: Cause, *, dry_run: bool
    ) -> Outcome:
        row = numbered.row
        who = {"service": _member(row.service, team), "planning": _member(row.planning, team)}
        who = {column: person_id for column, person_id in who.items() if person_id is not None}
        there = await self._directory.workspaces.all(company_id)
        known = next((one for one in there.values() if one.number == row.number), None)
        known = known or next((one for one in there.values() if one.key == folded(row.name)), None)
        own = Cause(derived_id(cause.id, str(numbered.line)), cause.correlation_id, cause.at, cause.actor)
        if known is None:
            if not dry_run:
                known = await self._directory.add_workspace(company_id, row.name, row.number, own)
                await self._directory.rows.staff(company_id, known.id, who, own)
            return "created"
        rows = {one.workspace_id: one for one in team.rows}
        differs = known.name != row.name
        differs |= any(getattr(rows.get(known.id), column, None) != person_id for column, person_id in who.items())
        if differs and not dry_run:
            await self._directory.workspaces.edit(company_id, known.id, {"name": row.name}, own)
            await self._directory.rows.staff(company_id, known.id, who, own)
        return "changed" if differs else "unchanged"


async def _all(
    table: Table[Any], one: Callable[[Any], Awaitable[Outcome]], *, dry_run: bool, at_once: int = _AT_ONCE
) -> Report:
    """Do the rows, some at a time; what a rule refuses becomes a line of the report."""
    outcomes: Counter[str] = Counter()
    refused = list(table.refused)

    async def attempt(numbered: Any) -> None:
        try:
            outcomes[await one(numbered)] += 1
        except Condition as condition:
            refused.append(Refusal(numbered.line, _COLUMNS.get(type(condition), ""), condition.message))

    for few in _chunks(table.rows, at_once):
        await asyncio.gather(*(attempt(numbered) for numbered in few))
    return Report(
        created=outcomes["created"],
        changed=outcomes["changed"],
        unchanged=outcomes["unchanged"],
        refused=tuple(sorted(refused, key=lambda one: one.line)),
        encoding=table.encoding,
        separator=table.separator,
        ignored=table.ignored,
        dry_run=dry_run,
    )


_COLUMNS: dict[type[Condition], str] = {
    AddressIsTaken: "e-mail",
    AddressIsTheCompanys: "e-mail",
    CpfIsTaken: "cpf",
    UnknownWorkspace: "workspace",
    UnknownPerson: "team",
}
"""Which column a refusal is about."""


def _member(address: str | None, team: Team) -> str | None:
    if address is None:
        return None
    person = team.by_address(address)
    if person is None:
        raise UnknownPerson(f"nobody of the team has the address {address}")
    return person.id


def _by_name_and_number(team: Team) -> dict[str, Workspace]:
    usable = [one for one in team.workspaces.values() if not one.archived]
    return {key: one for one in usable for key in (str(one.number), one.key)}


def _chunks(rows: Iterable[T], size: int) -> Iterable[list[T]]:
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
