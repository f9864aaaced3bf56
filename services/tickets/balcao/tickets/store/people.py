"""People: looked up by address for every message, listed by name, changed one at a time."""

from collections.abc import Callable, Sequence
from typing import Any

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Committer, Conflict, Work, difference
from balcao.shared.errors import Stale
from balcao.shared.mongo import Database, Document
from balcao.shared.records import MOST_TRIES, Records
from balcao.shared.timeline import Cause, tell
from balcao.shared.together import Together
from balcao.tickets.domain.conditions import AddressIsTaken, CpfIsTaken
from balcao.tickets.domain.people import Person, edit, invite, register, remember_workspace
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import PEOPLE
from balcao.tickets.store.claims import Claims

MOST_MEMBERS = 2_000
_MOST_LISTED = 100
_LAST = "\U0010ffff"
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class People(Records[Person]):
    """The people of all companies. An address and a CPF belong to one person of a company."""

    def __init__(self, database: Database, committer: Committer, claims: Claims) -> None:
        super().__init__(database, committer, collection=PEOPLE, kind=Person, source="tickets", noun="person")
        self._claims = claims
        self._by_address = _ByAddress(database)

    async def at(self, company_id: str, address: str) -> Person | None:
        """Who owns a mail address; callers that ask together share one query."""
        return await self._by_address.find(company_id, address)

    async def at_any(self, company_id: str, addresses: list[str]) -> list[Person]:
        """Who owns these addresses, at most a thousand of them."""
        query = {"company_id": company_id, "addresses": {"$in": addresses[:1_000]}}
        found = await self.collection.find(query).to_list(1_000)
        return [person for document in found if (person := self._read(document, company_id)) is not None]

    async def with_cpf(self, company_id: str, cpf: str) -> Person | None:
        """Whose CPF this is (digits only)."""
        owner = await self._claims.owner(_cpf_key(company_id, cpf))
        return await self.find(company_id, owner) if owner is not None else None

    async def members(self, company_id: str) -> dict[str, Person]:
        """The team by id."""
        found = await self.collection.find({"company_id": company_id, "on_team": True}).to_list(MOST_MEMBERS)
        return {person.id: person for one in found if (person := self._read(one, company_id)) is not None}

    async def page(
        self, company_id: str, *, on_team: bool, begins: str, after: str | None, limit: int
    ) -> tuple[list[Person], str | None]:
        """People by name, those whose folded name begins so, from behind the key `after`; and the next page's key.

        Who left the team is among the guests.
        """
        limit = max(1, min(limit, _MOST_LISTED))
        people: list[Person] = []
        low, cuts, together = max(after or "", begins), _cuts(begins, after), 1
        while cuts and len(people) <= limit:
            high, cuts = cuts[min(together, len(cuts)) - 1], cuts[together:]
            query = {"company_id": company_id, "on_team": on_team, "name_key": {"$gt": low, "$lt": high}}
            cursor = self.collection.find(query).sort("name_key", 1).limit(limit + 1 - len(people))
            found = await cursor.to_list(limit + 1)
            people.extend(person for one in found if (person := self._read(one, company_id)) is not None)
            low, together = high, together * 2
        following = people[limit - 1].name_key if len(people) > limit else None
        return people[:limit], following

    async def with_address(self, company_id: str, begins: str, limit: int) -> list[Person]:
        """People one of whose addresses begins so, in no order."""
        # Not $elemMatch, for which one of our servers reads the whole collection; so somebody with one
        # address before the range and one behind it comes along too.
        query = {"company_id": company_id, "addresses": {"$gte": begins, "$lt": begins + _LAST}}
        found = await self.collection.find(query).limit(_MOST_LISTED * 2).to_list(_MOST_LISTED * 2)
        people = [person for one in found if (person := self._read(one, company_id)) is not None]
        return [one for one in people if any(address.startswith(begins) for address in one.addresses)][:limit]

    async def add(self, person: Person, cause: Cause) -> Person:
        """Register a person; the same cause does so once. Raises `AddressIsTaken` and `CpfIsTaken`, saying by whom."""
        for _ in range(MOST_TRIES):
            change = register(person)
            try:
                return await self.create(change, cause, also=await self.claiming(change))
            except (AddressIsTaken, CpfIsTaken):
                earlier = await self.find(person.company_id, person.id)
                if earlier is not None:
                    return earlier
                raise
            except AlreadyDone:
                return await self.get(person.company_id, person.id)
            except Conflict:
                continue
        raise Stale("this person's profile changes too quickly; try again")

    async def edit(
        self,
        company_id: str,
        id_: str,
        values: dict[str, Any],
        cause: Cause,
        *,
        expected_version: int | None = None,
        check: Callable[[Change[Person]], None] | None = None,
    ) -> Person:
        """Give fields other values. Raises `NotFound`, `Stale`, `AddressIsTaken`, `CpfIsTaken`, and what `check` raises
        of the change."""

        def rule(person: Person) -> Change[Person]:
            change = edit(person, values)
            if check is not None:
                check(change)
            return change

        return await self.change(company_id, id_, rule, cause, expected_version=expected_version, also=self.claiming)

    async def invite(
        self, company_id: str, id_: str, cause: Cause, *, check: Callable[[Person], None] | None = None
    ) -> Person:
        """Say that somebody is invited (O3); the same cause says so once.

        Raises `NotFound`, what `people.invite` raises, and what `check` raises of the person.
        """

        def rule(person: Person) -> Change[Person]:
            if check is not None:
                check(person)
            return invite(person)

        return await self.change(company_id, id_, rule, cause)

    async def claiming(self, change: Change[Person]) -> Work:
        """What a change of CPF writes beside the person; raises where address or CPF belong to somebody else."""
        before, after = change.before if change.before.version else None, change.after
        added = [one for one in after.addresses if before is None or one not in before.addresses]
        if added:
            for other in await self.at_any(after.company_id, added):
                if other.id != after.id:
                    taken = next(one for one in added if one in other.addresses)
                    raise AddressIsTaken(
                        f"{taken} belongs to {other.name}", address=taken, person_id=other.id, name=other.name
                    )
        had, has = (before.cpf if before is not None else None), after.cpf
        if had == has:
            return Work()
        if has is not None:
            other_one = await self.with_cpf(after.company_id, has)
            if other_one is not None and other_one.id != after.id:
                raise CpfIsTaken(f"this CPF belongs to {other_one.name}", person_id=other_one.id, name=other_one.name)
        keys = {one: {_cpf_key(after.company_id, one)} for one in (had, has) if one is not None}
        return await self._claims.moving(after.id, claim=keys.get(has or "", set()), release=keys.get(had or "", set()))

    async def remembering(self, change: Change[Ticket], cause: Cause) -> Work:
        """What a ticket's new workspace writes and says on its requester's profile, to be saved with the ticket (O6).

        Nothing for a draft, and when they have a default already, are of the team, or are not known. A profile that
        changes at the same moment is a conflict: ask again.
        """
        before, after = change.before, change.after
        requester, workspace_id = after.requester.person_id, after.workspace_id
        is_new = workspace_id != before.workspace_id or before.status == "draft"
        if workspace_id is None or requester is None or not is_new or after.status == "draft":
            return Work()
        person = await self.find(after.company_id, requester)
        return Work() if person is None else change_work(remember_workspace(person, workspace_id), cause)


def register_work(person: Person, cause: Cause, *, by_mail: bool) -> Work:
    """What saving a new person writes and says."""
    return change_work(register(person, by_mail=by_mail), cause)


def change_work(change: Change[Person], cause: Cause) -> Work:
    """What a change of a person writes and says, to join in another change."""
    work = Work()
    if not change.facts:
        return work
    before, after = change.before, change.after
    work.tell(tell("tickets", after.company_id, after.id, change.facts, cause, after=before.entries))
    if before.version == 0:
        work.insert(PEOPLE, _document(after))
    else:
        work.updates.append(difference(PEOPLE, _document(before), _document(after)))
    return work


class _ByAddress:
    """One query for all who ask at once."""

    def __init__(self, database: Database) -> None:
        self._people = database[PEOPLE]
        self._asked: Together[tuple[str, str], Person | None] = Together(self._answer)

    async def find(self, company_id: str, address: str) -> Person | None:
        return await self._asked.add((company_id, address.lower()))

    async def _answer(self, wanted: Sequence[tuple[str, str]]) -> list[Person | None]:
        found: dict[tuple[str, str], Person] = {}
        for company_id in {company_id for company_id, _ in wanted}:
            addresses = list({address for company, address in wanted if company == company_id})
            at = addresses[0] if len(addresses) == 1 else {"$in": addresses}
            people = await self._people.find({"company_id": company_id, "addresses": at}).to_list(len(addresses))
            for person in people:
                one = Person.model_validate({**person, "id": person["_id"]})
                found |= {(company_id, address): one for address in one.addresses}
        return [found.get(one) for one in wanted]


def _cuts(begins: str, after: str | None) -> list[str]:
    """Upper ends of the ranges in which names are looked for, one behind the other.

    On one of our servers a query costs what its range holds, whatever its limit: so the next names are looked for close
    by first, then in ranges that grow, and a small directory is through after a few.
    """
    low = max(after or "", begins)
    near = [low[:length] + _LAST for length in range(min(len(low), 8), len(begins), -1)]
    far = [f"{begins}{one}{two}{_LAST}" for one in _LETTERS for two in _LETTERS]
    return sorted(cut for cut in {*near, *far, begins + _LAST} if cut > low)


def _cpf_key(company_id: str, cpf: str) -> str:
    return f"cpf:{company_id}:{cpf}"


def _document(person: Person) -> Document:
    document = person.model_dump()
    document["_id"] = document.pop("id")
    return document
