"""What arrives together is written as one."""

import asyncio
from collections.abc import Sequence

import pytest

from balcao.shared.together import MOST_TOGETHER, Together


class Writer:
    """Writes when it is let, and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.fails = 0

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        return [item * 10 for item in items]


async def test_what_arrives_during_a_write_is_the_next_one() -> None:
    writer = Writer()
    together = Together(writer)
    tasks = [asyncio.create_task(together.add(n)) for n in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(together.add(n)) for n in range(3, 6)]
    await asyncio.sleep(0)
    writer.gate.set()
    assert await asyncio.gather(*tasks) == [0, 10, 20, 30, 40, 50]
    assert writer.batches == [[0, 1, 2], [3, 4, 5]]


async def test_a_batch_has_a_limit() -> None:
    writer = Writer()
    writer.gate.set()
    together = Together(writer)
    await asyncio.gather(*(together.add(n) for n in range(MOST_TOGETHER + 1)))
    assert [len(batch) for batch in writer.batches] == [MOST_TOGETHER, 1]


async def test_an_error_reaches_everybody_in_its_batch_and_nobody_else() -> None:
    writer = Writer()
    writer.gate.set()
    writer.fails = 1
    together = Together(writer)
    outcomes = await asyncio.gather(*(together.add(n) for n in range(2)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [ConnectionError, ConnectionError]
    assert await together.add(3) == 30


async def test_whoever_stops_waiting_takes_nobody_along() -> None:
    writer = Writer()
    together = Together(writer)
    gone, stays = asyncio.create_task(together.add(1)), asyncio.create_task(together.add(2))
    await asyncio.sleep(0)
    gone.cancel()
    writer.gate.set()
    assert await stays == 20
    with pytest.raises(asyncio.CancelledError):
        await gone
