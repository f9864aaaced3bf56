"""When work comes again: by the company's clock and calendar, each working day at the most once."""

import time
from datetime import date, datetime

import pytest

from balcao.shared.calendar import BusinessCalendar
from balcao.workflow.domain.conditions import BadRule
from balcao.workflow.domain.recurrence_rules import DayOff, checked, next_occurrence

CALENDAR = BusinessCalendar("America/Sao_Paulo")


def days(rule: str, starts: str, day_off: DayOff = "next", most: int = 5) -> list[str]:
    """The days on which tasks are made."""
    found: list[str] = []
    after: datetime | None = None
    last: date | None = None
    begins = datetime.fromisoformat(starts)
    while len(found) < most:
        one = next_occurrence(checked(rule), begins, day_off, CALENDAR, after=after, last=last)
        if one is None:
            break
        after, last = one.local, one.day
        found.append(one.day.isoformat())
    return found


@pytest.mark.parametrize(
    ("rule", "day_off", "expected"),
    [
        ("FREQ=DAILY;COUNT=4", "as_is", ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27"]),
        ("FREQ=DAILY;COUNT=4", "skip", ["2026-12-24"]),
        ("FREQ=DAILY;COUNT=5", "next", ["2026-12-24", "2026-12-28"]),
        ("rrule:freq=weekly;byday=fr;count=2", "next", ["2026-12-28", "2027-01-04"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20270131", "as_is", ["2026-12-31", "2027-01-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "next", ["2026-12-31", "2027-01-29"]),
    ],
    ids=["every day", "but days off", "moved days come once", "moved", "all of the last day", "last weekday"],
)
def test_a_rule_comes_on_these_days(rule: str, day_off: DayOff, expected: list[str]) -> None:
    """Christmas 2026 is a Friday, and New Year's Day too."""
    assert days(rule, "2026-12-24T09:00", day_off) == expected


def test_the_hour_is_the_companys_and_what_the_clocks_skip_comes_after() -> None:
    new_york = BusinessCalendar("America/New_York")
    found = next_occurrence(
        "FREQ=DAILY", datetime.fromisoformat("2026-03-08T02:30"), "as_is", new_york, after=None, last=None
    )
    assert found is not None
    assert found.at.isoformat() == "2026-03-08T07:30:00+00:00"


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "weekly",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=YEARLY;BYEASTER=1",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=MONTHLY;UNTIL=20261220T000000Z",
        "FREQ=DAILY;UNTIL=amanhã",
        "FREQ=DAILY\nFREQ=WEEKLY",
        "FREQ=DAILY;" + "X" * 400,
    ],
)
def test_what_is_no_rule_or_would_never_end_is_refused(rule: str) -> None:
    with pytest.raises(BadRule):
        checked(rule)


def test_a_rule_that_never_meets_a_day_is_given_up_soon() -> None:
    began = time.process_time()
    assert days("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=5", "2026-12-24T09:00") == []
    assert time.process_time() - began < 30
