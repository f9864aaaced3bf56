"""Small things that a task holds: items of its checklist, and time spent on it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from balcao.shared.events import Party


class ChecklistEntry(BaseModel):
    """One thing to do. It is ticked when somebody has done it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str
    done_by: Party | None = None
    done_at: datetime | None = None


class DayOfWork(BaseModel):
    """How long somebody worked on the task on one day."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: str
    day: str
    """YYYY-MM-DD, by the company's clock."""
    minutes: int
