"""Stands between the exchange and the services' queues: facts come twice, late, and in another order than was said.

No code of the product knows of it: it takes the bindings off the queues and hands each fact on itself.
"""

import asyncio
import random
from collections import Counter

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractRobustConnection

from balcao.shared.topology import EXCHANGE, QUEUES, RETRY_AFTER_S, Queue

_SOON_S = 0.02
_LATE_S = 0.4
_HELD = 0.1
_AGAIN = (0.65, 0.25, 0.1)
"""How often a fact comes once, twice, three times."""


class Scrambler:
    """Hands on what was said, scrambled by a seed."""

    def __init__(self, services: tuple[str, ...], seed: int) -> None:
        self.queues: tuple[Queue, ...] = tuple(one for one in QUEUES if one.service in services)
        self.said: Counter[str] = Counter()
        """How often each fact was said, by its type."""
        self.handed_on = 0
        self._chance = random.Random(seed)
        self._held: list[tuple[str, aio_pika.Message]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._through = False
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractChannel | None = None

    async def start(self, url: str) -> None:
        """Take the services' place at the exchange."""
        self._connection = await aio_pika.connect_robust(url)
        self._channel = await self._connection.channel()
        await self._channel.set_qos(prefetch_count=1000)
        queue = await self._channel.declare_queue("model.scrambler", durable=True, exclusive=True)
        await queue.bind(EXCHANGE, "#")
        await queue.consume(self._take)
        await self.unbind()

    async def unbind(self) -> None:
        """Let nothing reach the services but through here; to be said again after each of their starts."""
        assert self._channel is not None
        for one in self.queues:
            queue = await self._channel.get_queue(one.name, ensure=False)
            for fact in one.hears:
                await queue.unbind(EXCHANGE, fact.type)

    async def stop(self) -> None:
        """Drop what is still held, and disconnect."""
        for task in self._under_way:
            task.cancel()
        if self._connection is not None:
            await self._connection.close()

    def let_through(self, through: bool) -> None:
        """Hand on what is held, in any order, and from now on everything soon; or begin to hold again."""
        self._through = through
        if through:
            self._chance.shuffle(self._held)
            for name, message in self._held:
                self._soon(name, message, self._chance.uniform(0, _SOON_S))
            self._held.clear()

    @property
    def is_empty(self) -> bool:
        """Whether all that was taken has been handed on."""
        return not self._held and not self._under_way

    async def waiting(self) -> int:
        """How many messages no service has taken yet, or come again later because a service could not take them."""
        assert self._channel is not None
        tiers = [f"balcao.retry.{tier}" for tier in range(1, len(RETRY_AFTER_S) + 1)]
        depths = [
            (await self._channel.declare_queue(name, passive=True)).declaration_result.message_count
            for name in (*(one.name for one in self.queues), *tiers)
        ]
        return sum(depth or 0 for depth in depths)

    async def dead_letters(self) -> list[tuple[str, str]]:
        """What no service could handle however often it came: the queue and the fact of each."""
        assert self._channel is not None
        found: list[tuple[str, str]] = []
        for one in self.queues:
            queue = await self._channel.get_queue(one.dead_letters, ensure=False)
            while (message := await queue.get(no_ack=True, fail=False)) is not None:
                found.append((one.name, message.body.decode()))
        return found

    async def _take(self, message: AbstractIncomingMessage) -> None:
        type_ = message.type or ""
        self.said[type_] += 1
        for one in self.queues:
            if type_ not in {fact.type for fact in one.hears}:
                continue
            for _ in range(self._chance.choices((1, 2, 3), _AGAIN)[0]):
                self._hand_on(one.name, _copy(message))
        await message.ack()

    def _hand_on(self, name: str, message: aio_pika.Message) -> None:
        if not self._through and self._chance.random() < _HELD:
            self._held.append((name, message))
        else:
            self._soon(name, message, self._chance.uniform(0, _SOON_S if self._through else _LATE_S))

    def _soon(self, name: str, message: aio_pika.Message, delay_s: float) -> None:
        task = asyncio.create_task(self._publish(name, message, delay_s))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _publish(self, name: str, message: aio_pika.Message, delay_s: float) -> None:
        assert self._channel is not None
        await asyncio.sleep(delay_s)
        await self._channel.default_exchange.publish(message, name)
        self.handed_on += 1


def _copy(message: AbstractIncomingMessage) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        headers=message.headers,
        content_type=message.content_type,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=message.type,
        delivery_mode=message.delivery_mode,
        timestamp=message.timestamp,
    )
