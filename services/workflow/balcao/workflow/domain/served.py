"""A ticket that a task serves."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class LinkedTicket(BaseModel):
    """A ticket that the task serves, as it was when it last told us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    number: int
    title: str
    cancelled_at: datetime | None = None
    """Set when the ticket was given up while the task may still be worked on: a person has to decide."""
    moved_at: datetime | None = None
    """When it came to serve this ticket by a split, or by undoing one: an earlier such step is heard too late."""
