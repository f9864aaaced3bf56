"""Facts about work that comes again and again. Said by `workflow`."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.directory import Changed
from balcao.shared.events.envelope import Contract, Fact


class RecurrenceProfile(Contract):
    """A rule by which tasks come to be."""

    id: str
    number: int
    title: str
    rule: str = Field(description="RFC 5545, without its beginning.")
    paused: bool = False
    ended: bool = Field(default=False, description="There will be no more tasks of it.")
    next_at: datetime | None = Field(default=None, description="When the next task comes to be, paused or not.")
    made: int = Field(default=0, description="Tasks made so far.")
    version: int = 1


class RecurrenceConfigured(Changed):
    """A recurrence came to be, changed, was paused, resumed or ended."""

    type = "recurrence.configured.v1"

    recurrence: RecurrenceProfile


class RecurrenceSkipped(Fact):
    """The next task of a recurrence will not be made; the one after it will."""

    type = "recurrence.skipped.v1"

    recurrence: RecurrenceProfile
    occurrence: datetime


class RecurrenceFired(Fact):
    """The time had come: a task was made."""

    type = "recurrence.fired.v1"

    recurrence: RecurrenceProfile
    occurrence: datetime = Field(description="When it came to be by the rule, moved to a working day.")
    task_id: str
    task_number: int
