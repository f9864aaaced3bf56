"""Times as the database keeps them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from balcao.shared.clock import now, to_milliseconds


def test_a_time_is_in_utc_and_cut_to_milliseconds() -> None:
    instant = datetime(2026, 3, 2, 6, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=-3)))
    assert to_milliseconds(instant) == datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)
    assert to_milliseconds(instant).tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_milliseconds(datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point


def test_now_survives_the_database() -> None:
    instant = now()
    assert to_milliseconds(instant) == instant
    assert instant.tzinfo is UTC
