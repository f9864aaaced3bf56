"""A ticket that a task serves."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class LinkedTicket(BaseModel):
    """A ticket that the task serves, as it was when it last told us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    number: int
    title: str
    seen: int = 0
    """The ticket's version by which it is linked: what comes late of an older link or unlink changes nothing."""
    ended: int = 0
    """Its newest version that told of its end or its return. Kept apart, since an older unlink still holds then."""
    cancelled_at: datetime | None = None
    """Set when the ticket was given up while the task may still be worked on: a person has to decide."""
