"""Companies and their team tables."""

from collections.abc import Sequence
from typing import Any

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Committer, Conflict, Work
from balcao.shared.errors import Stale
from balcao.shared.mongo import Database
from balcao.shared.records import MOST_TRIES, Records
from balcao.shared.timeline import Cause
from balcao.tickets.domain.company import Company, configure, set_up
from balcao.tickets.domain.conditions import AddressIsTaken
from balcao.tickets.domain.team import TeamRow, row_id, staff
from balcao.tickets.store import COMPANIES, PEOPLE, TEAM
from balcao.tickets.store.claims import Claims

_MOST_ROWS = 5_000


class Companies(Records[Company]):
    """One service's companies. No two have a mail address in common, or a mail would have two places to go (O2)."""

    def __init__(self, database: Database, committer: Committer, claims: Claims) -> None:
        super().__init__(database, committer, collection=COMPANIES, kind=Company, source="tickets", noun="company")
        self._people = database[PEOPLE]
        self._claims = claims

    async def put(self, company: Company, cause: Cause, fields: set[str] | None = None) -> Company:
        """Set a company up or give it these settings, only those `fields` if given; with nothing changed nothing
        happens. Raises `AddressIsTaken`."""
        for _ in range(MOST_TRIES):
            if await self.find(company.id, company.id) is not None:
                wanted = set(Company.model_fields) - {"id", "company_id", "slug", "version", "entries"}
                values = {name: getattr(company, name) for name in (wanted if fields is None else wanted & fields)}
                return await self.configure(company.id, values, cause)
            change = set_up(company.model_copy(update={"version": 0, "entries": 0}))
            try:
                return await self.create(change, cause, also=await self._addresses(change))
            except (AlreadyDone, Conflict):
                continue
        raise Stale("this company changes too quickly; try again")

    async def named(self, slug: str | None) -> Company | None:
        """The company of this slug; without one the only company, if there is just one."""
        found = await self.collection.find({"slug": slug} if slug else {}).limit(2).to_list(2)
        return self._read(found[0], found[0]["_id"]) if len(found) == 1 else None

    async def configure(
        self, company_id: str, values: dict[str, Any], cause: Cause, *, expected_version: int | None = None
    ) -> Company:
        """Give settings other values. Raises `NotFound`, `Stale` and `AddressIsTaken`."""
        return await self.change(
            company_id,
            company_id,
            lambda company: configure(company, values),
            cause,
            expected_version=expected_version,
            also=self._addresses,
        )

    async def _addresses(self, change: Change[Company]) -> Work:
        company = change.after
        before = set(change.before.addresses) if change.before.version else set()
        await self._check(company, set(company.addresses) - before)
        return await self._claims.moving(
            company.id, claim=_keys(company.addresses), release=_keys(change.before.addresses)
        )

    async def _check(self, company: Company, added: set[str]) -> None:
        if await self._claims.taken(company.id, _keys(company.addresses)):
            raise AddressIsTaken("one of these addresses belongs to another company here")
        if not added:
            return
        query = {"company_id": company.id, "addresses": {"$in": sorted(added)}}
        person = await self._people.find_one(query)
        if person is not None:
            raise AddressIsTaken(
                f"{person['name']} has this address; a mail from it would look like one from the company",
                person_id=person["_id"],
                name=person["name"],
            )


class TeamTables(Records[TeamRow]):
    """Rows of team tables (H7)."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(database, committer, collection=TEAM, kind=TeamRow, source="tickets", noun="row")

    async def rows(self, company_id: str) -> tuple[TeamRow, ...]:
        """All rows of a company."""
        found = await self.collection.find({"company_id": company_id}).to_list(_MOST_ROWS)
        return tuple(row for document in found if (row := self._read(document, company_id)) is not None)

    async def staff(
        self,
        company_id: str,
        workspace_id: str | None,
        values: dict[str, str | None],
        cause: Cause,
        *,
        expected_version: int | None = None,
    ) -> TeamRow:
        """Name who serves and who plans; the row comes to be with its first names. Raises `Stale`."""
        id_ = row_id(company_id, workspace_id)
        for _ in range(MOST_TRIES):
            if await self.find(company_id, id_) is not None:
                return await self.change(
                    company_id, id_, lambda row: staff(row, values), cause, expected_version=expected_version
                )
            if expected_version not in (None, 0):
                raise Stale("this row was changed meanwhile", current_version=0)
            change = staff(TeamRow(id=id_, company_id=company_id, workspace_id=workspace_id), values)
            if not change.facts:
                return change.after
            try:
                return await self.create(change, cause)
            except (AlreadyDone, Conflict):
                continue
        raise Stale("this row changes too quickly; try again")


def _keys(addresses: Sequence[str]) -> set[str]:
    return {f"company-address:{address}" for address in addresses}
