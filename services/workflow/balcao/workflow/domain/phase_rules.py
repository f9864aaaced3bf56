"""Rules on top: "when a task of this type enters this phase then …". They act on its tickets and never move a task
themselves, so no rule can set off another: only what a person does, an answer to an approval included, enters a phase.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.events import ApprovalWanted, PhaseRuleProfile, RuleConfigured, TaskRuleFired
from balcao.workflow.domain.asked import OpenApproval
from balcao.workflow.domain.conditions import BadPhaseRule
from balcao.workflow.domain.phases import FINISHED_FOR_THE_TICKET, TaskType
from balcao.workflow.domain.tasks import Task

MOST_RULES = 100
MOST_TAGS = 10
MOST_DAYS = 365


class ApprovalRule(BaseModel):
    """Asks the requester for approval, and where the task goes then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: str = Field(default="", max_length=2_000)
    valid_days: int = Field(default=14, ge=1, le=90)
    approved_phase: str = Field(min_length=1, max_length=60, description="Where approved work goes, by id.")
    changes_phase: str = Field(min_length=1, max_length=60, description="Where it goes to be changed, by id.")


class PhaseRule(Aggregate):
    """One rule of a company."""

    name: str
    task_type_id: str
    phase_id: str
    enabled: bool = True
    archived: bool = False
    promise: Literal["due", "days"] | None = None
    promise_days: int | None = None
    add_tags: tuple[str, ...] = ()
    approval: ApprovalRule | None = None

    def about(self) -> dict[str, Any]:
        """Its facts name it."""
        return {
            "rule": PhaseRuleProfile(
                **self.model_dump(include={"id", "name", "task_type_id", "phase_id", "enabled", "archived"}),
                version=max(self.version, 1),
            )
        }


def configure(
    rule: PhaseRule,
    values: Mapping[str, Any],
    types: Sequence[TaskType],
    others: Sequence[PhaseRule],
    tags: Collection[str],
) -> Change[PhaseRule]:
    """Give a rule other values, or make a new one (version 0). What changes nothing says nothing.

    Raises `BadPhaseRule` for one that names what there is not, does nothing, or would ask again once it is answered.
    """
    after = rule.model_copy(update=dict(values))
    if after.enabled and not after.archived:
        _check(after, types, others, tags)
    revision = Revision(rule)
    if rule.version == 0 or after != rule:
        revision.set(**dict(values)).say(RuleConfigured)
    return revision.done()


def _check(rule: PhaseRule, types: Sequence[TaskType], others: Sequence[PhaseRule], tags: Collection[str]) -> None:
    task_type = next((one for one in types if one.id == rule.task_type_id), None)
    if task_type is None:
        raise BadPhaseRule("there is no such task type", task_type_id=rule.task_type_id)
    _require_phase(task_type, rule.phase_id)
    if rule.promise is None and not rule.add_tags and rule.approval is None:
        raise BadPhaseRule("say what happens: a promised date, tags, or an approval")
    if (rule.promise == "days") != (rule.promise_days is not None):
        raise BadPhaseRule("`promise_days` goes with `promise: days`, and only with it")
    if rule.promise_days is not None and not 0 <= rule.promise_days <= MOST_DAYS:
        raise BadPhaseRule(f"a date can be promised for 0 to {MOST_DAYS} business days ahead")
    strange = [tag for tag in rule.add_tags if tag not in tags]
    if strange or len(rule.add_tags) > MOST_TAGS:
        raise BadPhaseRule(f"name at most {MOST_TAGS} tags that the company has", tags=strange)
    if rule.approval is not None:
        _check_approval(rule, rule.approval, task_type, others)


def _check_approval(rule: PhaseRule, approval: ApprovalRule, task_type: TaskType, others: Sequence[PhaseRule]) -> None:
    for phase_id in (approval.approved_phase, approval.changes_phase):
        _require_phase(task_type, phase_id)
    if rule.phase_id in (approval.approved_phase, approval.changes_phase):
        raise BadPhaseRule("an answer has to move the task to another phase than the one that asks")
    if next(p for p in task_type.phases if p.id == approval.changes_phase).kind in FINISHED_FOR_THE_TICKET:
        raise BadPhaseRule("changes need a phase with work left to do", phase_id=approval.changes_phase)
    asking = {
        one.phase_id: one
        for one in others
        if one.id != rule.id and one.enabled and not one.archived and one.approval and one.task_type_id == task_type.id
    }
    if rule.phase_id in asking:
        raise BadPhaseRule("another rule asks for approval in this phase", rule=asking[rule.phase_id].name)
    for one in asking.values():
        assert one.approval is not None
        if {approval.approved_phase, approval.changes_phase} & {one.phase_id} or rule.phase_id in (
            one.approval.approved_phase,
            one.approval.changes_phase,
        ):
            raise BadPhaseRule("an answer would be followed by the next question at once", rule=one.name)


def _require_phase(task_type: TaskType, phase_id: str) -> None:
    if all(phase.id != phase_id for phase in task_type.phases):
        raise BadPhaseRule(
            f"{task_type.name!r} has no phase {phase_id!r}",
            phase_id=phase_id,
            possible=[phase.id for phase in task_type.phases],
        )


def fired(change: Change[Task], rules: Sequence[PhaseRule]) -> Change[Task]:
    """A change of a task with what the company's rules add to it: a fact for each that waits for the phase it enters.

    An approval that was asked for in the phase it leaves is none any more. A task without tickets sets off nothing.
    """
    before, after = change.before, change.after
    moved = before.version == 0 or before.phase.id != after.phase.id
    if not change.facts or not moved or after.state == "cancelled":
        return change
    matching = [one for one in rules if _waits_for(one, after)] if after.tickets else []
    if not matching and after.approval is None:
        return change
    asking = next((one for one in matching if one.approval is not None), None)
    after = after.model_copy(update={"approval": _asked(asking, after), "entries": after.entries + len(matching)})
    facts = tuple(_fact(one, after, asks=one is asking) for one in matching)
    return replace(change, after=after, facts=(*change.facts, *facts))


def _waits_for(rule: PhaseRule, task: Task) -> bool:
    active = rule.enabled and not rule.archived
    return active and (rule.task_type_id, rule.phase_id) == (task.type_id, task.phase.id)


def _asked(rule: PhaseRule | None, task: Task) -> OpenApproval | None:
    if rule is None or rule.approval is None:
        return None
    return OpenApproval(
        rule_id=rule.id,
        asked_in=task.version,
        asked=tuple(ticket.id for ticket in task.tickets),
        approved_phase=rule.approval.approved_phase,
        changes_phase=rule.approval.changes_phase,
    )


def _fact(rule: PhaseRule, task: Task, *, asks: bool) -> TaskRuleFired:
    approval = rule.approval if asks else None
    return TaskRuleFired(
        task=task.snapshot(),
        rule_id=rule.id,
        rule_name=rule.name,
        promise=rule.promise,
        promise_days=rule.promise_days,
        add_tags=rule.add_tags,
        approval=ApprovalWanted(words=approval.words, valid_days=approval.valid_days) if approval else None,
    )
