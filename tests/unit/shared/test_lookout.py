"""Somebody looks again and again, whatever went wrong the last time."""

import asyncio

from balcao.shared.lookout import Lookout


async def test_a_look_that_fails_is_followed_by_the_next_until_the_stop() -> None:
    looks, enough = 0, asyncio.Event()

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            enough.set()
        raise ConnectionError("the database is away")

    lookout = Lookout("probe", look, 0.001)
    await lookout.start()
    await asyncio.wait_for(enough.wait(), 30)
    await lookout.stop()
    seen = looks
    await asyncio.sleep(0.02)
    assert looks == seen


async def test_a_stop_does_not_wait_for_a_look_and_needs_no_start() -> None:
    begun = asyncio.Event()

    async def look() -> None:
        begun.set()
        await asyncio.sleep(3600)

    lookout = Lookout("probe", look, 0)
    await lookout.stop()
    await lookout.start()
    await asyncio.wait_for(begun.wait(), 30)
    await asyncio.wait_for(lookout.stop(), 30)
