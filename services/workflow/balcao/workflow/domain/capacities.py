"""How much of a working day somebody gives to tasks."""

from typing import Any

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.events import CapacityConfigured, Party
from balcao.shared.ids import derived_id
from balcao.workflow.domain.conditions import BadTime
from balcao.workflow.domain.timesheets import MINUTES_OF_A_DAY


class Capacity(Aggregate):
    """One person's setting."""

    person: Party
    minutes_per_day: int

    def about(self) -> dict[str, Any]:
        """Each of its facts says whose it is."""
        return {"person": self.person, "minutes_per_day": self.minutes_per_day}


def capacity_id(company_id: str, person_id: str) -> str:
    """The id of a person's setting."""
    return derived_id("capacity", company_id, person_id)


def begin(company_id: str, person: Party, minutes: int) -> Change[Capacity]:
    """A person's first setting. Raises `BadTime`."""
    id_ = capacity_id(company_id, person.person_id or "")
    first = Capacity(id=id_, company_id=company_id, person=person, minutes_per_day=_of_a_day(minutes))
    return Revision(first).say(CapacityConfigured).done()


def set_minutes(capacity: Capacity, minutes: int) -> Change[Capacity]:
    """Another setting. Raises `BadTime`."""
    revision = Revision(capacity)
    if _of_a_day(minutes) != capacity.minutes_per_day:
        before = capacity.minutes_per_day
        revision.set(minutes_per_day=minutes).say(CapacityConfigured, before=before, changed=("minutes_per_day",))
    return revision.done()


def _of_a_day(minutes: int) -> int:
    if not 0 <= minutes <= MINUTES_OF_A_DAY:
        raise BadTime("a day has 1440 minutes")
    return minutes
