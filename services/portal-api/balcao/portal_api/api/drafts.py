"""Drafts at the desk, and what one opened last (O12). Answers come from `tickets` as they are."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.opening import with_files
from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, Receipts, passed_on, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Uploads
from balcao.shared.tokens import Acting


class DraftRequester(Body):
    """Who asks: known by address; somebody new becomes a guest (O3)."""

    name: str = Field(default="", max_length=200)
    address: str = Field(min_length=3, max_length=320)


class DraftFields(Body):
    """What is known of a ticket so far; null takes a value back."""

    title: str | None = Field(default=None, max_length=300)
    description: str | None = Field(default=None, max_length=100_000)
    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: str | None = Field(default=None, max_length=100)
    requester: DraftRequester | None = None
    html: str | None = Field(
        default=None,
        max_length=200_000,
        description="Instead of `description`. Images as `cid:` and the `content_id` of an uploaded file.",
    )
    files: Receipts


def routes(roles: Roles, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """Routes about drafts."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/drafts", status_code=201, response_class=Response)
    async def begin_draft(body: DraftFields, acting: desk, once: Once = None) -> Response:
        """Begin a ticket with almost nothing; it gets its number, and nobody outside the team sees it."""
        given = with_files(body, body.files, uploads, acting)
        answer = await upstreams.tickets.post("/v1/drafts", acting, given, once=once)
        return shown(answer, answer.json()["number"])

    @router.post("/tickets/{number}/draft", response_class=Response)
    async def edit_draft(
        number: Number, body: DraftFields, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change what a draft says: only the fields that are given."""
        path = f"/v1/tickets/{number}/draft"
        given = with_files(body, body.files, uploads, acting)
        return shown(await upstreams.tickets.post(path, acting, given, if_match=if_match, once=once), number)

    @router.post("/tickets/{number}/submit", response_class=Response)
    async def submit(number: Number, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Hand a draft in; 409 `draft-is-incomplete` lists what is `missing`."""
        path = f"/v1/tickets/{number}/submit"
        return passed_on(await upstreams.tickets.post(path, acting, {}, if_match=if_match, once=once))

    @router.get("/recent-tickets", response_class=Response)
    async def recent_tickets(acting: desk, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Response:
        """The tickets one opened last at the desk, drafts among them, latest first: `{items}`."""
        return passed_on(await upstreams.tickets.get("/v1/recent-tickets", acting, limit=limit))

    return router
