"""Routes of bulk edits: of chosen tickets or of all results of a filter, and how they stand (W12, W15, W19)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, model_validator

from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import Member, TheCommand
from balcao.tickets.bulk_editing import BulkEditing
from balcao.tickets.domain.bulk import MOST_NUMBERS, BulkEdit, Job, Outcome
from balcao.tickets.domain.filters import Filter

router = APIRouter(prefix="/v1/bulk-edits", tags=["bulk edits"])
_OUTCOMES: tuple[Outcome, ...] = ("done", "unchanged", "refused", "pending")


async def bulk_of(request: Request) -> BulkEditing:
    """What edits many tickets on this server."""
    bulk: BulkEditing = request.app.state.bulk
    return bulk


TheBulk = Annotated[BulkEditing, Depends(bulk_of)]


class BulkBody(Body):
    """New values, and for which tickets: those chosen by number, or all results of a filter."""

    numbers: list[Annotated[int, Field(ge=1, le=2**53)]] | None = Field(
        default=None, min_length=1, max_length=MOST_NUMBERS
    )
    filter: Filter | None = Field(default=None, description="As the list takes it; the results as they are by now.")
    edit: BulkEdit

    @model_validator(mode="after")
    def _one_of_both(self) -> "BulkBody":
        if (self.numbers is None) == (self.filter is None):
            raise ValueError("give either `numbers` or a `filter`")
        return self


@router.post("", status_code=201)
async def begin(body: BulkBody, command: TheCommand, bulk: TheBulk, response: Response) -> Document:
    """Edit many tickets alike; only fields that are given a value change (W12).

    Of chosen tickets the answer (201) says what became of each. All results of a filter, and many chosen ones, are
    edited in the background: the answer (202) is the job to ask about.
    """
    company_id = command.acting.company_id
    if body.numbers is not None:
        job = await bulk.edit_chosen(company_id, body.numbers, body.edit, command.cause)
        response.status_code = 202 if job.is_open else 201
        return {**_shown(job), "results": await _results(bulk, job)}
    assert body.filter is not None
    response.status_code = 202
    return _shown(await bulk.edit_found(company_id, body.filter, body.edit, command.cause))


@router.get("")
async def list_jobs(acting: Member, bulk: TheBulk) -> Document:
    """The company's latest bulk edits, newest first."""
    return {"items": [_shown(job) for job in await bulk.jobs.latest(acting.company_id)]}


@router.get("/{job_id}")
async def get_job(job_id: str, acting: Member, bulk: TheBulk) -> Document:
    """How a bulk edit stands."""
    return _shown(await bulk.jobs.get(acting.company_id, job_id))


@router.get("/{job_id}/results")
async def list_results(
    job_id: str,
    acting: Member,
    bulk: TheBulk,
    outcome: Annotated[Outcome, Query(description="done, unchanged, refused or pending.")] = "refused",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[int, Query(ge=0, description="`next` of the page before.")] = 0,
) -> Document:
    """The tickets of a bulk edit with one outcome; of those refused, why."""
    job = await bulk.jobs.get(acting.company_id, job_id)
    found, following = await bulk.jobs.results(job, outcome, after=after, limit=limit)
    return {"items": [one.model_dump(exclude_none=True) for one in found], "next": following}


@router.post("/{job_id}/cancel")
async def cancel(job_id: str, command: TheCommand, bulk: TheBulk) -> Document:
    """Give a bulk edit up: what is done stays done, and can be undone."""
    return _shown(await bulk.cancel(command.acting.company_id, job_id))


@router.post("/{job_id}/undo", status_code=202)
async def undo(job_id: str, command: TheCommand, bulk: TheBulk) -> Document:
    """Take a bulk edit back on every ticket it changed, as far as nothing later contradicts it (W15)."""
    return _shown(await bulk.undo(command.acting.company_id, job_id, command.cause))


async def _results(bulk: BulkEditing, job: Job) -> list[Document]:
    """What became of each ticket, in the order of their numbers; a chosen few hundred at the most."""
    results = []
    for outcome in _OUTCOMES:
        found, _ = await bulk.jobs.results(job, outcome, limit=MOST_NUMBERS)
        results.extend(found)
    return [one.model_dump(exclude_none=True) for one in sorted(results, key=lambda one: one.number)]


def _shown(job: Job) -> Document:
    shown = job.model_dump(mode="json", include=set(_SHOWN))
    return {**shown, "left": job.progress.left}


_SHOWN = ("id", "by", "at", "what", "edit", "undoes", "filter", "state", "progress", "left_out")
