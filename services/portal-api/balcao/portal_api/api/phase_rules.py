"""Rules on top of phases: the desk sees them, administrators arrange them. `workflow` checks and keeps them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

RuleId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
Ref = Annotated[str, Field(min_length=1, max_length=100)]


class Approval(Body):
    """The requester is asked for approval by mail, with one click, and on the portal."""

    words: str = Field(default="", max_length=2_000, description="The company's own words to the requester.")
    valid_days: int = Field(default=14, ge=1, le=90, description="How long the link in the mail is good.")
    approved_phase: Ref = Field(description="Where approved work goes: a phase's id.")
    changes_phase: Ref = Field(description="Where it goes to be changed; a phase with work left to do.")


class Rule(Body):
    """When a task of this type enters this phase, then …: at least one of promise, tags and approval."""

    name: str = Field(min_length=1, max_length=100)
    task_type_id: Ref
    phase_id: Ref
    enabled: bool = True
    promise: Literal["due", "days"] | None = Field(
        default=None, description="The ticket's promised date: the task's due date, or business days from then."
    )
    promise_days: int | None = Field(default=None, ge=0, le=365)
    add_tags: list[Ref] = Field(default=[], max_length=10, description="Ids of the company's tags.")
    approval: Approval | None = None


class RuleChange(Rule):
    """What of a rule changes; what is left out stays."""

    name: str = Field(default="-", min_length=1, max_length=100)
    task_type_id: Ref = "-"
    phase_id: Ref = "-"


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about rules."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]
    admin = Annotated[Acting, Depends(roles.admin)]

    @router.get("/rules", response_class=Response)
    async def list_rules(acting: desk) -> Response:
        """The company's rules by name."""
        return passed_on(await upstreams.workflow.get("/v1/rules", acting))

    @router.get("/rules/{rule_id}/last-change", response_class=Response)
    async def show_last_change(rule_id: RuleId, acting: admin) -> Response:
        """Who changed a rule last, and when."""
        return passed_on(await upstreams.workflow.get(f"/v1/rules/{rule_id}/last-change", acting))

    @router.post("/rules", status_code=201, response_class=Response)
    async def add_rule(body: Rule, acting: admin, once: Once = None) -> Response:
        """A new rule. It counts for what enters the phase from then on."""
        return passed_on(await upstreams.workflow.post("/v1/rules", acting, _given(body), once=once))

    @router.patch("/rules/{rule_id}", response_class=Response)
    async def change_rule(
        rule_id: RuleId, body: RuleChange, acting: admin, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change a rule, or switch it off and on."""
        path = f"/v1/rules/{rule_id}"
        return passed_on(await upstreams.workflow.patch(path, acting, _given(body), if_match=if_match, once=once))

    @router.delete("/rules/{rule_id}", status_code=204, response_class=Response)
    async def archive_rule(rule_id: RuleId, acting: admin, if_match: IfMatch = None) -> Response:
        """Take a rule out of force. Approvals that it has asked for go on."""
        return passed_on(await upstreams.workflow.delete(f"/v1/rules/{rule_id}", acting, if_match=if_match))

    return router


def _given(body: Body) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_unset=True)
