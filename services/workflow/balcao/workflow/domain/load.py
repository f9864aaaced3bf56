"""How much work there is for whom and when, and how fast it gets done. Figures from rows: no I/O, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil

from balcao.shared.calendar import BusinessCalendar

USUAL_MINUTES_PER_DAY = 480
_ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class OpenWork:
    """What an open task means for the load."""

    executor_id: str | None
    due: datetime | None
    estimate_minutes: int | None
    spent_minutes: int

    @property
    def left(self) -> int:
        """Minutes still to be worked, as far as anybody estimated."""
        return max((self.estimate_minutes or 0) - self.spent_minutes, 0)


@dataclass
class PersonWeek:
    """One person's week."""

    capacity: int
    """Minutes: so many per working day of the week, by the company's calendar."""
    planned: int = 0
    """Minutes left of tasks due in it; what is late counts for the week that is now."""
    spent: int = 0
    """Minutes entered for its days."""
    tasks: int = 0
    unestimated: int = 0
    """Tasks of these that nobody estimated."""


@dataclass
class PersonLoad:
    """One person's weeks, and what has no date or one beyond them."""

    weeks: list[PersonWeek]
    undated: int = 0
    undated_minutes: int = 0
    later: int = 0


@dataclass(frozen=True)
class Completed:
    """What a completed task means for speed."""

    type_id: str
    created_at: datetime
    started_at: datetime | None
    closed_at: datetime

    @property
    def cycle_s(self) -> float:
        """Seconds from the first work on it; since it was created where it went from to do to done in one step."""
        return max((self.closed_at - (self.started_at or self.created_at)).total_seconds(), 0.0)

    @property
    def lead_s(self) -> float:
        """Seconds since it was created."""
        return max((self.closed_at - self.created_at).total_seconds(), 0.0)


@dataclass
class Speed:
    """Figures of some completed tasks. Percentiles are of tasks that there were, none between two."""

    completed: int = 0
    cycle_p50_s: float | None = None
    cycle_p85_s: float | None = None
    lead_p50_s: float | None = None
    lead_p85_s: float | None = None


@dataclass
class TypeSpeed:
    """A task type's figures, week by week and all together."""

    weeks: list[Speed] = field(default_factory=list)
    together: Speed = field(default_factory=Speed)


def monday_of(day: date) -> date:
    """The beginning of the day's week (ISO: Monday)."""
    return day - timedelta(days=day.weekday())


def workload(
    people: Iterable[str],
    work: Iterable[OpenWork],
    spent: Mapping[tuple[str, str], int],
    capacities: Mapping[str, int],
    calendar: BusinessCalendar,
    *,
    today: date,
    weeks: int,
) -> dict[str | None, PersonLoad]:
    """Each person's weeks from the one that is now; under none, what nobody has been given yet."""
    first = monday_of(today)
    mondays = [first + n * _ONE_WEEK for n in range(weeks)]
    days = [calendar.working_days(monday, monday + timedelta(days=6)) for monday in mondays]

    def empty(person_id: str | None) -> PersonLoad:
        per_day = capacities.get(person_id, USUAL_MINUTES_PER_DAY) if person_id is not None else 0
        return PersonLoad([PersonWeek(capacity=per_day * n) for n in days])

    found: dict[str | None, PersonLoad] = {None: empty(None), **{id_: empty(id_) for id_ in people}}
    for one in work:
        _count(found.setdefault(one.executor_id, empty(one.executor_id)), one, calendar, first, weeks)
    for (person_id, day), minutes in spent.items():
        n = (date.fromisoformat(day) - first).days // 7
        if 0 <= n < weeks:
            found.setdefault(person_id, empty(person_id)).weeks[n].spent += minutes
    return found


def _count(load: PersonLoad, one: OpenWork, calendar: BusinessCalendar, first: date, weeks: int) -> None:
    if one.due is None:
        load.undated += 1
        load.undated_minutes += one.left
        return
    n = max((calendar.today(one.due) - first).days // 7, 0)  # late work is this week's
    if n >= weeks:
        load.later += 1
        return
    week = load.weeks[n]
    week.planned += one.left
    week.tasks += 1
    week.unestimated += one.estimate_minutes is None


def speed_by_type(
    done: Sequence[Completed], calendar: BusinessCalendar, *, first: date, weeks: int
) -> dict[str, TypeSpeed]:
    """Figures of each type that completed something, for the weeks from the Monday `first` on."""
    by_type: dict[str, list[list[Completed]]] = {}
    for one in done:
        n = (calendar.today(one.closed_at) - first).days // 7
        if 0 <= n < weeks:
            by_type.setdefault(one.type_id, [[] for _ in range(weeks)])[n].append(one)
    return {
        type_id: TypeSpeed([_speed(week) for week in some], _speed([one for week in some for one in week]))
        for type_id, some in by_type.items()
    }


def _speed(done: Sequence[Completed]) -> Speed:
    if not done:
        return Speed()
    cycle, lead = sorted(one.cycle_s for one in done), sorted(one.lead_s for one in done)
    return Speed(len(done), percentile(cycle, 50), percentile(cycle, 85), percentile(lead, 50), percentile(lead, 85))


def percentile(ordered: Sequence[float], p: int) -> float:
    """The smallest value that at least p per cent are not above (nearest rank). `ordered` must not be empty."""
    return ordered[max(ceil(len(ordered) * p / 100), 1) - 1]
