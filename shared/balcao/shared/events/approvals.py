"""Facts about asking a requester whether work may go on like this, and about what they answered.

What the requester may see of it names no task, no phase and no colleague.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from balcao.shared.events.deliverables import DeliveredLink
from balcao.shared.events.envelope import FileRef, Party
from balcao.shared.events.task_links import TaskLinkFact
from balcao.shared.events.tasks import TaskSnapshot
from balcao.shared.events.tickets import Threading, TicketFact

Verdict = Literal["approved", "changes"]


class TicketApprovalAsked(TicketFact):
    """The requester is asked for their approval, by mail and on the portal. Said by `tickets`, because of a rule."""

    type = "ticket.approval_asked.v1"
    public = True

    approval_id: str
    recipient: Party
    text: str = Field(default="", description="The company's own words.")
    handover: str = Field(default="", description="What production says of its work.")
    files: tuple[FileRef, ...] = ()
    links: tuple[DeliveredLink, ...] = ()
    expires_at: datetime = Field(description="Until when the link in the mail is good.")
    threading: Threading = Threading()


class TicketApprovalAnswered(TicketFact):
    """The requester approved, or asked for changes. Said by `tickets`; the task follows."""

    type = "ticket.approval_answered.v1"
    public = True

    approval_id: str
    task_id: str
    asked_in: int = Field(description="The task's version that was asked about.")
    author: Party
    verdict: Verdict
    text: str = Field(default="", description="What should be changed, or what else they had to say.")
    channel: Literal["mail", "portal"] = "mail"
    assignee: Party | None = Field(default=None, description="Who acts in the ticket's stage.")


class TicketApprovalSkipped(TicketFact):
    """The ticket is out of service, or off the task: its requester is not asked, or nobody waits for their answer any
    more. On a resolved ticket they may still give one, which counts. Said by `tickets`."""

    type = "ticket.approval_skipped.v1"

    task_id: str
    asked_in: int


class TicketRuleApplied(TicketFact):
    """A rule of the company did something to the ticket; what it did is said by the facts that come with it."""

    type = "ticket.rule_applied.v1"

    rule_id: str
    rule_name: str
    task: TaskSnapshot
    did: tuple[Literal["promised", "tagged", "approval_asked"], ...]


class TaskApprovalAnswered(TaskLinkFact):
    """A requester's answer reached the task; where it moves, the fact of that comes with it. Said by `workflow`."""

    type = "task.approval_answered.v1"

    verdict: Literal["approved", "changes", "skipped"]
    author: Party | None = None
    comment: str = ""
    decided: bool = Field(default=False, description="The task was moved: nobody's answer is missing, or changes are.")
