"""What a requester is asked to approve: what of a ticket's state keeps it, and when it is asked no more."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from balcao.shared.events import DeliveredLink, FileRef, TaskSnapshot

MOST_KEPT = 20
"""Of one ticket; older ones are as good as unknown."""
State = Literal["asked", "approved", "changes", "withdrawn"]


class Approval(BaseModel):
    """One question to the requester, and what came of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    task_id: str
    asked_in: int
    """The task's version that is asked about."""
    phase_id: str
    state: State = "asked"
    text: str = ""
    handover: str = ""
    files: tuple[FileRef, ...] = ()
    links: tuple[DeliveredLink, ...] = ()
    asked_at: datetime
    expires_at: datetime
    """Until when the link in the mail is good."""
    answered_at: datetime | None = None
    comment: str = ""


def moved_on(approvals: tuple[Approval, ...], task: TaskSnapshot) -> tuple[Approval, ...]:
    """The questions once a task stands like this: those about the phase it has left are asked no more."""
    if not any(_is_over(one, task) for one in approvals):
        return approvals
    return tuple(withdrawn(one) if _is_over(one, task) else one for one in approvals)


def left(approvals: tuple[Approval, ...], tasks: Collection[str]) -> tuple[Approval, ...]:
    """The questions once a ticket is off these tasks: those about them are asked no more."""
    return tuple(withdrawn(one) if one.task_id in tasks else one for one in approvals)


def withdrawn(one: Approval) -> Approval:
    """The question, asked no more. What was answered stays so."""
    return one.model_copy(update={"state": "withdrawn"}) if one.state == "asked" else one


def _is_over(one: Approval, task: TaskSnapshot) -> bool:
    elsewhere = task.version > one.asked_in and (task.state == "cancelled" or one.phase_id != task.phase_id)
    return one.state == "asked" and one.task_id == task.id and elsewhere
