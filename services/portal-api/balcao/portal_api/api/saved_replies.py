"""Saved replies (W18): one's own and the team's. Answers come from `tickets` as they are."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.directory import Archived, Id, given
from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting


class Then(Body):
    """The change of situation that a saved reply brings."""

    status: Literal["resolved", "waiting", "open"]
    method: Literal["answered", "no_response", "rejected", "spam", "unknown_sender"] | None = None
    reason: Literal["more_information", "follow_up", "visit", "split", "case_launched"] | None = None
    days: int | None = Field(default=None, ge=0, le=365)
    close_if_no_answer: bool | None = None


class Sets(Body):
    """Fields of the ticket that using it changes in the same step; what is left out stays."""

    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: str | None = Field(default=None, max_length=100)
    add_tags: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=20)
    then: Then | None = None


class NewReply(Body):
    """Words to use again: text or HTML, with blanks such as {{solicitante.nome}} or {{ticket.number}}."""

    title: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=100_000)
    html: str | None = Field(default=None, max_length=200_000)
    shared: bool = Field(default=False, description="For the whole team; else one's own.")
    visible: bool = Field(default=True, description="Whether it is meant for the requester.")
    sets: Sets = Sets()


class Reply(Body):
    """What to change of a saved reply."""

    title: str | None = Field(default=None, min_length=1, max_length=200)
    text: str | None = Field(default=None, max_length=100_000)
    html: str | None = Field(default=None, max_length=200_000)
    shared: bool | None = None
    visible: bool | None = None
    sets: Sets | None = None
    archived: bool | None = None


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about saved replies."""
    router = APIRouter(prefix="/saved-replies", responses=PROBLEMS)
    _reading(router, roles, upstreams)
    _writing(router, roles, upstreams)
    return router


def _reading(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    tickets = upstreams.tickets

    @router.get("", response_class=Response)
    async def list_replies(
        acting: team, q: Annotated[str | None, Query(max_length=200)] = None, archived: Archived = False
    ) -> Response:
        """One's own and the shared replies, those used most first: `{items, placeholders}`."""
        return passed_on(await tickets.get("/v1/saved-replies", acting, q=q, archived=archived))

    @router.get("/{reply_id}", response_class=Response)
    async def show_reply(reply_id: Id, acting: team) -> Response:
        """A saved reply; its version is the ETag."""
        return passed_on(await tickets.get(f"/v1/saved-replies/{reply_id}", acting))

    @router.get("/{reply_id}/rendered", response_class=Response)
    async def render_reply(reply_id: Id, acting: team, ticket: Annotated[int, Query(ge=1, le=2**53)]) -> Response:
        """A reply with its blanks filled in for a ticket: `{text, html, visible, sets, missing, left_out}`."""
        return passed_on(await tickets.get(f"/v1/saved-replies/{reply_id}/rendered", acting, ticket=ticket))


def _writing(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]
    tickets = upstreams.tickets

    @router.post("", status_code=201, response_class=Response)
    async def add_reply(body: NewReply, acting: desk, once: Once = None) -> Response:
        """Save a reply. 422 names placeholders that are not known, with those that are."""
        return passed_on(await tickets.post("/v1/saved-replies", acting, given(body), once=once))

    @router.patch("/{reply_id}", response_class=Response)
    async def edit_reply(
        reply_id: Id, body: Reply, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change, share, archive or restore a reply."""
        return passed_on(
            await tickets.patch(f"/v1/saved-replies/{reply_id}", acting, given(body), if_match=if_match, once=once)
        )
