"""Facts about rules on top of phases: "when a task of this type enters this phase then …". Said by `workflow`."""

from typing import Literal

from pydantic import Field

from balcao.shared.events.directory import Changed
from balcao.shared.events.envelope import Contract
from balcao.shared.events.tasks import TaskFact


class ApprovalWanted(Contract):
    """The requester is asked whether the work may go on like this."""

    words: str = Field(default="", description="The company's own words to the requester.")
    valid_days: int = Field(default=14, description="How long the link in the mail is good.")


class TaskRuleFired(TaskFact):
    """A task entered a phase that a rule waits for: its tickets do what the rule says, once for each entering."""

    type = "task.rule_fired.v1"

    rule_id: str
    rule_name: str
    promise: Literal["due", "days"] | None = Field(
        default=None, description="The promised date: the task's due date, or so many business days from now."
    )
    promise_days: int | None = None
    add_tags: tuple[str, ...] = Field(default=(), description="Ids of the company's tags.")
    approval: ApprovalWanted | None = None


class PhaseRuleProfile(Contract):
    """A rule as it is."""

    id: str
    name: str
    task_type_id: str
    phase_id: str
    enabled: bool = True
    archived: bool = False
    version: int = 1


class RuleConfigured(Changed):
    """A rule came to be, changed or was archived."""

    type = "rule.configured.v1"

    rule: PhaseRuleProfile
