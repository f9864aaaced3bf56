"""Editing a ticket's fields. Answers come from `tickets` as they are."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, passed_on, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Id = Annotated[str, Field(min_length=1, max_length=100)]
Address = Annotated[str, Field(min_length=3, max_length=320)]


class Somebody(Body):
    """A person by mail address."""

    address: Address
    name: str = Field(default="", max_length=200)


class ManyFields(Body):
    """Fields that many tickets may be given alike. One that is left out stays as it is; `null` empties it."""

    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: Id | None = None
    project_id: Id | None = Field(default=None, description="A project of the ticket's workspace (W11).")
    add_tags: list[Id] = Field(default_factory=list, max_length=50, description="Ids of tags (O14, W19).")
    remove_tags: list[Id] = Field(default_factory=list, max_length=50)
    add_watchers: list[Somebody] = Field(default_factory=list, max_length=100, description="Em cópia (W11).")
    remove_watchers: list[Address] = Field(default_factory=list, max_length=100)
    analyst_id: Id | None = None
    promised_for: AwareDatetime | None = Field(default=None, description="Previsto para (W9).")
    due: AwareDatetime | None = Field(default=None, description="The team's own date (W16).")
    note: str = Field(
        default="", max_length=10_000, description="A private note beside it; needed when a date is extended (W17)."
    )


class Fields(ManyFields):
    """New values of a ticket's fields."""

    title: str | None = Field(default=None, min_length=1, max_length=300)
    requester: Somebody | None = None


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about fields."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]
    tickets = upstreams.tickets

    @router.patch("/tickets/{number}", response_class=Response)
    async def edit_ticket(
        number: Number, body: Fields, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change the fields that are given (W9, W11, O9, O10, O14).

        When the promised date changed, the answer has a `suggested_comment` for the requester; sending it is another
        request, or left out.
        """
        given = body.model_dump(mode="json", exclude_unset=True)
        answer = await tickets.patch(f"/v1/tickets/{number}", acting, given, if_match=if_match, once=once)
        return shown(answer, number)

    @router.get("/tickets/{number}/promise-words", response_class=Response)
    async def get_promise_words(
        number: Number, acting: desk, promised_for: Annotated[AwareDatetime | None, Query()] = None
    ) -> Response:
        """The comment that goes with a promised date before it is set (W9): `{text, visible}`."""
        at = promised_for.isoformat() if promised_for is not None else None
        return passed_on(await tickets.get(f"/v1/tickets/{number}/promise-words", acting, promised_for=at))

    return router
