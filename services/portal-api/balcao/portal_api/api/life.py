"""A ticket's life for the team: taking and returning it, and its situation. Answers come from `tickets` as they are."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Method = Literal["answered", "no_response", "rejected", "spam", "unknown_sender"]


class Resolution(Body):
    """Why the ticket is concluded (W5)."""

    method: Method


class Waiting(Body):
    """Why the ticket waits, and what that reason needs (W4)."""

    reason: Literal["more_information", "follow_up", "visit", "split", "case_launched"]
    until: AwareDatetime | None = Field(
        default=None, description="When to go on: needed for follow_up and visit, optional for the others."
    )
    days: int | None = Field(
        default=None, ge=0, le=365, description="Business days to wait for an answer; if none, as many as usual."
    )
    close_if_no_answer: bool | None = Field(
        default=None, description="Conclude it, without response, instead of coming back; the company's habit if none."
    )


class Rejection(Body):
    """Why whoever it is assigned to can't do it (W3)."""

    remark: str = Field(default="", max_length=1000)


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about a ticket's life."""
    router = APIRouter(responses=PROBLEMS)
    _hands(router, roles, upstreams)
    _situation(router, roles, upstreams)
    return router


def _hands(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]
    command = _command(upstreams)

    @router.post("/tickets/{number}/take", response_class=Response)
    async def take(number: Number, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Answer for the ticket from now on (W3)."""
        return await command(acting, number, "take", {}, if_match, once)

    @router.post("/tickets/{number}/give-back", response_class=Response)
    async def give_back(number: Number, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Un-assign it: to do again, for whoever takes it next (W3)."""
        return await command(acting, number, "give-back", {}, if_match, once)

    @router.post("/tickets/{number}/reject", response_class=Response)
    async def reject(
        number: Number, body: Rejection, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """The robot (or person) it is assigned to can't do it: to do again (W3)."""
        return await command(acting, number, "reject", _given(body), if_match, once)


def _situation(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]
    command = _command(upstreams)

    @router.post("/tickets/{number}/resolve", response_class=Response)
    async def resolve(
        number: Number, body: Resolution, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Conclude the ticket; 409 `words-needed` where the company asks for a note or mail about it first (W5)."""
        return await command(acting, number, "resolve", _given(body), if_match, once)

    @router.post("/tickets/{number}/wait", response_class=Response)
    async def wait(
        number: Number, body: Waiting, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Let the ticket wait for something outside the team; it comes back by itself (W4)."""
        return await command(acting, number, "wait", _given(body), if_match, once)

    @router.post("/tickets/{number}/reopen", response_class=Response)
    async def reopen(number: Number, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Take the ticket back into service; a discarded draft is a draft again."""
        return await command(acting, number, "reopen", {}, if_match, once)

    @router.post("/tickets/{number}/cancel", response_class=Response)
    async def cancel(number: Number, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Give the ticket up; the people of its tasks are told. A draft is discarded."""
        return await command(acting, number, "cancel", {}, if_match, once)


def _command(upstreams: Upstreams) -> Callable[..., Awaitable[Response]]:
    """Sends a command to `tickets` and passes its answer on."""

    async def command(
        acting: Acting, number: int, name: str, body: dict[str, Any], if_match: str | None, once: str | None
    ) -> Response:
        path = f"/v1/tickets/{number}/{name}"
        return shown(await upstreams.tickets.post(path, acting, body, if_match=if_match, once=once), number)

    return command


def _given(body: Body) -> dict[str, Any]:
    """The fields that were given, ready for JSON; what was left out is the service's to choose."""
    return body.model_dump(mode="json", exclude_unset=True)
