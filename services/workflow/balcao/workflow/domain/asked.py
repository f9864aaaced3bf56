"""An approval that a task waits for."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Answer = Literal["approved", "changes", "skipped"]


class OpenApproval(BaseModel):
    """The requesters of a task's tickets are asked whether the work may go on like this."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule_id: str
    asked_in: int
    """The task's version that they are asked about: an answer to an older one comes too late."""
    approved_phase: str
    changes_phase: str
    asked: tuple[str, ...] | None = None
    """The tickets whose requesters are asked, but for those taken off the task since: no other is waited for. None
    where an older version asked; all are waited for then."""
    answers: dict[str, Answer] = Field(default_factory=dict)
    """What came so far, by ticket."""
