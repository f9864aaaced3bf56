"""When it is a person's hour to hear of their work of the day (W17)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from balcao.notifier.domain.digest import LATE, day_due
from balcao.notifier.domain.preferences import Digest

SAO_PAULO = "America/Sao_Paulo"
EIGHT = datetime(2026, 11, 3, 11, 0, tzinfo=UTC)
"""Eight o'clock in São Paulo."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (EIGHT - SECOND, None),
        (EIGHT, date(2026, 11, 3)),
        (EIGHT + LATE - SECOND, date(2026, 11, 3)),
        (EIGHT + LATE, None),
    ],
    ids=["not yet", "the hour", "made up for", "too late"],
)
def test_the_hour_is_the_person_s_and_a_short_stop_is_made_up_for(at: datetime, day: date | None) -> None:
    assert day_due(Digest(hour=8), SAO_PAULO, LONG_AGO, at) == day


def test_one_s_own_time_zone_goes_before_the_company_s() -> None:
    """Eight in Tokyo is the evening before in São Paulo: the day is the person's."""
    at = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
    assert day_due(Digest(hour=8, time_zone="Asia/Tokyo"), SAO_PAULO, LONG_AGO, at) == date(2026, 11, 3)
    assert day_due(Digest(hour=8), SAO_PAULO, LONG_AGO, at) is None


@pytest.mark.parametrize("at", [datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)])
def test_an_hour_that_summer_time_skips_comes_all_the_same(at: datetime) -> None:
    """In Lisbon there is no half past one on that day: who chose one o'clock hears at once after it."""
    expected = date(2026, 3, 29) if at.hour == 1 else None
    assert day_due(Digest(hour=1, time_zone="Europe/Lisbon"), SAO_PAULO, LONG_AGO, at) == expected


def test_who_turned_it_off_hears_nothing() -> None:
    assert day_due(Digest(on=False), SAO_PAULO, LONG_AGO, EIGHT) is None


def test_who_came_after_their_hour_begins_on_the_next_day() -> None:
    assert day_due(Digest(), SAO_PAULO, EIGHT, EIGHT + SECOND) is None
    assert day_due(Digest(), SAO_PAULO, EIGHT, EIGHT + timedelta(days=1)) == date(2026, 11, 4)
