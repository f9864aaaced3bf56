"""Bulk edits under way: the job, and what became of each of its tickets."""

import time
from collections.abc import Sequence

from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.ids import new_id
from balcao.shared.mongo import Database, Document
from balcao.tickets.domain.bulk import Job, Outcome, Result
from balcao.tickets.domain.conditions import UnknownJob
from balcao.tickets.store import JOB_ITEMS, JOBS

LEASE_S = 30.0
_MOST_OPEN = 10
_MOST_LISTED = 50


class Jobs:
    """A job and its items move on together, guarded by the job's version: whoever is late has done nothing."""

    def __init__(self, database: Database, committer: Committer, *, lease_s: float = LEASE_S) -> None:
        self._jobs = database[JOBS]
        self._items = database[JOB_ITEMS]
        self._committer = committer
        self._lease_s = lease_s
        self._token = new_id()

    async def add(self, job: Job, numbers: Sequence[int] = ()) -> Job:
        """Store a new job about these tickets, for this process to work on; one that is there already is returned as
        it stands by now."""
        work = Work()
        work.insert(JOBS, {**_document(job), "lease": self._mine()})
        if numbers:
            work.insert(JOB_ITEMS, *(_item(job, number, n) for n, number in enumerate(numbers, start=1)))
        try:
            await self._committer.save(work)
        except Conflict:
            return await self.get(job.company_id, job.id)
        return job

    async def get(self, company_id: str, job_id: str) -> Job:
        """A job. Raises `UnknownJob`."""
        document = await self._jobs.find_one({"_id": job_id})
        if document is None or document["company_id"] != company_id:
            raise UnknownJob("no such bulk edit")
        return _read(document)

    async def latest(self, company_id: str) -> list[Job]:
        """The company's latest fifty, newest first."""
        found = await self._jobs.find({"company_id": company_id}).sort("at", -1).limit(_MOST_LISTED).to_list(None)
        return [_read(document) for document in found]

    async def take(self) -> list[Job]:
        """Open jobs that this process works on from now on: those that nobody else does, oldest first."""
        found = await self._jobs.find({"open": True}).sort("at", 1).limit(_MOST_OPEN).to_list(_MOST_OPEN)
        return [_read(document) for document in found if await self._lease(document)]

    async def pending(self, job: Job, most: int) -> list[int]:
        """Numbers of the next tickets to deal with."""
        query = {"job_id": job.id, "outcome": "pending"}
        found = await self._items.find(query).sort("n", 1).limit(most).to_list(most)
        return [one["number"] for one in found]

    async def list_more(self, job: Job, numbers: Sequence[int], following: str | None) -> Job:
        """Note tickets that the job is about; those noted before are left out. Raises `Conflict`."""
        ids = [_item_id(job, number) for number in numbers]
        there = await self._items.find({"_id": {"$in": ids}}, {"number": 1}).to_list(None)
        known = {one["number"] for one in there}
        new = [number for number in dict.fromkeys(numbers) if number not in known]
        after = job.listed(len(new), following)
        if after.progress.left == 0 and after.state == "running":
            after = after.advanced(()).model_copy(update={"version": after.version})
        work = self._moving(job, after)
        if new:
            first = job.progress.total + 1
            work.insert(JOB_ITEMS, *(_item(job, number, n) for n, number in enumerate(new, start=first)))
        await self._committer.save(work)
        return after

    async def note(self, job: Job, results: Sequence[Result]) -> Job:
        """Note what became of tickets. Raises `Conflict` when the job has moved on or was cancelled meanwhile."""
        after = job.advanced(results)
        work = self._moving(job, after)
        for one in results:
            values = {"outcome": one.outcome, "code": one.code, "reason": one.reason, "version": 2}
            work.updates.append(Update(JOB_ITEMS, _item_id(job, one.number), 1, values))
        await self._committer.save(work)
        return after

    async def cancel(self, job: Job) -> Job:
        """Give a job up. Raises `JobHasEnded`, and `Conflict` when it has just moved on."""
        after = job.cancelled()
        await self._committer.save(self._moving(job, after))
        return after

    async def results(
        self, job: Job, outcome: Outcome, *, after: int = 0, limit: int = 100
    ) -> tuple[list[Result], int | None]:
        """A page of the tickets with one outcome, in the order they are dealt with, and the key of the next page."""
        query = {"job_id": job.id, "outcome": outcome, "n": {"$gt": after}}
        found = await self._items.find(query).sort("n", 1).limit(limit + 1).to_list(limit + 1)
        following = found[limit - 1]["n"] if len(found) > limit else None
        return [Result.model_validate(one) for one in found[:limit]], following

    def _moving(self, before: Job, after: Job) -> Work:
        document = _document(after)
        del document["_id"]
        return Work(updates=[Update(JOBS, before.id, before.version, document)])

    async def _lease(self, document: Document) -> bool:
        lease = document["lease"]
        if lease is not None and lease["token"] != self._token and lease["until"] > time.time():
            return False
        mine = {"$set": {"lease": self._mine()}}
        taken = await self._jobs.update_one({"_id": document["_id"], "lease": lease}, mine)
        return taken.modified_count == 1

    def _mine(self) -> Document:
        return {"token": self._token, "until": time.time() + self._lease_s}


def _document(job: Job) -> Document:
    document = job.model_dump()
    document["_id"] = document.pop("id")
    document["open"] = job.is_open
    return document


def _read(document: Document) -> Job:
    return Job.model_validate({**document, "id": document["_id"]})


def _item_id(job: Job, number: int) -> str:
    return f"{job.id}:{number}"


def _item(job: Job, number: int, n: int) -> Document:
    pending: Outcome = "pending"
    return {
        "_id": _item_id(job, number),
        "job_id": job.id,
        "n": n,
        "number": number,
        "outcome": pending,
        "version": 1,
    }
