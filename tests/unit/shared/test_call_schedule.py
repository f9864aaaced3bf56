"""When calls are tried again, and what is kept sealed."""

from datetime import UTC, datetime, timedelta

import pytest

from balcao.shared.calls.schedule import WAITS_S, next_in_order, next_try, rest
from balcao.shared.sealing import Seal, SealBroken

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_a_call_is_tried_for_about_three_days_and_then_given_up(spread: float) -> None:
    at, tries = AT, 0
    while True:
        tries += 1
        following = next_try(tries, at, spread)
        if following is None:
            break
        assert following > at
        at = following
    assert tries == len(WAITS_S) + 1
    assert timedelta(hours=66) < at - AT < timedelta(hours=90)


def test_in_order_a_call_waits_ten_minutes_at_the_most_and_for_three_days() -> None:
    at, tries = AT, 1
    while (following := next_in_order(tries, at)) is not None:
        assert following - at <= timedelta(minutes=10)
        at, tries = following, tries + 1
    assert timedelta(days=2, hours=23) < at - AT < timedelta(days=3, hours=1)


def test_a_wait_that_was_asked_for_is_granted() -> None:
    assert next_try(1, AT, 0.5, wait_s=3_600) == AT + timedelta(hours=1)
    assert next_in_order(1, AT, wait_s=3_600) == AT + timedelta(hours=1)
    assert rest(1, AT, wait_s=86_400) == AT + timedelta(hours=1)


def test_a_server_rests_after_the_third_failure_in_a_row_and_ten_minutes_at_the_most() -> None:
    assert [rest(failures, AT) for failures in (1, 2)] == [None, None]
    rests = [rest(failures, AT) for failures in range(3, 30)]
    assert rests[0] == AT + timedelta(seconds=5)
    assert rests[-1] == AT + timedelta(minutes=10)
    assert rests == sorted(one for one in rests if one is not None)


def test_a_sealed_text_opens_with_the_same_service_secret_only() -> None:
    seal = Seal("a secret that only this test knows, 32+")
    closed = seal.close("ghp_123")
    assert "ghp_123" not in closed
    assert seal.close("ghp_123") != closed
    assert Seal("a secret that only this test knows, 32+").open(closed) == "ghp_123"
    with pytest.raises(SealBroken):
        Seal("another secret, of which nobody knows").open(closed)
    with pytest.raises(SealBroken):
        seal.open(closed[:-4] + "AAAA")
