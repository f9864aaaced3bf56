"""Verifies the ledger: everything that came in is in exactly one outcome, holds what it must, and was said."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from balcao.intake.domain.mail import OUTCOMES
from balcao.intake.fates import MOST_AT_ONCE, WANTED, Fates
from balcao.intake.store import MAILS, REPEATS, in_state
from balcao.shared.clock import now
from balcao.shared.mongo import Document, Mongo
from balcao.shared.outbox import OUTBOX

STUCK_AFTER = timedelta(minutes=2)
"""What was not said to the bus for so long is stuck: the sweeper takes seconds."""

FATES = ("opened", "appended", "held", "refused", "under_way")
"""What becomes of an accepted message, as `tickets` says; `under_way` is nothing yet, and not for long."""

_MOST_NAMED = 10
_TRIES = 3
_MOST_LOOKED_AT = 10_000


@dataclass(frozen=True)
class Problem:
    """Something that must not be. `ids` are the first of the messages it is about."""

    kind: str
    count: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Account:
    """One company's arrivals since an instant. Sound when `problems` is empty."""

    company_id: str
    since: datetime
    arrivals: int
    """Messages stored and repeated arrivals, counted by themselves and not from the outcomes."""
    counts: dict[str, int]
    waiting: int = 0
    """Held mails that wait for a decision, however long."""
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True)
class Accepted:
    """What became of accepted messages. They are all in `counts`, but for those that are stuck."""

    counts: dict[str, int]
    stuck: Problem | None = None


class Ledger:
    """Reads what is kept; changes nothing."""

    def __init__(self, mongo: Mongo) -> None:
        self._mails = mongo.db[MAILS]
        self._repeats = mongo.db[REPEATS]
        self._stored_files = mongo.db["files.files"]
        self._outbox = mongo.db[OUTBOX]

    async def companies(self) -> list[str]:
        """Every company that something came in for."""
        found: list[str] = await self._mails.distinct("company_id")
        return sorted(found)

    async def account(self, company_id: str, since: datetime) -> Account:
        """What came in for a company since an instant, and everything that is wrong with it."""
        mine: Document = {"company_id": company_id, "received_at": {"$gte": since, "$lt": now()}}
        stored, counts = await self._counted(mine)
        for _ in range(_TRIES):
            if sum(counts.values()) == stored:
                break
            await asyncio.sleep(1)  # a mail was stored between the counts
            stored, counts = await self._counted(mine)
        repeated = await self._repeats.count_documents(mine)
        problems = [
            *await self._not_counted(mine, stored, counts),
            *await self._without_a_rule(mine),
            *await self._without_their_bytes(mine),
            *await self._of_no_mail(mine),
        ]
        waiting = await self._mails.count_documents({"company_id": company_id, **in_state("waiting")})
        counts["duplicate"] = repeated
        return Account(company_id, since, stored + repeated, counts, waiting, tuple(problems))

    async def accepted(self, company_id: str, since: datetime, fates: Fates, most: int = 0) -> Accepted:
        """What became of the messages that were accepted since an instant; of the latest `most`, all of them when 0.

        One that nothing has come of after two minutes lies somewhere between here and `tickets`. Raises
        `httpx.HTTPError` when `tickets` can't be asked.
        """
        query: Document = {"company_id": company_id, "outcome": "accepted", "received_at": {"$gte": since}}
        rows = self._mails.find(query, WANTED).sort("received_at", -1).limit(most)
        counts, stuck = dict.fromkeys(FATES, 0), []
        while some := await rows.to_list(MOST_AT_ONCE):
            due = now() - STUCK_AFTER
            found = await fates.of(company_id, some)
            for row in some:
                fate = found.get(row["_id"], "under_way")
                if fate == "under_way" and _said_at(row) < due:
                    stuck.append(row["_id"])
                else:
                    counts[fate] += 1
        return Accepted(counts, Problem("stuck", len(stuck), tuple(stuck[:_MOST_NAMED])) if stuck else None)

    async def unsaid(self) -> Problem | None:
        """Facts that should have been on the bus long ago; none when all is said."""
        query: Document = {"at": {"$lt": now() - STUCK_AFTER}}
        count = await self._outbox.count_documents(query)
        if not count:
            return None
        first = await self._outbox.find(query, {"_id": 1}).limit(_MOST_NAMED).to_list(_MOST_NAMED)
        return Problem("not_said", count, tuple(one["_id"] for one in first))

    async def _counted(self, mine: Document) -> tuple[int, dict[str, int]]:
        stored = await self._mails.count_documents(mine)
        counts: dict[str, int] = {}
        for outcome in OUTCOMES:
            counts[outcome] = await self._mails.count_documents({**mine, "outcome": outcome})
        return stored, counts

    async def _not_counted(self, mine: Document, stored: int, counts: dict[str, int]) -> list[Problem]:
        counted = sum(counts.values())
        if counted == stored:
            return []
        ids = [one["_id"] async for one in self._rows(mine, {"outcome": 1}) if one.get("outcome") not in OUTCOMES]
        return [Problem("in_no_outcome", stored - counted, tuple(ids[:_MOST_NAMED]))]

    async def _without_a_rule(self, mine: Document) -> list[Problem]:
        found: list[Problem] = []
        for nothing in (None, ""):
            query = {**mine, "rule": nothing}
            if count := await self._mails.count_documents(query):
                rows = await self._mails.find(query, {"_id": 1}).limit(_MOST_NAMED).to_list(_MOST_NAMED)
                found.append(Problem("without_a_rule", count, tuple(one["_id"] for one in rows)))
        return found

    async def _without_their_bytes(self, mine: Document) -> list[Problem]:
        """Mails whose raw bytes are neither in their document nor in the file store."""
        lost = [
            one["_id"]
            async for one in self._rows({**mine, "channel": "mail", "raw": None}, {"raw_file": 1})
            if not one.get("raw_file")
            or await self._stored_files.find_one({"_id": one["raw_file"]}, {"_id": 1}) is None
        ]
        return [Problem("bytes_lost", len(lost), tuple(lost[:_MOST_NAMED]))] if lost else []

    async def _has_file(self, file_id: str | None) -> bool:
        return file_id is not None and await self._stored_files.find_one({"_id": file_id}, {"_id": 1}) is not None

    async def _of_no_mail(self, mine: Document) -> list[Problem]:
        """Repeated arrivals of a mail that is not there: then the first one was lost."""
        rows = await self._repeats.find(mine, {"mail_id": 1}).limit(_MOST_LOOKED_AT).to_list(_MOST_LOOKED_AT)
        lost = [
            mail_id
            for mail_id in dict.fromkeys(one["mail_id"] for one in rows)
            if await self._mails.find_one({"_id": mail_id}, {"_id": 1}) is None
        ]
        return [Problem("repeat_of_nothing", len(lost), tuple(lost[:_MOST_NAMED]))] if lost else []

    async def _rows(self, query: Document, wanted: Document) -> AsyncIterator[Document]:
        async for one in self._mails.find(query, wanted).limit(_MOST_LOOKED_AT):
            yield one
            await asyncio.sleep(0)


def _said_at(row: Document) -> datetime:
    """When `tickets` was told of an accepted message: at its arrival, or once a person let it in."""
    at: datetime = row.get("decision", row).get("at") or row["received_at"]
    return at
