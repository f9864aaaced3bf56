"""Work that comes again and again: the team looks, agents and administrators plan."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Limit, Number, Once, Receipts, passed_on
from balcao.portal_api.api.task_work import Estimate, Id, ItemText, Rich
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Uploads
from balcao.shared.tokens import Acting


class Template(Body):
    """What each task of it is like."""

    title: str = Field(min_length=1, max_length=300)
    description: str = Field(default="", max_length=100_000)
    html: Rich = None
    files: Receipts
    task_type: str | None = Field(default=None, min_length=1, max_length=100, description="Id or name; none: default.")
    executor_id: Id | None = None
    tags: list[Id] = Field(default=[], max_length=50)
    project_id: Id | None = None
    estimate_minutes: Estimate = None
    checklist: list[ItemText] = Field(default=[], max_length=100)


class Plan(Body):
    """What comes again, and when, by the company's clock."""

    task: Template
    rule: str = Field(min_length=1, max_length=300, description="RFC 5545, e.g. FREQ=WEEKLY;BYDAY=MO;COUNT=10.")
    starts: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$", description="The first time.")
    day_off: Literal["as_is", "next", "skip"] = Field(
        default="next", description="What becomes of days on which the company does not work."
    )
    due_days: int | None = Field(default=None, ge=0, le=365, description="Working days; none: by the type's duration.")


def routes(roles: Roles, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """Routes about recurrences."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    desk = Annotated[Acting, Depends(roles.desk)]
    workflow = upstreams.workflow

    def given(body: Plan, acting: Acting) -> dict[str, Any]:
        files = [ref.model_dump(exclude_none=True) for ref in uploads.accept(acting, body.task.files)]
        plan: dict[str, Any] = body.model_dump(mode="json")
        return {**plan, "task": {**plan["task"], "files": files}}

    @router.get("/recurrences", response_class=Response)
    async def list_recurrences(
        acting: team, limit: Limit = 50, after: Annotated[int | None, Query(ge=1)] = None
    ) -> Response:
        """The company's recurrences, the newest first, ended ones too."""
        return passed_on(await workflow.get("/v1/recurrences", acting, limit=limit, after=after))

    @router.get("/recurrences/{number}", response_class=Response)
    async def show_recurrence(number: Number, acting: team) -> Response:
        """A recurrence; its version is the ETag."""
        return passed_on(await workflow.get(f"/v1/recurrences/{number}", acting))

    @router.post("/recurrences", status_code=201, response_class=Response)
    async def begin_recurrence(body: Plan, acting: desk, once: Once = None) -> Response:
        """Plan work that comes again and again."""
        return passed_on(await workflow.post("/v1/recurrences", acting, given(body, acting), once=once))

    @router.put("/recurrences/{number}", response_class=Response)
    async def replan_recurrence(
        number: Number, body: Plan, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Another template or rule; tasks made stay as they are."""
        path = f"/v1/recurrences/{number}"
        return passed_on(await workflow.put(path, acting, given(body, acting), if_match=if_match, once=once))

    @router.post("/recurrences/{number}/{what}", response_class=Response)
    async def change_recurrence(
        number: Number,
        what: Literal["pause", "resume", "skip", "end"],
        acting: desk,
        if_match: IfMatch = None,
        once: Once = None,
    ) -> Response:
        """Pause it, go on, leave the next time out, or make no more tasks of it."""
        path = f"/v1/recurrences/{number}/{what}"
        return passed_on(await workflow.post(path, acting, {}, if_match=if_match, once=once))

    return router
