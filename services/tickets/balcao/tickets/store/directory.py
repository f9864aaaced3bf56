"""The desk's directory: everything a company is made of, and the team as the rules see it."""

import asyncio
import time
from collections.abc import Sequence

from balcao.shared.commit import Committer, Conflict
from balcao.shared.errors import NotFound, Stale
from balcao.shared.mongo import Database
from balcao.shared.records import MOST_TRIES
from balcao.shared.timeline import Cause
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conditions import NameIsTaken
from balcao.tickets.domain.items import item_id
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.projects import Project
from balcao.tickets.domain.tags import Tag
from balcao.tickets.domain.team import Team, TeamRow
from balcao.tickets.domain.workspaces import Workspace
from balcao.tickets.store import PROJECTS, TAGS, WORKSPACES
from balcao.tickets.store.claims import Claims
from balcao.tickets.store.companies import Companies, TeamTables
from balcao.tickets.store.items import FRESH_S, Items
from balcao.tickets.store.people import People, register_work
from balcao.tickets.store.saved_replies import SavedReplies

__all__ = ["Directory", "register_work"]


class Directory:
    """Teams are read from memory, at most two seconds old: every message needs them and they rarely change."""

    def __init__(self, database: Database, committer: Committer) -> None:
        claims = Claims(database)
        self.companies = Companies(database, committer, claims)
        self.rows = TeamTables(database, committer)
        self.people = People(database, committer, claims)
        self.workspaces = Items(database, committer, WORKSPACES, Workspace)
        self.projects = Items(database, committer, PROJECTS, Project)
        self.tags = Items(database, committer, TAGS, Tag)
        self.replies = SavedReplies(database, committer)
        self._teams: dict[str, tuple[float, Team]] = {}
        self._loading: dict[str, asyncio.Task[Team]] = {}

    async def team(self, company_id: str) -> Team:
        """The company with its table and people. Raises `NotFound` while the company is not known."""
        known = self._teams.get(company_id)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        if company_id not in self._loading:
            self._loading[company_id] = asyncio.create_task(self._load(company_id))
            self._loading[company_id].add_done_callback(lambda _: self._loading.pop(company_id, None))
        return await asyncio.shield(self._loading[company_id])

    def forget(self, company_id: str) -> None:
        """Read the team anew when it is asked for next: this process has just changed it."""
        self._teams.pop(company_id, None)

    async def person_at(self, company_id: str, address: str) -> Person | None:
        """Who owns a mail address; callers that ask together share one query."""
        return await self.people.at(company_id, address)

    async def configure(
        self,
        company: Company,
        rows: Sequence[TeamRow],
        workspaces: Sequence[Workspace],
        cause: Cause,
        *,
        fields: set[str] | None = None,
    ) -> None:
        """Set a company up or change it, of its settings those `fields` only if given; saying it again with nothing
        changed changes nothing."""
        await self.companies.put(company, cause, fields)
        for workspace in workspaces:
            if await self.workspaces.find(company.id, workspace.id) is None:
                await self.workspaces.add(workspace, cause)
            else:
                await self.workspaces.edit(company.id, workspace.id, {"name": workspace.name}, cause)
        for row in rows:
            who = {"service": row.service, "planning": row.planning}
            await self.rows.staff(company.id, row.workspace_id, who, cause)
        self.forget(company.id)

    async def add_workspace(self, company_id: str, name: str, number: int | None, cause: Cause) -> Workspace:
        """Add a workspace, with the next number if none is asked for; the same cause adds it once.

        Raises `NameIsTaken`, also for a number.
        """
        id_ = item_id("workspace", cause.id)
        known = await self.workspaces.find(company_id, id_)
        for _ in range(MOST_TRIES):
            if known is not None:
                break
            there = await self.workspaces.read(company_id)
            other = next((one for one in there.values() if one.number == number), None)
            if other is not None:
                raise NameIsTaken(f"{other.name} has the number {number}", id=other.id, archived=other.archived)
            free = number or max((one.number for one in there.values()), default=0) + 1
            new = Workspace(id=id_, company_id=company_id, number=free, name=name)
            try:
                known = await self.workspaces.add(new, cause)
            except Conflict:
                continue  # somebody was quicker with this number
        self.forget(company_id)
        if known is None:
            raise Stale("workspaces are added too quickly; try again")
        return known

    async def register(self, person: Person, cause: Cause, *, fields: set[str] | None = None) -> None:
        """Add or change a person, of somebody known those `fields` only if given; unchanged ones stay as they are."""
        known = await self.people.find(person.company_id, person.id)
        if known is None:
            await self.people.add(person, cause)
        else:
            wanted = set(Person.model_fields) - {"id", "company_id", "version", "entries", "cpf", "active"}
            values = {one: getattr(person, one) for one in (wanted if fields is None else wanted & fields)}
            await self.people.edit(person.company_id, person.id, values, cause)
        self.forget(person.company_id)

    async def _load(self, company_id: str) -> Team:
        company = await self.companies.find(company_id, company_id)
        if company is None:
            raise NotFound("this company is not set up yet")
        team = Team(
            company=company,
            workspaces=await self.workspaces.read(company_id),
            rows=await self.rows.rows(company_id),
            members=await self.people.members(company_id),
        )
        self._teams[company_id] = (time.monotonic(), team)
        return team
