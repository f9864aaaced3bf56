"""Lists of tickets for the team: filters, orders, counts, and the numbers of the home page."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from balcao.portal_api.api.passing import PROBLEMS, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Some = Annotated[str | None, Field(max_length=2_000)]


class TicketFilters(BaseModel):
    """Which tickets. Several values of one filter are separated by commas, and any of them will do; all filters have to
    hold. Ids of people may be `me`; `none` is who or what is not there."""

    model_config = ConfigDict(extra="forbid")

    status: Some = Field(
        default=None,
        description="draft, open, waiting, resolved, closed, cancelled; `active` (the default) is all that need "
        "somebody; `any`.",
    )
    stage: Some = Field(default=None, description="triage, analysis, planning, production, delivery.")
    kind: Some = Field(default=None, description="request, question, fix, quote, improvement (O10).")
    band: Some = Field(default=None, description="Bands of priority: none, low, medium, high, urgent (O9).")
    workspace: Some = Field(default=None, description="Ids of workspaces.")
    project: Some = Field(default=None, description="Ids of projects.")
    tag: Some = Field(default=None, description="Ids of tags (O14).")
    analyst: Some = Field(default=None, description="Who answers for it.")
    executor: Some = Field(default=None, description="Who acts in the current stage (H9).")
    requester: Some = Field(default=None, description="Who asked.")
    promised_from: Some = Field(default=None, description="First day promised, YYYY-MM-DD.")
    promised_until: Some = Field(default=None, description="Last day promised, itself included.")
    work: Some = Field(default=None, description="`today` for what is due today, `overdue` for what was (W17).")
    unassigned: bool = Field(default=False, description="Only tickets that nobody answers for.")
    highlighted: bool = Field(default=False, description="Only tickets that want to be looked at.")
    view: Some = Field(
        default=None, description="A saved view's id; what is given beside it replaces what the view says."
    )

    def params(self) -> dict[str, Any]:
        """As `tickets` takes them."""
        return self.model_dump(exclude_defaults=True)


class TicketList(TicketFilters):
    """A page of a list."""

    order: Some = Field(
        default=None,
        description="`rank` (by priority; the default for what needs somebody), `newest` (the default else), `oldest`, "
        "`updated` (the latest change first), `promised` (the earliest date first).",
    )
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    after: Some = Field(default=None, description="`next` of the page before, in the same order.")

    def params(self) -> dict[str, Any]:
        """As `tickets` takes them."""
        return {**super().params(), "limit": self.limit}


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes of lists. To be included before those of single tickets, whose paths would take theirs for a number."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]

    @router.get("/tickets", response_class=Response)
    async def list_tickets(acting: team, wanted: Annotated[TicketList, Query()]) -> Response:
        """Tickets of the company: `{items, next}`. `behind: true` says that changes of the last moments may be missing;
        a page may be short and still have a `next`."""
        return passed_on(await upstreams.tickets.get("/v1/tickets", acting, **wanted.params()))

    @router.get("/tickets/count", response_class=Response)
    async def count_tickets(acting: team, wanted: Annotated[TicketFilters, Query()]) -> Response:
        """How many tickets there are with these filters: `{count, shown}`, shown as `500+` past 500."""
        return passed_on(await upstreams.tickets.get("/v1/tickets/count", acting, **wanted.params()))

    @router.get("/home", response_class=Response)
    async def home(acting: team) -> Response:
        """Tickets with me by stage ("Tickets Comigo", H9), due today and overdue (W17), and the newest ones (R2)."""
        return passed_on(await upstreams.tickets.get("/v1/home", acting))

    return router
