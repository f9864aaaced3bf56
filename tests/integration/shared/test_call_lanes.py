"""Lanes of calls to other servers, between the loop that holds one and the owner that sets it right."""

from datetime import timedelta

from balcao.shared.calls.store import Calls, Lane
from balcao.shared.clock import now
from balcao.shared.mongo import Mongo


async def test_a_lane_set_right_while_it_rests_is_looked_at_at_once(mongo: Mongo) -> None:
    calls = Calls(mongo.db)
    lane = await _taken(calls)
    await _fails(calls, lane)
    assert await _due(calls) == []
    await calls.refresh_lane("ops")
    (again,) = await _due(calls)
    assert (again.failures, again.failing_since) == (0, None)


async def test_a_lane_set_right_while_its_last_call_fails_forgets_that_too(mongo: Mongo) -> None:
    """Whoever releases it learned of the failure before the owner set it right."""
    calls = Calls(mongo.db)
    lane = await _taken(calls)
    await calls.refresh_lane("ops")
    await _fails(calls, lane)
    # No call waits in it: what comes next is made at once instead of after a rest.
    await calls._touch(["ops"])
    (again,) = await _due(calls)
    assert (again.failures, again.failing_since) == (0, None)


async def _taken(calls: Calls) -> Lane:
    await calls.open_lane("farol", "ops")
    await calls._touch(["ops"])
    (lane,) = await _due(calls)
    return lane


async def _due(calls: Calls) -> list[Lane]:
    return await calls.take("somebody", timedelta(minutes=1), 10)


async def _fails(calls: Calls, lane: Lane) -> None:
    rest = now() + timedelta(hours=1)
    await calls.release(lane, failures=9, failing_since=now(), rests_until=rest)
