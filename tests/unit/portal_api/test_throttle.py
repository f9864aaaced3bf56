"""How many sign-in tries are too many."""

from datetime import UTC, datetime, timedelta

import pytest

from balcao.portal_api.domain.throttle import PER_ADDRESS, Limit

LIMIT = Limit("address", 3, timedelta(minutes=15))
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "wait"), [(1, None), (3, None), (4, 15 * 60)], ids=["first", "last allowed", "one more"]
)
def test_the_limit_itself_is_still_allowed(tries: int, wait: int | None) -> None:
    assert LIMIT.wait_s(tries, NOON) == wait


@pytest.mark.parametrize(
    ("at", "wait"),
    [(NOON, 900), (NOON + timedelta(minutes=14, seconds=59.5), 1), (NOON + timedelta(minutes=15), 900)],
    ids=["window begins", "window nearly over", "next window"],
)
def test_the_wait_lasts_until_the_window_ends_and_never_zero_seconds(at: datetime, wait: int) -> None:
    assert LIMIT.wait_s(99, at) == wait


def test_all_replicas_agree_on_the_window() -> None:
    assert (
        PER_ADDRESS.window_ends(NOON)
        == PER_ADDRESS.window_ends(NOON + timedelta(minutes=14))
        == NOON + timedelta(minutes=15)
    )
