"""Those who would get in each other's way go one by one; nobody else waits."""

import asyncio

import pytest

from balcao.shared.turns import Turns


async def test_the_same_key_goes_one_by_one_and_hears_that_it_waited() -> None:
    turns, inside, most, waited = Turns(), 0, 0, list[bool]()

    async def one() -> None:
        nonlocal inside, most
        async with turns.turn("ana") as did_wait:
            waited.append(did_wait)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(5)))
    assert most == 1
    assert waited == [False, True, True, True, True]


async def test_other_keys_wait_for_nobody() -> None:
    turns, other_is_inside = Turns(), asyncio.Event()

    async def other() -> None:
        async with turns.turn("bia") as waited:
            assert not waited
            other_is_inside.set()

    async with turns.turn("ana"):
        task = asyncio.create_task(other())
        await asyncio.wait_for(other_is_inside.wait(), 5)
    await task


async def test_whoever_fails_or_is_cancelled_gives_the_turn_on_and_nothing_is_kept() -> None:
    turns = Turns()
    with pytest.raises(KeyError):
        async with turns.turn("ana"):
            raise KeyError("broken")
    async with turns.turn("ana") as waited:
        assert not waited
        waiting = asyncio.create_task(_take(turns))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert vars(turns) == {"_locks": {}, "_users": {}}


async def _take(turns: Turns) -> None:
    async with turns.turn("ana"):
        pass
