"""What the requesters' answers make of a task that waits for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Fact, Party, TaskApprovalAnswered, TaskFact, TicketRef
from balcao.workflow.domain.asked import Answer, OpenApproval
from balcao.workflow.domain.conditions import NoSuchPhase
from balcao.workflow.domain.links import serves
from balcao.workflow.domain.phases import TaskType, chosen
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
    """A requester answered. Changes move the task back at once; it goes on when each ticket that was asked, and is
    neither given up nor taken off the task, has approved or is out of service.

    What comes twice, or to a question that is not asked any more, changes nothing. An answer counts though the ticket
    was out of service before: its requester may still give one.
    """
    approval = task.approval
    late = approval is None or approval.asked_in != asked_in or not _is_news(approval, ticket.id, answer)
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
    phase = approval.changes_phase if answer == "changes" else _next_phase(task, approval)
    if phase is None:
        return Revision(task).set(approval=approval, updated_at=at).say(TaskApprovalAnswered, **fact).done()
    change = move(task, task_type, _there(task_type, phase, answer), at=at)
    after = change.after.model_copy(update={"approval": None, "entries": change.after.entries + 1})
    said = TaskApprovalAnswered(task=after.snapshot(), **fact, decided=True)
    return replace(change, after=after, facts=(*change.facts, said))


def fewer_asked(change: Change[Task], types: Sequence[TaskType], *, at: datetime) -> Change[Task]:
    """A change of the tickets that a task serves, with what follows for a question that is open: the task goes on when
    the last one was missing that kept it waiting. `types` are the company's."""
    task, approval = change.after, change.after.approval
    if not change.facts or approval is None or task.state == "cancelled":
        return change
    phase = _next_phase(task, approval)
    if phase is None:
        return change
    task_type = chosen(types, task.type_id)
    task = task.model_copy(update={"version": change.before.version})  # both steps are one change
    step = move(task, task_type, _there(task_type, phase, "approved"), at=at)
    if not step.facts:
        return change
    after = step.after.model_copy(update={"approval": None})
    return Change(change.before, after, (*(_shown(fact, after) for fact in change.facts), *step.facts))


def _shown(fact: Fact, task: Task) -> Fact:
    """A fact about the task as it is in the end, like all facts of one change."""
    assert isinstance(fact, TaskFact)
    snapshot = task.snapshot().model_copy(update={"ticket_ids": fact.task.ticket_ids})
    return fact.model_copy(update={"task": snapshot})


def _is_news(approval: OpenApproval, ticket_id: str, answer: Answer) -> bool:
    given = approval.answers.get(ticket_id)
    return given is None or (given == "skipped" and answer != "skipped")


def _next_phase(task: Task, approval: OpenApproval) -> str | None:
    """Where it goes once nobody's answer is missing; none until then, and where nobody has approved."""
    asked = approval.asked
    waited_for = [one.id for one in task.tickets if one.cancelled_at is None and (asked is None or one.id in asked)]
    missing = [id_ for id_ in waited_for if id_ not in approval.answers]
    if missing or "approved" not in approval.answers.values():
        return None
    return approval.approved_phase


def _there(task_type: TaskType, phase: str, answer: Answer) -> str:
    """The phase, or what comes closest when it was removed since the rule was made."""
    try:
        return task_type.phase(phase).id
    except NoSuchPhase:
        return task_type.resumed.id if answer == "changes" else task_type.done.id
