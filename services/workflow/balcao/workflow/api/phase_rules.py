"""Routes of rules on top of phases: the desk sees them, administrators arrange them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from balcao.workflow.api.commands import Admin, Body, Desk, Expected, TheCause
from balcao.workflow.domain.phase_rules import MOST_DAYS, MOST_TAGS, ApprovalRule, PhaseRule
from balcao.workflow.ruling import Ruling

RuleId = Annotated[str, Path(min_length=1, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Ref = Annotated[str, Field(min_length=1, max_length=100)]
Days = Annotated[int | None, Field(ge=0, le=MOST_DAYS, description="Business days from then, with `promise: days`.")]
Promise = Annotated[
    Literal["due", "days"] | None, Field(description="The promised date: the task's due date, or days from then.")
]
Tags = Annotated[
    list[Ref], Field(default_factory=list, max_length=MOST_TAGS, description="Ids of tags to put on the ticket.")
]


class RuleBody(Body):
    """A new rule: when a task of a type enters a phase, then at least one of promise, tags and approval."""

    name: Name
    task_type_id: Ref
    phase_id: Ref
    enabled: bool = True
    promise: Promise = None
    promise_days: Days = None
    add_tags: Tags
    approval: ApprovalRule | None = None


class RuleChange(Body):
    """What of a rule changes; what is left out stays."""

    name: Name = "-"
    task_type_id: Ref = "-"
    phase_id: Ref = "-"
    enabled: bool = True
    promise: Promise = None
    promise_days: Days = None
    add_tags: Tags
    approval: ApprovalRule | None = None


class RuleOut(BaseModel):
    """A rule."""

    id: str
    name: str
    task_type_id: str
    phase_id: str
    enabled: bool
    promise: Literal["due", "days"] | None
    promise_days: int | None
    add_tags: tuple[str, ...]
    approval: ApprovalRule | None
    version: int


class RulesOut(BaseModel):
    """A company's rules."""

    items: list[RuleOut]


def routes(ruling: Ruling) -> APIRouter:
    """Routes of rules."""
    router = APIRouter(prefix="/v1")

    @router.get("/rules")
    async def list_rules(acting: Desk) -> RulesOut:
        """The company's rules by name."""
        return RulesOut(items=[_shown(one) for one in await ruling.all(acting.company_id)])

    @router.post("/rules", status_code=201)
    async def add_rule(acting: Admin, cause: TheCause, body: RuleBody, response: Response) -> RuleOut:
        """A new rule; it counts for what enters the phase from now on."""
        return _answer(await ruling.add(acting.company_id, _values(body), cause), response)

    @router.patch("/rules/{rule_id}")
    async def change_rule(
        acting: Admin, rule_id: RuleId, expected: Expected, cause: TheCause, body: RuleChange, response: Response
    ) -> RuleOut:
        """Change a rule, or switch it off and on."""
        return _answer(await ruling.edit(acting.company_id, rule_id, _values(body), cause, expected), response)

    @router.delete("/rules/{rule_id}", status_code=204)
    async def archive_rule(acting: Admin, rule_id: RuleId, expected: Expected, cause: TheCause) -> Response:
        """Take a rule out of force for good. Approvals that it has asked for go on."""
        await ruling.edit(acting.company_id, rule_id, {"archived": True}, cause, expected)
        return Response(status_code=204)

    return router


def _values(body: Body) -> dict[str, Any]:
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "add_tags" in given:
        given["add_tags"] = tuple(dict.fromkeys(given["add_tags"]))
    return given


def _answer(rule: PhaseRule, response: Response) -> RuleOut:
    response.headers["ETag"] = f'"{rule.version}"'
    return _shown(rule)


def _shown(rule: PhaseRule) -> RuleOut:
    return RuleOut(**rule.model_dump(include=set(RuleOut.model_fields)))
