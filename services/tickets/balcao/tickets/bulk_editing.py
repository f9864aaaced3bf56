"""Carries bulk edits out, in every replica, each ticket exactly once whatever is killed or repeated (W12, W15, W19)."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog

from balcao.shared.commit import Conflict
from balcao.shared.errors import Condition, Stale
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.records import MOST_TRIES
from balcao.shared.timeline import Cause
from balcao.tickets.domain import bulk
from balcao.tickets.domain.bulk import BulkEdit, Job, Result
from balcao.tickets.domain.conditions import JobHasEnded
from balcao.tickets.domain.filters import Filter, resolve
from balcao.tickets.linking import Linking
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.jobs import Jobs
from balcao.tickets.store.lists import TicketLists

LOOK_EVERY_S = 1.0
WAITED_FOR_S = 5.0
AT_ONCE = 20
_LISTED_AT_ONCE = 100

_log = structlog.get_logger()


class BulkEditing:
    """Jobs of this service. A ticket's change has a cause that follows from job and ticket: done again, it is there."""

    def __init__(self, jobs: Jobs, linking: Linking, lists: TicketLists, directory: Directory) -> None:
        self.jobs = jobs
        self._linking = linking
        self._lists = lists
        self._directory = directory
        self._running: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._at_hand: set[str] = set()
        """Jobs that a request is working on: not for the loop as well."""

    async def start(self) -> None:
        """Work on open jobs from now on."""
        self._running = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """Stop; what is left is for another replica, or for the next start."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def edit_chosen(self, company_id: str, numbers: Sequence[int], wanted: BulkEdit, cause: Cause) -> Job:
        """Edit the tickets with these numbers, and return when all are dealt with; what takes longer than a person
        waits for goes on in the background. The same cause does so once."""
        chosen = list(dict.fromkeys(numbers))
        job = self._new(company_id, wanted, cause, total=len(chosen))
        self._at_hand.add(job.id)
        try:
            return await self._to_the_end(await self.jobs.add(job, chosen))
        finally:
            self._at_hand.discard(job.id)
            self._wake.set()

    async def edit_found(self, company_id: str, asked: Filter, wanted: BulkEdit, cause: Cause) -> Job:
        """Edit all results of a filter as they are by now, in the background."""
        job = self._new(company_id, wanted, cause).model_copy(
            update={"state": "listing", "filter": asked.model_dump(mode="json", exclude_defaults=True)}
        )
        return self._begun(await self.jobs.add(job))

    async def undo(self, company_id: str, job_id: str, cause: Cause) -> Job:
        """Take a bulk edit back on every ticket it changed, in the background; those where something later contradicts
        it refuse one by one (W15). Raises `JobHasEnded` while it still runs."""
        before = await self.jobs.get(company_id, job_id)
        if before.is_open:
            raise JobHasEnded("this bulk edit is still under way; cancel it first", state=before.state)
        job = Job(
            id=_job_id(cause),
            company_id=company_id,
            by=cause.actor or Party(),
            at=cause.at,
            what="undo",
            undoes=job_id,
            state="listing",
        )
        return self._begun(await self.jobs.add(job))

    async def cancel(self, company_id: str, job_id: str) -> Job:
        """Give a bulk edit up: what is done stays done. Raises `UnknownJob`, `JobHasEnded`."""
        for _ in range(MOST_TRIES):
            try:
                return await self.jobs.cancel(await self.jobs.get(company_id, job_id))
            except Conflict:
                continue
        raise Stale("the bulk edit moves on too quickly; try again")

    async def look(self) -> bool:
        """Take one step of each open job that nobody else works on; whether there was anything to do."""
        jobs = [job for job in await self.jobs.take() if job.id not in self._at_hand]
        for job in jobs:
            try:
                await self._step(job)
            except Conflict:
                _log.info("bulk.moved_on", job_id=job.id)  # cancelled, or another replica was quicker
        return bool(jobs)

    async def _to_the_end(self, job: Job) -> Job:
        until = time.monotonic() + WAITED_FOR_S
        while job.is_open and time.monotonic() < until:
            try:
                job = await self._step(job)
            except Conflict:
                job = await self.jobs.get(job.company_id, job.id)
        return job

    async def _step(self, job: Job) -> Job:
        if job.state == "listing":
            return await self._list(job)
        numbers = await self.jobs.pending(job, AT_ONCE)
        results = [await self._one(job, number) for number in numbers]
        after = await self.jobs.note(job, results)
        if not after.is_open:
            _log.info("bulk.done", job_id=job.id, **after.progress.model_dump())
        return after

    async def _one(self, job: Job, number: int) -> Result:
        """What becomes of one ticket. A condition is an answer; anything else ends the step, and it is tried again."""
        cause_id = bulk.cause_id(job.id, str(number))
        cause = Cause(cause_id, job.id, job.at, job.by)
        try:
            if job.what == "undo":
                changed = await self._linking.undo_one_of_many(job.company_id, number, job.undoes or "", cause)
            else:
                changed = await self._linking.edit_one_of_many(
                    job.company_id, number, job.wanted, job.by, job.id, cause
                )
        except Condition as condition:
            return bulk.refusal_of(number, condition)
        return bulk.result_of(number, changed=changed)

    async def _list(self, job: Job) -> Job:
        if job.what == "undo":
            done = await self.jobs.get(job.company_id, job.undoes or "")
            results, following = await self.jobs.results(
                done, "done", after=int(job.listed_to or 0), limit=_LISTED_AT_ONCE
            )
            after = str(following) if following is not None else None
            return await self.jobs.list_more(job, [one.number for one in results], after)
        calendar = (await self._directory.team(job.company_id)).company.calendar()
        wanted = resolve(Filter.model_validate(job.filter), job.by.person_id or "", calendar, job.at)
        page = await self._lists.page(job.company_id, wanted, "oldest", after=job.listed_to, limit=_LISTED_AT_ONCE)
        return await self.jobs.list_more(job, [row["number"] for row in page.rows], page.following)

    def _new(self, company_id: str, wanted: BulkEdit, cause: Cause, total: int = 0) -> Job:
        return Job(
            id=_job_id(cause),
            company_id=company_id,
            by=cause.actor or Party(),
            at=cause.at,
            edit=wanted.model_dump(mode="json", exclude_unset=True),
            progress=bulk.Progress(total=total),
        )

    def _begun(self, job: Job) -> Job:
        self._wake.set()
        _log.info("bulk.begun", job_id=job.id, what=job.what)
        return job

    async def _forever(self) -> None:
        while True:
            try:
                more = await self.look()
            except Exception as error:  # whatever it was, without this loop what is open would stay so
                more = False
                _log.warning("bulk.look_failed", error=type(error).__name__, reason=str(error)[:200])
            if not more:
                await self._rest()

    async def _rest(self) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)


def _job_id(cause: Cause) -> str:
    return derived_id("bulk edit", cause.id)
