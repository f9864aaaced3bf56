"""Keeps aggregates: load, let a rule decide, save with the timeline in one transaction; on a conflict decide again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic

from balcao.shared.aggregate import A, Change
from balcao.shared.commit import AlreadyDone, Committer, Conflict, Work, difference
from balcao.shared.errors import Condition, NotFound, Stale
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import TIMELINE, Cause, tell

MOST_TRIES = 8

Rule = Callable[[A], Change[A]]


class Records(Generic[A]):
    """The aggregates of one kind in one service's database. Rules passed in are called again after a conflict."""

    def __init__(
        self, database: Database, committer: Committer, *, collection: str, kind: type[A], source: str, noun: str
    ) -> None:
        self.collection = database[collection]
        self._timeline = database[TIMELINE]
        self._committer = committer
        self._name = collection
        self._kind = kind
        self._source = source
        self._noun = noun

    async def find(self, company_id: str, id_: str) -> A | None:
        """The aggregate, or none when this company has none of that id."""
        return self._read(await self.collection.find_one({"_id": id_}), company_id)

    async def get(self, company_id: str, id_: str) -> A:
        """The aggregate. Raises `NotFound`, also for one of another company."""
        found = await self.find(company_id, id_)
        if found is None:
            raise NotFound(f"no such {self._noun}")
        return found

    async def by_number(self, company_id: str, number: int) -> A:
        """The aggregate with this number in the company. Raises `NotFound`."""
        document = await self.collection.find_one({"company_id": company_id, "number": number})
        found = self._read(document, company_id)
        if found is None:
            raise NotFound(f"no {self._noun} #{number}")
        return found

    async def create(self, change: Change[A], cause: Cause, *, also: Work | None = None) -> A:
        """Save a new aggregate, and `also` in the same transaction.

        Raises `AlreadyDone` when the cause created it before, `Conflict` when something in `also` is taken.
        """
        work = also or Work()
        self._tell(work, change, cause)
        work.insert(self._name, _document(change.after))
        await self._committer.save(work)
        return change.after

    async def change(
        self,
        company_id: str,
        id_: str,
        rule: Rule[A],
        cause: Cause,
        *,
        expected_version: int | None = None,
        also: Callable[[Change[A]], Awaitable[Work]] | None = None,
        loaded: A | None = None,
    ) -> A:
        """Apply a rule and save what it decided; returns the aggregate afterwards.

        A cause that has acted before changes nothing, also where its rule or version would be refused now. Raises
        `NotFound`, `Stale` when `expected_version` is not the current one (its details carry the current version) or
        when conflicts don't end, and whatever the rule raises. Whoever has just `loaded` it saves a query by it.
        """
        for _ in range(MOST_TRIES):
            before, loaded = loaded or await self.get(company_id, id_), None
            try:
                change = self._decide(before, rule, expected_version)
            except Condition:
                if await self.has_acted(before.id, cause):
                    return before
                raise
            if not change.facts:
                return before
            work = await also(change) if also is not None else Work()
            self._tell(work, change, cause)
            work.updates.append(difference(self._name, _document(before), _document(change.after)))
            try:
                await self._committer.save(work)
            except AlreadyDone:
                return await self.get(company_id, id_)
            except Conflict:
                continue
            return change.after
        raise Stale(f"this {self._noun} changes too quickly; try again")

    async def change_at_once(self, company_id: str, id_: str, steps: Sequence[tuple[Rule[A], Cause]]) -> None:
        """Apply rules one after the other, each for its own cause, and save all in one transaction: for many who want
        to change one aggregate, of whom otherwise one at a time would win and the others decide again.

        Raises as `change`; and `AlreadyDone` when one of the causes has acted before: nothing was saved then, and the
        steps have to be taken one by one.
        """
        for _ in range(MOST_TRIES):
            before = now = await self.get(company_id, id_)
            work = Work()
            for rule, cause in steps:
                change = rule(now)
                if change.facts:
                    self._tell(work, change, cause)
                now = change.after
            if now.version == before.version:
                return
            work.updates.append(difference(self._name, _document(before), _document(now)))
            try:
                await self._committer.save(work)
            except Conflict:
                continue
            return
        raise Stale(f"this {self._noun} changes too quickly; try again")

    def include(self, work: Work, change: Change[A], cause: Cause) -> None:
        """Let a piece of work save the change of another aggregate as well: both or neither. `change.before` must be as
        it was loaded."""
        if change.facts:
            self._tell(work, change, cause)
            work.updates.append(difference(self._name, _document(change.before), _document(change.after)))

    def include_new(self, work: Work, change: Change[A], cause: Cause) -> None:
        """Let a piece of work create another aggregate as well: both or neither."""
        self._tell(work, change, cause)
        work.insert(self._name, _document(change.after))

    async def timeline(self, company_id: str, id_: str, *, public_only: bool, limit: int = 500) -> list[Document]:
        """The aggregate's latest entries, oldest first; only what a requester may see when `public_only` (W7)."""
        query: Document = {"of": id_}
        cursor = self._timeline.find(query).sort("n", -1).limit(limit)
        entries = [e for e in await cursor.to_list(limit) if e["company_id"] == company_id]
        entries.reverse()
        return [e for e in entries if e["public"]] if public_only else entries

    async def has_told(self, entry_ids: Sequence[str]) -> bool:
        """Whether any of these timeline entries is there (ids by `timeline.entry_id`)."""
        return await self._timeline.find_one({"_id": {"$in": list(entry_ids)}}, {"_id": 1}) is not None

    def _decide(self, before: A, rule: Rule[A], expected_version: int | None) -> Change[A]:
        if expected_version is not None and before.version != expected_version:
            raise Stale(f"this {self._noun} was changed meanwhile", current_version=before.version)
        return rule(before)

    async def has_acted(self, id_: str, cause: Cause) -> bool:
        """Whether a cause has left an entry on this aggregate. Asked only where something was refused or is costly: a
        repeated request must not hear a refusal of its own success."""
        return await self._timeline.find_one({"of": id_, "cause": cause.id}, {"_id": 1}) is not None

    def _tell(self, work: Work, change: Change[A], cause: Cause) -> None:
        after = change.after
        work.tell(tell(self._source, after.company_id, after.id, change.facts, cause, after=change.before.entries))

    def _read(self, document: Document | None, company_id: str) -> A | None:
        if document is None or document["company_id"] != company_id:
            return None
        document["id"] = document.pop("_id")
        return self._kind.model_validate(document)


def _document(aggregate: A) -> Document:
    document = aggregate.model_dump()
    document["_id"] = document.pop("id")
    return document
