"""Business days and hours, by the company's own clock and holidays (W16)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from balcao.shared.calendar import BusinessCalendar, NoBusinessDay, OwnHoliday, WorkingTime

SAO_PAULO = "America/Sao_Paulo"
EARLY, LATE = datetime.fromisoformat("2017-01-01"), datetime.fromisoformat("2030-01-01")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(*own: OwnHoliday, **values: object) -> BusinessCalendar:
    return BusinessCalendar(SAO_PAULO, WorkingTime.model_validate({"own": own, **values}))


def test_the_next_business_day_of_a_friday_is_monday_at_closing_time() -> None:
    """W16."""
    assert days().next_business_day(at("2026-11-27T15:00")) == at("2026-11-30T21:00")


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-27T02:59", "2026-11-27T21:00"),  # still Thursday in São Paulo
        ("2026-11-27T03:00", "2026-11-30T21:00"),  # Friday
    ],
    ids=["last minute of Thursday", "first of Friday"],
)
def test_the_day_is_the_companys_own_and_not_utcs(asked: str, due: str) -> None:
    """W16."""
    assert days().next_business_day(at(asked)) == at(due)


def test_national_holidays_are_no_business_days() -> None:
    assert not days().is_business_day(date(2026, 9, 7))
    assert days().holiday(date(2026, 9, 7)) == "Independência do Brasil"
    assert BusinessCalendar(SAO_PAULO, locale="en").holiday(date(2026, 9, 7)) == "Independence Day"
    assert BusinessCalendar("Europe/Lisbon", WorkingTime(country="DE"), "pt-BR").holiday(date(2026, 5, 1)) is not None
    assert days(country=None).is_business_day(date(2026, 9, 7))


def test_a_states_holidays_count_only_where_the_company_is() -> None:
    assert days().is_business_day(date(2026, 7, 9))
    assert not days(state="SP").is_business_day(date(2026, 7, 9))


def test_days_off_by_custom_are_worked_unless_the_company_says_otherwise() -> None:
    carnival = date(2026, 2, 17)
    assert days().is_business_day(carnival)
    assert not days(optional_holidays=True).is_business_day(carnival)


def test_a_company_has_holidays_of_its_own_once_or_each_year() -> None:
    once = OwnHoliday(day="2026-12-22", name="Festa da firma")
    yearly = OwnHoliday(day="2020-01-25", name="Aniversário da cidade", yearly=True)
    calendar = days(once, yearly)
    assert calendar.holiday(date(2026, 12, 22)) == "Festa da firma"
    assert calendar.is_business_day(date(2027, 12, 22))
    assert calendar.holiday(date(2027, 1, 25)) == "Aniversário da cidade"


def test_a_company_may_work_on_a_holiday_or_a_saturday() -> None:
    calendar = days(
        OwnHoliday(day="2026-09-07", name="Plantão", works=True),
        OwnHoliday(day="2026-09-12", name="Mutirão", works=True),
    )
    assert calendar.is_business_day(date(2026, 9, 7))
    assert calendar.is_business_day(date(2026, 9, 12))


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-26T20:59", "2026-11-26T21:00"),
        ("2026-11-26T21:00", "2026-11-27T21:00"),
        ("2026-11-28T12:00", "2026-11-30T21:00"),
    ],
    ids=["before closing", "at closing", "on a Saturday"],
)
def test_no_days_at_all_means_today_while_it_lasts(asked: str, due: str) -> None:
    assert days().add_business_days(at(asked), 0) == at(due)


def test_reminders_come_at_the_opening_of_an_earlier_business_day() -> None:
    assert days().business_days_before(at("2026-11-30T21:00"), 1) == at("2026-11-27T12:00")


def test_hours_are_open_from_opening_to_just_before_closing() -> None:
    calendar = days()
    moments = ["2026-11-26T11:59", "2026-11-26T12:00", "2026-11-26T20:59", "2026-11-26T21:00", "2026-11-28T15:00"]
    assert [calendar.is_open(at(one)) for one in moments] == [False, True, True, False, False]


def test_a_day_whose_midnight_the_clocks_skip_begins_an_hour_late_and_is_shorter() -> None:
    """In São Paulo, 2018-11-04 began at one o'clock."""
    begins, ends = days().bounds(date(2018, 11, 4))
    assert begins == at("2018-11-04T03:00")
    assert (ends - begins).total_seconds() == 23 * 3600


def test_a_day_of_25_hours_ends_at_its_own_midnight() -> None:
    calendar = BusinessCalendar("America/New_York", WorkingTime(country="US"))
    begins, ends = calendar.bounds(date(2026, 11, 1))
    assert (ends - begins).total_seconds() == 25 * 3600
    assert calendar.end_of_day(date(2026, 10, 30)) == at("2026-10-30T22:00")
    assert calendar.end_of_day(date(2026, 11, 2)) == at("2026-11-02T23:00")


def test_a_calendar_without_any_working_day_says_so_instead_of_searching_for_ever() -> None:
    calendar = BusinessCalendar(SAO_PAULO, WorkingTime.model_construct(weekdays=()))
    with pytest.raises(NoBusinessDay, match="correct its holidays"):
        calendar.next_business_day(at("2026-11-26T12:00"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": []},
        {"opens": "18:00", "closes": "09:00"},
        {"opens": "25:00"},
        {"country": "XX"},
        {"state": "XX"},
        {"own": [{"day": "2026-02-30", "name": "x"}]},
        {"own": [{"day": "2026-01-01", "name": f"{n}"} for n in range(201)]},
    ],
    ids=["no weekday", "closes before it opens", "no such hour", "country", "state", "no such day", "too many"],
)
def test_working_time_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WorkingTime.model_validate(wrong)


@given(
    asked=st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
    n=st.integers(0, 30),
    zone=st.sampled_from([SAO_PAULO, "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
)
def test_business_days_are_always_later_worked_and_in_order(asked: datetime, n: int, zone: str) -> None:
    """W16: whatever the zone and its clock changes."""
    calendar = BusinessCalendar(zone, WorkingTime())
    due, after = calendar.add_business_days(asked, n), calendar.add_business_days(asked, n + 1)
    assert asked < due <= after
    assert n == 0 or due < after
    assert calendar.is_business_day(calendar.today(due))
    begins, ends = calendar.bounds(calendar.today(due))
    assert begins < due < ends
