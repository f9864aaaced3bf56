"""Bulk edits: of chosen tickets or of all results of a filter. Answers come from `tickets` as they are."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.fields import ManyFields
from balcao.portal_api.api.passing import PROBLEMS, Body, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]


class BulkEdit(Body):
    """New values, and for which tickets: chosen by number, or all results of a filter as they are by now (W12, W19)."""

    numbers: list[Annotated[int, Field(ge=1, le=2**53)]] | None = Field(default=None, min_length=1, max_length=500)
    filter: dict[str, Any] | None = Field(
        default=None,
        max_length=20,
        description="The filters of `GET /tickets`, those of several values as lists; `tickets` refuses what it does "
        "not know.",
    )
    edit: ManyFields


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes of bulk edits."""
    router = APIRouter(prefix="/bulk-edits", responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]
    tickets = upstreams.tickets

    @router.post("", status_code=201, response_class=Response)
    async def begin(body: BulkEdit, acting: desk, once: Once = None) -> Response:
        """Edit many tickets alike; only fields that are given change.

        201: it is done, `results` says what became of each ticket. 202: it goes on in the background, ask for it.
        """
        given = body.model_dump(mode="json", exclude_unset=True)
        return passed_on(await tickets.post("/v1/bulk-edits", acting, given, once=once))

    @router.get("", response_class=Response)
    async def list_jobs(acting: desk) -> Response:
        """The latest bulk edits, newest first."""
        return passed_on(await tickets.get("/v1/bulk-edits", acting))

    @router.get("/{job_id}", response_class=Response)
    async def show_job(job_id: JobId, acting: desk) -> Response:
        """How a bulk edit stands: `{state, progress, left}`."""
        return passed_on(await tickets.get(f"/v1/bulk-edits/{job_id}", acting))

    @router.get("/{job_id}/results", response_class=Response)
    async def list_results(
        job_id: JobId,
        acting: desk,
        outcome: Literal["done", "unchanged", "refused", "pending"] = "refused",
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        after: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """The tickets with one outcome; of those refused, why."""
        path = f"/v1/bulk-edits/{job_id}/results"
        return passed_on(await tickets.get(path, acting, outcome=outcome, limit=limit, after=after))

    @router.post("/{job_id}/cancel", response_class=Response)
    async def cancel(job_id: JobId, acting: desk) -> Response:
        """Give a bulk edit up: what is done stays done."""
        return passed_on(await tickets.post(f"/v1/bulk-edits/{job_id}/cancel", acting, {}))

    @router.post("/{job_id}/undo", status_code=202, response_class=Response)
    async def undo(job_id: JobId, acting: desk, once: Once = None) -> Response:
        """Take a bulk edit back wherever nothing later contradicts it (W15); answers the bulk edit that does so."""
        return passed_on(await tickets.post(f"/v1/bulk-edits/{job_id}/undo", acting, {}, once=once))

    return router
