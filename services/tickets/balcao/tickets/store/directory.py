"""Companies, workspaces, the team table and people."""

import asyncio
import time
from collections import defaultdict

from balcao.shared.commit import Committer, Update, Work
from balcao.shared.errors import NotFound
from balcao.shared.events import CompanyConfigured, PersonRegistered
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Database, Document
from balcao.shared.records import Records
from balcao.shared.timeline import Cause, tell
from balcao.tickets.domain.directory import Company, Person, Team, TeamRow, Workspace
from balcao.tickets.store import COMPANIES, PEOPLE, TEAM, WORKSPACES

_FRESH_S = 2.0
_MOST_MEMBERS = 2_000


class Directory:
    """Teams are read from memory, at most two seconds old: every message needs them and they rarely change."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._db = database
        self._committer = committer
        self._teams: dict[str, tuple[float, Team]] = {}
        self._loading: dict[str, asyncio.Task[Team]] = {}
        self._people = _PeopleByAddress(database)
        self.people = Records(database, committer, collection=PEOPLE, kind=Person, source="tickets", noun="person")

    async def team(self, company_id: str) -> Team:
        """The company with its table and people. Raises `NotFound` while the company is not known."""
        known = self._teams.get(company_id)
        if known is not None and time.monotonic() - known[0] < _FRESH_S:
            return known[1]
        if company_id not in self._loading:
            self._loading[company_id] = asyncio.create_task(self._load(company_id))
            self._loading[company_id].add_done_callback(lambda _: self._loading.pop(company_id, None))
        return await asyncio.shield(self._loading[company_id])

    async def person_at(self, company_id: str, address: str) -> Person | None:
        """Who owns a mail address; callers that ask together share one query."""
        return await self._people.find(company_id, address)

    async def configure(self, company: Company, rows: list[TeamRow], workspaces: list[Workspace], cause: Cause) -> None:
        """Set a company up or change it; saying it again with nothing changed changes nothing."""
        known = await self._db[COMPANIES].find_one({"_id": company.id})
        version = known["version"] if known else 0
        stored = Company.model_validate(_with_id(known)) if known else None
        if stored != company.model_copy(update={"version": version}):
            await self._save_company(
                company.model_copy(update={"version": version + 1}), is_new=known is None, cause=cause
            )
        for workspace in workspaces:
            await self._db[WORKSPACES].replace_one(
                {"_id": workspace.id}, workspace.model_dump(exclude={"id"}), upsert=True
            )
        for row in rows:
            key = derived_id("team", company.id, row.workspace_id or "")
            await self._db[TEAM].replace_one({"_id": key}, {**row.model_dump(), "company_id": company.id}, upsert=True)
        self._teams.pop(company.id, None)

    async def register(self, person: Person, cause: Cause) -> None:
        """Add or change a person of the team; unchanged ones stay as they are."""
        known = await self.people.find(person.company_id, person.id)
        keep = {"version": known.version, "entries": known.entries} if known else {}
        wanted = person.model_copy(update=keep)
        if known == wanted:
            return
        work = register_work(wanted, cause, is_new=known is None, by_mail=False)
        await self._committer.save(work)
        self._teams.pop(person.company_id, None)

    async def _save_company(self, company: Company, *, is_new: bool, cause: Cause) -> None:
        work = Work()
        work.tell(
            tell(
                "tickets",
                company.id,
                company.id,
                (CompanyConfigured(company=company.profile()),),
                cause,
                after=company.version - 1,
            )
        )
        document = {"_id": company.id, **company.model_dump(exclude={"id"})}
        if is_new:
            work.insert(COMPANIES, document)
        else:
            work.updates.append(Update(COMPANIES, company.id, company.version - 1, document))
        await self._committer.save(work)

    async def _load(self, company_id: str) -> Team:
        document = await self._db[COMPANIES].find_one({"_id": company_id})
        if document is None:
            raise NotFound("this company is not set up yet")
        workspaces = await self._db[WORKSPACES].find({"company_id": company_id}).to_list(5_000)
        rows = await self._db[TEAM].find({"company_id": company_id}).to_list(5_000)
        members = await self._db[PEOPLE].find({"company_id": company_id, "on_team": True}).to_list(_MOST_MEMBERS)
        team = Team(
            company=Company.model_validate(_with_id(document)),
            workspaces={w["_id"]: Workspace.model_validate(_with_id(w)) for w in workspaces},
            rows=tuple(TeamRow.model_validate(row) for row in rows),
            members={m["_id"]: Person.model_validate(_with_id(m)) for m in members},
        )
        self._teams[company_id] = (time.monotonic(), team)
        return team


def register_work(person: Person, cause: Cause, *, is_new: bool, by_mail: bool) -> Work:
    """What saving a person writes and says."""
    after = person.model_copy(update={"version": person.version + 1, "entries": person.entries + 1})
    fact = PersonRegistered(person=after.profile(), by_mail=by_mail)
    work = Work()
    work.tell(tell("tickets", person.company_id, person.id, (fact,), cause, after=person.entries))
    document = {**after.model_dump(exclude={"id"}), "on_team": bool(after.roles)}
    if is_new:
        work.insert(PEOPLE, {"_id": after.id, **document})
    else:
        work.updates.append(Update(PEOPLE, person.id, person.version, document))
    return work


class _PeopleByAddress:
    """One query for all who ask while the one before is under way."""

    def __init__(self, database: Database) -> None:
        self._people = database[PEOPLE]
        self._waiting: dict[str, dict[str, list[asyncio.Future[Person | None]]]] = defaultdict(dict)
        self._asking: asyncio.Task[None] | None = None

    async def find(self, company_id: str, address: str) -> Person | None:
        found: asyncio.Future[Person | None] = asyncio.get_running_loop().create_future()
        self._waiting[company_id].setdefault(address.lower(), []).append(found)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await found

    async def _ask(self) -> None:
        while self._waiting:
            company_id, wanted = self._waiting.popitem()
            try:
                await self._answer(company_id, wanted)
            except Exception as error:
                for waiting in wanted.values():
                    for found in waiting:
                        if not found.done():
                            found.set_exception(error)

    async def _answer(self, company_id: str, wanted: dict[str, list[asyncio.Future[Person | None]]]) -> None:
        addresses = list(wanted)
        at = addresses[0] if len(addresses) == 1 else {"$in": addresses}
        people = await self._people.find({"company_id": company_id, "addresses": at}).to_list(len(addresses))
        by_address = {a: Person.model_validate(_with_id(p)) for p in people for a in p["addresses"]}
        for address, waiting in wanted.items():
            for found in waiting:
                if not found.done():
                    found.set_result(by_address.get(address))


def _with_id(document: Document) -> Document:
    return {**document, "id": document["_id"]}
