"""Says some facts a second time, a little later, as an outbox does whose process was killed before it could delete."""

import asyncio
import random

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel, AbstractRobustConnection
from aiormq.exceptions import AMQPError

from balcao.shared.topology import EXCHANGE
from tests.chaos.record import Record

_QUEUE = "chaos.echo"
_MARK = "x-chaos-echo"
_GROWN_UP_AFTER_S = 1.5
"""RabbitMQ 3.10 notes a new quorum queue on disk within half a second; killed before, it never finds its leader."""


class Echo:
    """Hears everything on the bus. Kills alone repeat few facts, and not of each kind; this makes it certain."""

    def __init__(self, url: str, record: Record, *, part: float, seed: int) -> None:
        """`part` of all facts is said again, 0 to 1."""
        self._url = url
        self._record = record
        self._part = part
        self._chance = random.Random(seed)
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        """Kept, since its connection holds it weakly: it would be collected once the broker has died."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, in a queue that outlives the broker's death."""
        self._connection = await aio_pika.connect_robust(self._url, reconnect_interval=1.0)
        self._channel = channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=200)
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange, "#")

        async def hear(message: AbstractIncomingMessage) -> None:
            if _MARK not in message.headers and self._chance.random() < self._part:
                self._spawn(message, exchange)

        await queue.consume(hear, no_ack=True)
        await asyncio.sleep(_GROWN_UP_AFTER_S)

    async def stop(self) -> None:
        """Say what is still to be said, and leave nothing behind."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        assert self._connection is not None
        try:
            async with asyncio.timeout(10):
                channel = await self._connection.channel()
                await channel.queue_delete(_QUEUE)
        except (AMQPError, OSError, TimeoutError) as error:
            self._record.troubles.append(f"the echo's queue could not be removed: {error}")
        await self._connection.close()

    def _spawn(self, message: AbstractIncomingMessage, exchange: aio_pika.abc.AbstractExchange) -> None:
        task = asyncio.create_task(self._say_again(message, exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _say_again(self, message: AbstractIncomingMessage, exchange: aio_pika.abc.AbstractExchange) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 4.0))
        copy = aio_pika.Message(
            message.body,
            content_type=message.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
            type=message.type,
            headers={**message.headers, _MARK: 1},
        )
        try:
            async with asyncio.timeout(10):
                await exchange.publish(copy, message.routing_key or "", mandatory=False)
        except (AMQPError, OSError, RuntimeError, TimeoutError):
            return  # the broker was just killed: then this one is not repeated
        self._record.echoes[message.type or "?"] += 1
