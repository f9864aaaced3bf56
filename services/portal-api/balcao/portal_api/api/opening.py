"""The desk's form for a new ticket. Answers come from `tickets` as they are."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from balcao.portal_api.api.comments import Then
from balcao.portal_api.api.passing import PROBLEMS, Body, Once, Receipts, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Uploads
from balcao.shared.tokens import Acting

Id = Annotated[str, Field(min_length=1, max_length=100)]


class Somebody(Body):
    """A person, known by address; a requester who is new becomes a guest (O3)."""

    name: str = Field(default="", max_length=200)
    address: str = Field(min_length=3, max_length=320)


class NewTicket(Body):
    """A ticket opened at the desk (O11)."""

    title: str = Field(min_length=1, max_length=300)
    description: str = Field(default="", max_length=100_000, description="What was asked.")
    html: str | None = Field(
        default=None,
        max_length=200_000,
        description="Instead of `description`. Images as `cid:` and the `content_id` of an uploaded file; what is not "
        "on the list of allowed markup does not get in.",
    )
    files: Receipts
    requester: Somebody | None = Field(default=None, description="None: the person who opens it.")
    kind: Literal["request", "question", "fix", "quote", "improvement"] = "request"
    priority: int = Field(default=0, ge=0, le=100, multiple_of=5)
    workspace_id: Id | None = Field(default=None, description="None: the requester's own (O6).")
    project_id: Id | None = Field(default=None, description="A project of the ticket's workspace, or of none.")
    analyst_id: Id | None = Field(default=None, description="None: whom the team table names (H7).")
    promised_for: datetime | None = Field(default=None, description="Previsto para (W9).")
    tags: list[Id] = Field(default=[], max_length=50, description="Ids of tags (O14).")
    watchers: list[Somebody] = Field(default=[], max_length=100, description="Em cópia (W11).")
    then: Then | None = Field(
        default=None, description="The situation it begins in, waiting or resolved; open if none. A draft: `/drafts`."
    )


def routes(roles: Roles, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """The route of opening."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/tickets", status_code=201, response_class=Response)
    async def open_ticket(body: NewTicket, acting: desk, once: Once = None) -> Response:
        """Open a ticket for a requester with all that is known of it, in one step (O11). It starts in triage."""
        given = with_files(body, body.files, uploads, acting)
        answer = await upstreams.tickets.post("/v1/tickets", acting, given, once=once)
        return shown(answer, answer.json()["number"])

    return router


def with_files(body: Body, receipts: list[str], uploads: Uploads, acting: Acting) -> dict[str, Any]:
    """The fields that were given, as `tickets` takes them; receipts become the files they stand for."""
    given: dict[str, Any] = body.model_dump(mode="json", exclude_unset=True)
    if "files" in given:
        given["files"] = [ref.model_dump(exclude_none=True) for ref in uploads.accept(acting, receipts)]
    return given
