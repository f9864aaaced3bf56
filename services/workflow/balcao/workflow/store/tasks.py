"""Tasks with their timeline, and the lists of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from balcao.shared.aggregate import Change
from balcao.shared.commit import Committer, Work
from balcao.shared.mongo import Database, Document
from balcao.shared.records import Records, Rule
from balcao.shared.timeline import Cause
from balcao.shared.timers import TIMERS, timer_document
from balcao.workflow.domain.phase_rules import PhaseRule, fired
from balcao.workflow.domain.places import spans
from balcao.workflow.domain.tasks import Task, TaskState
from balcao.workflow.store import TASKS
from balcao.workflow.store.time_entries import note_time

UNBLOCK = "unblock"
"""The timer after which the people of tasks are told that wait for one that is finished."""
_TOGETHER = 100
_NOT_IN_LISTS = {"description": 0, "description_html": 0, "files": 0, "spent": 0}
"""May be long, and no list shows it."""

RulesOf = Callable[[str], Awaitable[Sequence[PhaseRule]]]
"""A company's rules on top of phases."""
Column = tuple[str, str]
"""A task type's id and a phase's."""


@dataclass(frozen=True)
class Wanted:
    """Which tasks a list shows."""

    executor_id: str | None = None
    state: TaskState | None = None
    tag_id: str | None = None
    columns: tuple[Column, ...] | None = None
    """Only tasks in one of these."""
    until: str | None = None
    """Only tasks before this place."""

    def prefixes(self, company_id: str) -> list[Document]:
        """The parts of the queries that an index begins with; their results together, in order, are the list."""
        query: Document = {"company_id": company_id}
        if self.executor_id is not None:
            query["executor.person_id"] = self.executor_id
        elif self.tag_id is not None:
            query["tags"] = self.tag_id
        elif self.columns is not None:
            return [{**query, "type_id": type_id, "phase.id": phase_id} for type_id, phase_id in self.columns]
        return [query]

    def lets_through(self, task: Task) -> bool:
        """What the prefix does not say: of somebody's tasks or those with a tag, those of one column or with a tag."""
        if self.tag_id is not None and self.tag_id not in task.tags:
            return False
        return self.columns is None or (task.type_id, task.phase.id) in self.columns


class Tasks(Records[Task]):
    """The tasks of all companies; every query names one."""

    def __init__(self, database: Database, committer: Committer, rules_of: RulesOf) -> None:
        """`rules_of` gives a company's rules on top; it is asked for every change, so it had better remember."""
        super().__init__(database, committer, collection=TASKS, kind=Task, source="workflow", noun="task")
        self._rules_of = rules_of

    async def create(self, change: Change[Task], cause: Cause, *, also: Work | None = None) -> Task:
        """As in `Records`, with what the company's rules add for the phase it begins in."""
        rules = await self._rules_of(change.after.company_id)
        return await super().create(fired(change, rules), cause, also=also)

    async def change(
        self,
        company_id: str,
        id_: str,
        rule: Rule[Task],
        cause: Cause,
        *,
        expected_version: int | None = None,
        also: Callable[[Change[Task]], Awaitable[Work]] | None = None,
        loaded: Task | None = None,
    ) -> Task:
        """As in `Records`, with what the company's rules add to a phase entered, whoever's rule entered it."""
        rules = await self._rules_of(company_id)
        return await super().change(
            company_id,
            id_,
            self._with(rules, rule),
            cause,
            expected_version=expected_version,
            also=also,
            loaded=loaded,
        )

    async def change_at_once(self, company_id: str, id_: str, steps: Sequence[tuple[Rule[Task], Cause]]) -> None:
        """As in `Records`, with what the company's rules add, as in `change`."""
        rules = await self._rules_of(company_id)
        wrapped = [(self._with(rules, rule), cause) for rule, cause in steps]
        await super().change_at_once(company_id, id_, wrapped)

    async def page(
        self, company_id: str, wanted: Wanted, *, limit: int, after: str | None, now: datetime, last_number: int
    ) -> list[Task]:
        """Up to `limit` tasks in the board's order, from behind the place `after`.

        A query is an index prefix and a range of places, nothing else, or the embedded server would read all tasks
        (seconds at 20,000): the range is walked in spans, and what the prefix does not say is checked row by row.
        """
        found: list[Task] = []
        for low, high in spans(wanted.state, after, now, last_number):
            if wanted.until is not None and low >= wanted.until:
                break
            end = min(high, wanted.until or high)
            within: list[Task] = []
            for prefix in wanted.prefixes(company_id):
                within += await self._between(company_id, wanted, prefix, low, end, limit - len(found))
            found += sorted(within, key=lambda task: task.place)
            if len(found) >= limit:
                break
        return found[:limit]

    async def _between(
        self, company_id: str, wanted: Wanted, prefix: Document, low: str, high: str, limit: int
    ) -> list[Task]:
        found: list[Task] = []
        behind: str | None = low
        while behind is not None and len(found) < limit:
            query = {**prefix, "place": {"$gt": behind, "$lt": high}}
            batch = await self.collection.find(query, _NOT_IN_LISTS).sort("place", 1).limit(limit).to_list(limit)
            behind = batch[-1]["place"] if len(batch) == limit else None
            rows = [task for document in batch if (task := self._read(document, company_id))]
            found += [task for task in rows if wanted.lets_through(task)]
        return found

    async def count(self, company_id: str, wanted: Wanted, *, most: int, now: datetime, last_number: int) -> int:
        """How many tasks there are in these columns, counted no further than `most`."""
        # What is open is not without end, and counted in one go; what was ever done is counted from the latest on.
        whole = [("0", "1")] if wanted.state == "open" else spans(wanted.state, None, now, last_number)
        counted = 0
        for low, high in whole:
            for prefix in wanted.prefixes(company_id):
                query = {**prefix, "place": {"$gt": low, "$lt": high}}
                counted += await self.collection.count_documents(query, limit=most)
            if counted >= most:
                return most
        return counted

    async def rows(
        self, company_id: str, low: str, high: str, fields: Sequence[str], *, most: int
    ) -> AsyncIterator[Document]:
        """Some fields of the tasks between two places, in order, at most so many."""
        shown = {"_id": 0, **dict.fromkeys(fields, 1)}
        query = {"company_id": company_id, "place": {"$gt": low, "$lt": high}}
        # One query, not page by page: the embedded server's cost for each would grow with all that is left.
        async for one in self.collection.find(query, shown).sort("place", 1).limit(most).batch_size(2_000):
            yield one

    async def in_column(self, company_id: str, column: Column, state: TaskState, after: str | None) -> list[Document]:
        """Up to 100 tasks of a column in a state, in order from behind a place: ids, places and phases."""
        group = {"open": "0", "completed": "1", "cancelled": "2"}[state]
        query = {
            "company_id": company_id,
            "type_id": column[0],
            "phase.id": column[1],
            "place": {"$gt": after or group, "$lt": str(int(group) + 1)},
        }
        shown = {"place": 1, "phase": 1}
        return await self.collection.find(query, shown).sort("place", 1).limit(_TOGETHER).to_list(_TOGETHER)

    async def named(self, company_id: str, ids: Sequence[str]) -> list[Task]:
        """The company's tasks with these ids, in that order; those that are none of its are left out."""
        if not ids:
            return []
        found = await self.collection.find({"_id": {"$in": list(ids)}}, _NOT_IN_LISTS).to_list(len(ids))
        by_id = {task.id: task for document in found if (task := self._read(document, company_id)) is not None}
        return [by_id[id_] for id_ in ids if id_ in by_id]

    @staticmethod
    def _with(rules: Sequence[PhaseRule], rule: Rule[Task]) -> Rule[Task]:
        return lambda task: fired(rule(task), rules)

    def _tell(self, work: Work, change: Change[Task], cause: Cause) -> None:
        super()._tell(work, change, cause)
        note_time(work, change, cause)
        after = change.after
        if after.blocks and change.before.state == "open" and after.state != "open":
            # Costs nothing where nobody waits: who does is looked up when the timer fires.
            work.insert(TIMERS, timer_document(after.company_id, UNBLOCK, after.id, cause.at, str(after.version)))

    async def serving(self, company_id: str, ticket_id: str) -> list[str]:
        """Ids of the tasks that serve a ticket."""
        found: list[str] = []
        while True:
            query: Document = {"company_id": company_id, "tickets.id": ticket_id}
            if found:
                query["_id"] = {"$gt": found[-1]}
            batch = await self.collection.find(query, {"_id": 1}).sort("_id", 1).limit(_TOGETHER).to_list(_TOGETHER)
            found.extend(one["_id"] for one in batch)
            if len(batch) < _TOGETHER:
                return found
