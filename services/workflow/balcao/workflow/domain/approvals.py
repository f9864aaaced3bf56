"""What the requesters' answers make of a task that waits for them."""

from dataclasses import replace
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, TaskApprovalAnswered, TicketRef
from balcao.workflow.domain.asked import Answer, OpenApproval
from balcao.workflow.domain.conditions import NoSuchPhase
from balcao.workflow.domain.links import serves
from balcao.workflow.domain.phases import TaskType
from balcao.workflow.domain.tasks import Task, move


def answered(
    task: Task,
    task_type: TaskType,
    ticket: TicketRef,
    *,
    asked_in: int,
    answer: Answer,
    at: datetime,
    author: Party | None = None,
    comment: str = "",
) -> Change[Task]:
    """A requester answered. Changes move the task back at once; it goes on when each ticket that it serves and that was
    not given up has approved, or is out of service.

    What comes twice, or to a question that is not asked any more, changes nothing.
    """
    approval = task.approval
    late = approval is None or approval.asked_in != asked_in or ticket.id in approval.answers
    if approval is None or late or task.state == "cancelled" or serves(task, ticket.id) is None:
        return Revision(task).done()
    approval = approval.model_copy(update={"answers": {**approval.answers, ticket.id: answer}})
    fact = {
        "ticket_id": ticket.id,
        "ticket_number": ticket.number,
        "verdict": answer,
        "author": author,
        "comment": comment,
    }
    phase = _next_phase(task, approval, answer)
    if phase is None:
        return Revision(task).set(approval=approval, updated_at=at).say(TaskApprovalAnswered, **fact).done()
    change = move(task, task_type, _there(task_type, phase, answer), at=at)
    after = change.after.model_copy(update={"approval": None, "entries": change.after.entries + 1})
    said = TaskApprovalAnswered(task=after.snapshot(), **fact, decided=True)
    return replace(change, after=after, facts=(*change.facts, said))


def _next_phase(task: Task, approval: OpenApproval, answer: Answer) -> str | None:
    if answer == "changes":
        return approval.changes_phase
    missing = [one for one in task.tickets if one.cancelled_at is None and one.id not in approval.answers]
    if missing or "approved" not in approval.answers.values():
        return None
    return approval.approved_phase


def _there(task_type: TaskType, phase: str, answer: Answer) -> str:
    """The phase, or what comes closest when it was removed since the rule was made."""
    try:
        return task_type.phase(phase).id
    except NoSuchPhase:
        return task_type.resumed.id if answer == "changes" else task_type.done.id
