"""Merging, splitting and undoing. Answers come from `tickets` as they are."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, passed_on, shown
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

TicketNumber = Annotated[int, Field(ge=1, le=2**53)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class Merge(Body):
    """The tickets to merge into the one of the address, which stays open (Unificar, W13)."""

    numbers: list[TicketNumber] = Field(min_length=1, max_length=20)
    comment: str = Field(default="", max_length=10_000, description="A private note on all of them.")
    versions: dict[TicketNumber, int] = Field(
        default_factory=dict, max_length=20, description="Versions of the others that this was decided on."
    )


class Split(Body):
    """What becomes a ticket of its own (Desmembrar, W14). What is left out is as on the old one."""

    title: str = Field(min_length=1, max_length=300)
    text: str = Field(default="", max_length=100_000, description="What is asked for, in the team's words.")
    entries: list[Annotated[int, Field(ge=1)]] = Field(
        default_factory=list, max_length=50, description="Entries whose words and files go along."
    )
    tasks: list[Id] = Field(default_factory=list, max_length=50, description="Tasks that go along; the rest stay.")
    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: Id | None = None
    analyst_id: Id | None = None
    watchers: bool = Field(default=True, description="Whether those in copy get copies of the new ticket too.")
    status: Literal["todo", "in_progress"] = "todo"
    note: str = Field(default="", max_length=10_000, description="A private note on both tickets.")


class Undo(Body):
    """What to take back."""

    entry: int = Field(ge=1, description="Number of an entry that a merge, split or bulk edit made.")


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes of merging, splitting and undoing."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]
    tickets = upstreams.tickets

    @router.post("/tickets/{number}/merge", response_class=Response)
    async def merge(number: Number, body: Merge, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Merge other tickets into this one; a refusal names every reason of each ticket (W13)."""
        answer = await tickets.post(f"/v1/tickets/{number}/merge", acting, _given(body), if_match=if_match, once=once)
        return shown(answer, number)

    @router.post("/tickets/{number}/split", status_code=201, response_class=Response)
    async def split(number: Number, body: Split, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Make a ticket of its own of a part of this one (W14): the old one, with the `new` one."""
        answer = await tickets.post(f"/v1/tickets/{number}/split", acting, _given(body), if_match=if_match, once=once)
        return passed_on(answer)

    @router.post("/tickets/{number}/undo", response_class=Response)
    async def undo(number: Number, body: Undo, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Take back what an entry of the history belongs to; a refusal names the later entries in the way (W15)."""
        answer = await tickets.post(f"/v1/tickets/{number}/undo", acting, _given(body), if_match=if_match, once=once)
        return shown(answer, number)

    return router


def _given(body: Body) -> dict[str, object]:
    return body.model_dump(mode="json", exclude_unset=True)
