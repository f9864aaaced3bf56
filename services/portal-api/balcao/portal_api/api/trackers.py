"""Trackers elsewhere (GitHub issues, Jira, Trello, anything with webhooks), set up by administrators. Answers come
from `workflow`; what trackers send comes in by `hooks`."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, After, Body, IfMatch, Limit, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=100)]], Field(max_length=200)
]
Secret = Annotated[str, Field(min_length=8, max_length=500)]


class TrackerSettings(Body):
    """What a tracker's messages do to tasks."""

    mapping: dict[str, Any] | None = Field(
        default=None,
        description="Where in a payload to find what: see `GET /api/v1/tracker-kinds`. None: the ready one.",
    )
    task_type: str | None = Field(default=None, max_length=100, description="Of new tasks; the default one when none.")
    outbound: dict[str, Any] | None = Field(
        default=None, description="What it is told of our tasks and how; `credentials` are kept sealed, never shown."
    )


class NewTracker(TrackerSettings):
    """A tracker that tells of work, and may be told of ours."""

    name: Name
    kind: Literal["generic", "github", "jira", "trello"]
    secret: Secret | None = Field(default=None, description="What it signs with; made here when none.")
    phases: Words = Field(
        default={}, description="From a state there to a phase here, or @todo, @doing, @done, @reopen, @cancel."
    )
    creates: bool = Field(default=True, description="What is new there becomes a task.")
    names_tickets: bool = Field(
        default=True, description="`Balcao-Ticket: #123` there links; off where strangers write."
    )


class TrackerChange(TrackerSettings):
    """What to change of a tracker; null takes mapping, task type or outbound away."""

    name: Name | None = None
    secret: Secret | None = None
    phases: Words | None = None
    creates: bool | None = None
    names_tickets: bool | None = None
    state: Literal["active", "paused"] | None = None


class DryRun(Body):
    """A payload to try the mapping on."""

    payload: dict[str, Any]


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about trackers."""
    router = APIRouter(responses=PROBLEMS)
    _add_settings(router, roles, upstreams)
    _add_log(router, roles, upstreams)
    return router


def _add_settings(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    admin = Annotated[Acting, Depends(roles.admin)]
    workflow = upstreams.workflow

    @router.get("/tracker-kinds", response_class=Response)
    async def list_tracker_kinds(acting: admin) -> Response:
        """The kinds of trackers with their ready mappings and phases."""
        return passed_on(await workflow.get("/v1/tracker-kinds", acting))

    @router.get("/trackers", response_class=Response)
    async def list_trackers(acting: admin) -> Response:
        """The company's trackers by name."""
        return passed_on(await workflow.get("/v1/trackers", acting))

    @router.post("/trackers", status_code=201, response_class=Response)
    async def register_tracker(body: NewTracker, acting: admin, once: Once = None) -> Response:
        """Set up a tracker. `hook` is where it has to send, `secret` what it has to sign with: shown this once."""
        wanted = body.model_dump(exclude_unset=True)
        return passed_on(await workflow.post("/v1/trackers", acting, wanted, once=once))

    @router.get("/trackers/{id_}", response_class=Response)
    async def show_tracker(id_: Id, acting: admin) -> Response:
        """A tracker; its version is the ETag."""
        return passed_on(await workflow.get(f"/v1/trackers/{id_}", acting))

    @router.patch("/trackers/{id_}", response_class=Response)
    async def change_tracker(id_: Id, body: TrackerChange, acting: admin, if_match: IfMatch = None) -> Response:
        """Change a tracker, pause it, or take it up again."""
        wanted = body.model_dump(exclude_unset=True)
        return passed_on(await workflow.patch(f"/v1/trackers/{id_}", acting, wanted, if_match=if_match))

    @router.delete("/trackers/{id_}", status_code=204, response_class=Response)
    async def remove_tracker(id_: Id, acting: admin) -> Response:
        """Take a tracker away. Its tasks stay."""
        return passed_on(await workflow.delete(f"/v1/trackers/{id_}", acting))

    @router.post("/trackers/{id_}/dry-run", response_class=Response)
    async def try_tracker(id_: Id, body: DryRun, acting: admin) -> Response:
        """What a payload would do, without doing it."""
        return passed_on(await workflow.post(f"/v1/trackers/{id_}/dry-run", acting, body.model_dump()))


def _add_log(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    admin = Annotated[Acting, Depends(roles.admin)]
    workflow = upstreams.workflow
    state = Annotated[str | None, Query(max_length=20)]

    @router.get("/trackers/{id_}/deliveries", response_class=Response)
    async def list_tracker_deliveries(
        id_: Id, acting: admin, state: state = None, limit: Limit = 50, after: After = None
    ) -> Response:
        """What a tracker told in the last 30 days and what came of it, the latest first."""
        path = f"/v1/trackers/{id_}/deliveries"
        return passed_on(await workflow.get(path, acting, state=state, limit=limit, after=after))

    @router.get("/trackers/{id_}/deliveries/{delivery_id}", response_class=Response)
    async def show_tracker_delivery(id_: Id, delivery_id: Id, acting: admin) -> Response:
        """One of them, with its body."""
        return passed_on(await workflow.get(f"/v1/trackers/{id_}/deliveries/{delivery_id}", acting))

    @router.post("/trackers/{id_}/deliveries/{delivery_id}/replay", status_code=202, response_class=Response)
    async def replay_tracker_delivery(id_: Id, delivery_id: Id, acting: admin) -> Response:
        """Read it again, with the mapping as it is now."""
        return passed_on(await workflow.post(f"/v1/trackers/{id_}/deliveries/{delivery_id}/replay", acting, {}))

    @router.get("/trackers/{id_}/calls", response_class=Response)
    async def list_tracker_calls(
        id_: Id, acting: admin, state: state = None, limit: Limit = 50, after: After = None
    ) -> Response:
        """What a tracker was told of our tasks in the last 30 days, the latest first."""
        path = f"/v1/trackers/{id_}/calls"
        return passed_on(await workflow.get(path, acting, state=state, limit=limit, after=after))

    @router.post("/trackers/{id_}/calls/{call_id}/replay", status_code=202, response_class=Response)
    async def replay_tracker_call(id_: Id, call_id: Id, acting: admin) -> Response:
        """Tell it again."""
        return passed_on(await workflow.post(f"/v1/trackers/{id_}/calls/{call_id}/replay", acting, {}))
