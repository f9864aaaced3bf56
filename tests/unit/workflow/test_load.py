"""Load and speed: figures worked out by hand."""

from datetime import UTC, date, datetime, timedelta

from balcao.shared.calendar import BusinessCalendar, OwnHoliday, WorkingTime
from balcao.workflow.domain.load import Completed, OpenWork, percentile, speed_by_type, workload
from balcao.workflow.domain.places import closed_between, place_on_the_board

AT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
"""A Wednesday."""
CALENDAR = BusinessCalendar(
    "America/Sao_Paulo", WorkingTime(country=None, own=(OwnHoliday(day="2026-03-10", name="Aniversário"),))
)


def test_weeks_count_what_is_left_against_working_days() -> None:
    work = [
        OpenWork("bia", AT - timedelta(days=20), 100, 30),
        OpenWork("bia", AT + timedelta(days=1), None, 30),
        OpenWork("bia", AT + timedelta(days=7), 60, 90),
        OpenWork("bia", None, 45, 0),
        OpenWork("bia", AT + timedelta(days=40), 45, 0),
        OpenWork(None, AT, 10, 0),
    ]
    spent = {("bia", "2026-03-03"): 25, ("bia", "2026-03-09"): 5, ("gone", "2026-03-04"): 7}
    loads = workload(["bia"], work, spent, {"bia": 300}, CALENDAR, today=date(2026, 3, 4), weeks=2)
    first, second = loads["bia"].weeks
    assert (first.capacity, first.planned, first.spent, first.tasks, first.unestimated) == (1500, 70, 25, 2, 1)
    assert (second.capacity, second.planned, second.spent, second.tasks) == (1200, 0, 5, 1), "the tenth is a day off"
    assert (loads["bia"].undated_minutes, loads["bia"].later) == (45, 1)
    assert loads[None].weeks[0].planned == 10
    assert (loads["gone"].weeks[0].spent, loads["gone"].weeks[0].capacity) == (7, 480 * 5)


def test_the_last_instant_of_sunday_belongs_to_the_week_that_ends() -> None:
    sunday = datetime(2026, 3, 9, 2, 59, tzinfo=UTC)  # 23:59 in São Paulo
    done = [
        Completed("t", AT, None, sunday),
        Completed("t", AT, AT + timedelta(hours=1), sunday + timedelta(minutes=1)),
    ]
    speed = speed_by_type(done, CALENDAR, first=date(2026, 3, 2), weeks=2)["t"]
    assert [one.completed for one in speed.weeks] == [1, 1]
    assert speed.together.completed == 2
    assert speed.weeks[0].cycle_p50_s == (sunday - AT).total_seconds(), "never begun: since it was created"
    assert speed.weeks[1].cycle_p50_s == (sunday - AT).total_seconds() + 60 - 3600


def test_percentiles_are_of_tasks_that_there_were() -> None:
    values = [float(n) for n in range(1, 11)]
    assert [percentile(values, p) for p in (1, 50, 85, 100)] == [1, 5, 9, 10]
    assert percentile([7.0], 85) == 7


def test_what_was_completed_within_a_time_stands_between_its_places() -> None:
    low, high = closed_between(AT, AT + timedelta(days=1))
    for at, within in (
        (AT, True),
        (AT - timedelta(milliseconds=1), False),
        (AT + timedelta(hours=23), True),
        (AT + timedelta(days=1, milliseconds=1), False),
    ):
        place = place_on_the_board(5, "completed", None, at)
        assert (low < place < high) is within, at
