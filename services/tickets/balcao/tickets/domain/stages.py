"""The stages of a ticket and who acts in each (H1, H2, H7, H8)."""

from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    Party,
    Stage,
    TaskSnapshot,
    TicketAnalystAssigned,
    TicketStageAssigned,
    TicketStageEntered,
)
from balcao.tickets.domain.status import in_service, submitted
from balcao.tickets.domain.ticket import Ticket

Reason = Literal["team", "first_touch", "task_created", "production_finished", "task_reopened", "tasks_cancelled"]
BEFORE_PLANNING: tuple[Stage, ...] = ("triage", "analysis")
"""The stages whose assignees go with the analyst (H8)."""


def enter(
    revision: Revision[Ticket],
    stage: Stage,
    reason: Reason,
    task: TaskSnapshot | None = None,
    *,
    linked: bool = False,
) -> None:
    """Move to a stage as one step of a change; to the present one is no step.

    That production has finished is said in any case: who owes the answer is told by it, wherever the ticket was (H4).
    """
    before = revision.now.stage
    if before == stage and reason != "production_finished":
        return
    revision.set(stage=stage)
    revision.say(
        TicketStageEntered,
        before=before,
        stage=stage,
        reason=reason,
        assignee=revision.now.assignee(stage),
        # who is told reads what was handed over on the ticket: twice in one commit would be once too often
        task=task.model_copy(update={"delivered": None}) if task is not None else None,
        linked=linked,
    )


def touch(revision: Revision[Ticket], by: Party) -> None:
    """The team did something with the ticket: it leaves triage (H2) and is taken (W3). Writing a draft is neither."""
    if revision.now.status == "draft":
        return
    if revision.now.stage == "triage":
        enter(revision, "analysis", "first_touch")
    if revision.now.status == "open" and revision.now.progress == "todo":
        revision.set(progress="in_progress")
        if revision.now.analyst is None:
            revision.set(analyst=by)
            revision.say(TicketAnalystAssigned, before=None, taken=True)


def move(ticket: Ticket, stage: Stage, by: Party) -> Change[Ticket]:
    """Click on a stage (H1). Any stage may follow any other; triage itself may be chosen again."""
    submitted(ticket)
    revision = Revision(ticket)
    enter(revision, stage, "team")
    if revision.now.progress == "todo" and stage != "triage":
        touch(revision, by)
    return revision.done()


def assign_stage(ticket: Ticket, stage: Stage, assignee: Party, by: Party) -> Change[Ticket]:
    """The pencil at a stage: another person acts there (H1)."""
    in_service(ticket)
    revision = Revision(ticket)
    if set_assignee(revision, stage, assignee):
        touch(revision, by)
    return revision.done()


def set_assignee(revision: Revision[Ticket], stage: Stage, assignee: Party) -> bool:
    """Another person acts in a stage, as one step of a change; whether it is another one."""
    before = revision.now.stage_assignees.get(stage)
    if before == assignee:
        return False
    revision.set(stage_assignees={**revision.now.stage_assignees, stage: assignee})
    revision.say(TicketStageAssigned, stage=stage, assignee=assignee, before=before)
    return True


def assign_analyst(ticket: Ticket, analyst: Party, by: Party, *, taken: bool = False) -> Change[Ticket]:
    """Another analyst answers for the ticket; triage and analysis go with it only where the old one held them (H8)."""
    in_service(ticket)
    revision = Revision(ticket)
    if hand_over(revision, analyst, taken=taken):
        touch(revision, by)
    return revision.done()


def hand_over(revision: Revision[Ticket], analyst: Party, *, taken: bool = False) -> bool:
    """`assign_analyst` as one step of a change; whether it is another one."""
    before = revision.now.analyst
    if before is not None and before.person_id == analyst.person_id:
        return False
    revision.set(analyst=analyst)
    revision.say(TicketAnalystAssigned, before=before, taken=taken)
    for stage in BEFORE_PLANNING:
        held_by = revision.now.stage_assignees.get(stage)
        if held_by is None or (before is not None and held_by.person_id == before.person_id):
            set_assignee(revision, stage, analyst)
    return True
