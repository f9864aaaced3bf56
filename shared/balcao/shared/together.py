"""Does at once what arrives together: while one batch is under way the next one gathers. Idle, it costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_TOGETHER = 64
GATHER_S = 0.005
CROWD_LASTS_S = 0.05


class Together(Generic[Item, Answer]):
    """Gathers items for `work`, which answers a batch with one answer per item, in order.

    Whoever adds an item waits for the batch it is in; an error of `work` reaches everybody in that batch. Where items
    came together a moment ago they will again: then a short wait fills the next batch. What comes alone goes at once.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._last_crowd = -CROWD_LASTS_S

    async def add(self, item: Item) -> Answer:
        """Return the answer once the batch with this item is done."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work_off())
        return await answer

    async def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            if len(self._waiting) < MOST_TOGETHER and loop.time() - self._last_crowd < CROWD_LASTS_S:
                await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            if len(batch) > 1:
                self._last_crowd = loop.time()
            try:
                answers = await self._work([item for item, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.done():  # whoever asked has gone
                        future.set_exception(error)
            else:
                for (_, future), answer in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
