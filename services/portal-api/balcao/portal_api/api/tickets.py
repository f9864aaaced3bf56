"""Tickets for the team: reading for everybody of it, commands for agents. Answers come from `tickets` as they are."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, passed_on, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.events import Stage
from balcao.shared.tokens import Acting

Method = Literal["answered", "no_response", "rejected", "spam", "unknown_sender"]


class ActionPlan(Body):
    """ "O que deve ser feito". Writing it takes the ticket out of triage (H2)."""

    text: str = Field(max_length=100_000)


class ToStage(Body):
    """The stage to move to (H1)."""

    stage: Stage


class StageAssignee(Body):
    """Who acts in a stage (H1)."""

    stage: Stage
    person_id: str = Field(max_length=100)


class Analyst(Body):
    """Who is responsible for the ticket (H8)."""

    person_id: str = Field(max_length=100)


class Into(Body):
    """Where to let a held message in."""

    ticket_number: int | None = Field(default=None, ge=1, le=2**53, description="None: the ticket it points at.")


class NewTask(Body):
    """A task to be produced. What is left out comes from the ticket: its title and its action plan (H3)."""

    title: str | None = Field(default=None, max_length=300)
    description: str | None = Field(default=None, max_length=100_000)
    executor_id: str | None = Field(default=None, max_length=100)
    due: datetime | None = None
    task_type: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Id or name; the default type if none, or where there is no such type in use.",
    )
    tags: list[Annotated[str, Field(min_length=1, max_length=100)]] | None = Field(
        default=None, max_length=50, description="Ids; the ticket's at this moment if none (O14)."
    )


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about tickets."""
    router = APIRouter(responses=PROBLEMS)
    _reading(router, roles, upstreams)
    _work(router, roles, upstreams)
    _held(router, roles, upstreams)
    return router


def _reading(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]

    @router.get("/tickets/{number}", response_class=Response)
    async def show_ticket(number: Number, acting: team) -> Response:
        """A ticket with its tasks and its whole history; its version is the ETag."""
        return shown(await upstreams.tickets.get(f"/v1/tickets/{number}", acting), number)

    @router.get("/tickets/{number}/deliveries", response_class=Response)
    async def list_deliveries(number: Number, acting: team) -> Response:
        """Which mails about the ticket went to whom, and whether they arrived (W7)."""
        ticket = (await upstreams.tickets.get(f"/v1/tickets/{number}", acting)).json()
        return passed_on(await upstreams.notifier.get("/v1/deliveries", acting, ticket_id=ticket["id"]))


def _work(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]
    command = _command(upstreams)

    @router.post("/tickets/{number}/action-plan", response_class=Response)
    async def write_action_plan(
        number: Number, body: ActionPlan, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Write what has to be done; it becomes the description of the next task (H3)."""
        return await command(acting, f"/v1/tickets/{number}/action-plan", _given(body), if_match, once)

    @router.post("/tickets/{number}/stage", response_class=Response)
    async def move_to_stage(
        number: Number, body: ToStage, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Move the ticket to a stage (H1)."""
        return await command(acting, f"/v1/tickets/{number}/stage", _given(body), if_match, once)

    @router.post("/tickets/{number}/stage-assignee", response_class=Response)
    async def assign_stage(
        number: Number, body: StageAssignee, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Say who acts in a stage (H1)."""
        return await command(acting, f"/v1/tickets/{number}/stage-assignee", _given(body), if_match, once)

    @router.post("/tickets/{number}/analyst", response_class=Response)
    async def assign_analyst(
        number: Number, body: Analyst, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Hand the ticket to another analyst (H8)."""
        return await command(acting, f"/v1/tickets/{number}/analyst", _given(body), if_match, once)

    @router.post("/tickets/{number}/tasks", status_code=202, response_class=Response)
    async def request_task(
        number: Number, body: NewTask, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Ask production for a task; the ticket is in production once it exists (H3). Answers `{task_id}`."""
        return await command(acting, f"/v1/tickets/{number}/tasks", _given(body), if_match, once)


def _held(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]
    held_id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")]

    @router.get("/held", response_class=Response)
    async def list_held(acting: desk, state: Literal["waiting", "rejected", "discarded"] = "waiting") -> Response:
        """Messages that wait for a decision: their sender is no part of the ticket they point at, or unknown to a
        company that wants to know whom it serves (O3). `rejected`: those whose sender was told so. What a message says
        is at `/mails/{message_id}/body`."""
        return passed_on(await upstreams.tickets.get("/v1/held", acting, state=state))

    @router.post("/held/{message_id}/{decision}", response_class=Response)
    async def decide_held(
        message_id: held_id,
        decision: Literal["accept", "open-new", "discard", "restore"],
        acting: desk,
        into: Into | None = None,
        once: Once = None,
    ) -> Response:
        """Let a held message (by its `id`) into a ticket, make a new ticket of it, or discard it; `restore` lets one
        that was discarded wait again."""
        chosen = _given(into) if into is not None and decision == "accept" else {}
        return passed_on(await upstreams.tickets.post(f"/v1/held/{message_id}/{decision}", acting, chosen, once=once))


def _command(upstreams: Upstreams) -> Callable[..., Awaitable[Response]]:
    """Sends a command to `tickets` and passes its answer on."""

    async def command(
        acting: Acting, path: str, body: dict[str, Any], if_match: str | None, once: str | None
    ) -> Response:
        return passed_on(await upstreams.tickets.post(path, acting, body, if_match=if_match, once=once))

    return command


def _given(body: Body) -> dict[str, Any]:
    """The fields that were given, ready for JSON; what was left out is the service's to choose."""
    return body.model_dump(mode="json", exclude_unset=True)
