"""RabbitMQ: confirmed, mandatory, persistent publishing, and consumption with retries and dead letters."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel, AbstractRobustConnection, HeadersType
from aiormq.exceptions import AMQPConnectionError, AMQPError, ChannelInvalidStateError
from faststream import AckPolicy, BaseMiddleware
from faststream.message import StreamMessage
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from opentelemetry.trace import SpanKind
from structlog.contextvars import bound_contextvars

from balcao.shared import telemetry
from balcao.shared.clock import now
from balcao.shared.errors import Condition
from balcao.shared.events import AnyEnvelope, Fact, Malformed, read
from balcao.shared.mongo import DATABASE_AWAY
from balcao.shared.overhearing import Overhearing
from balcao.shared.topology import (
    DELIVERY_LIMIT,
    EXCHANGE,
    LAST_TIER_WHILE_AWAY,
    MOST_WAITS,
    QUEUES,
    RETRY_AFTER_S,
    UNHEARD,
    Queue,
)

H = TypeVar("H", bound=Callable[..., Awaitable[None]])

CONFIRMED_WITHIN_S = 15.0
"""For the broker to confirm one message."""
DEPTHS_EVERY_S = 10.0
BROKER_AWAY = (AMQPConnectionError, ChannelInvalidStateError, ConnectionError, TimeoutError)
"""What is raised when the broker goes while it is being talked to; it comes back."""

_log = structlog.get_logger()
_UNHEARD_TYPES = frozenset(fact.type for fact in UNHEARD)
_QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}
_LOOKED_AT = {**_QUORUM, "x-delivery-limit": 1_000_000_000}
"""For dead letters: RabbitMQ 4 drops a quorum queue's message after 20 deliveries, and each look at it is one."""
_NEVER_LOSE = {**_QUORUM, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


class Bus:
    """One process's place on the bus.

    `prefix` goes before every name, so that tests can share one broker. Handlers may be called more than once with
    the same event: they must be idempotent.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        prefetch: int = 64,
        prefix: str = "",
        retry_after_s: Sequence[float] = RETRY_AFTER_S,
        queues: Sequence[Queue] = QUEUES,
    ) -> None:
        self.service = service
        self._url = url
        self._prefix = prefix
        self._retry_after_s = tuple(retry_after_s)
        self._queues = tuple(queues)
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._exchanges: dict[str, aio_pika.abc.AbstractRobustExchange] = {}
        self._depth_watch: asyncio.Task[None] | None = None
        self.broker = RabbitBroker(
            url,
            default_channel=Channel(prefetch_count=prefetch),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=_decode,
            middlewares=[partial(_Guard, self)],
            fail_fast=False,
            reconnect_interval=1.0,
            graceful_timeout=15.0,
            apply_types=False,
            logger=None,
        )

    def on(self, name: str) -> Callable[[H], H]:
        """Subscribe `async def handler(event: Envelope[...]) -> None` to its queue of the topology table."""
        known = {one.name for one in self._queues}
        if name not in known:
            raise KeyError(f"{name} is not in the topology")
        subscriber = self.broker.subscriber(
            RabbitQueue(self._prefix + name, declare=False, durable=True), no_reply=True
        )

        def subscribe(handler: H) -> H:
            subscriber(handler)
            return handler

        return subscribe

    async def start(self) -> None:
        """Connect (waiting for the broker as long as it takes), declare the topology, start the handlers."""
        if not self._exchanges:
            await self.connect_only()
        for subscriber in self.broker.subscribers:
            # FastStream drops, without an answer, what arrives between the start of consuming and this flag:
            # after a restart with a full queue such messages would be stuck until the next restart.
            subscriber.running = True
        if self.broker.subscribers:
            await self.broker.start()
        self._depth_watch = asyncio.create_task(self._watch_depths())

    async def stop(self) -> None:
        """Finish the handlers in flight, hand the rest back to the queues, disconnect."""
        if self._depth_watch is not None:
            self._depth_watch.cancel()
        await self.broker.stop()

    async def disconnect(self) -> None:
        """Close the publishing connection; after `stop`, when nothing more is to be said."""
        if self._connection is not None:
            await self._connection.close()

    async def listen(self, name: str, facts: Iterable[type[Fact]]) -> None:
        """Have a queue hear these of its facts on demand; returns once the broker does so, for good.

        For facts that are worth a queue only while somebody wants them. Nothing ever stops it: a replica that knows of
        nobody could be behind one that has just promised. Raises `KeyError` for a fact that is not the queue's to hear.
        """
        wanted = list(facts)
        known = next(one for one in self._queues if one.name == name).on_demand
        for fact in wanted:
            if fact not in known:
                raise KeyError(f"{name} does not hear {fact.type}")
        assert self._channel is not None
        queue = await self._channel.get_queue(self.name(name), ensure=False)
        for fact in wanted:
            await queue.bind(self._exchanges[EXCHANGE], fact.type)

    def is_up(self) -> bool:
        """Whether the broker is connected now."""
        return self._connection is not None and self._connection.connected.is_set()

    async def publish(self, event: AnyEnvelope, body: bytes | None = None) -> None:
        """Say a fact; returns once the broker has it on disk.

        Raises an `aio_pika`/`aiormq` error when the broker is away, and for a fact that no queue hears but one should;
        `TimeoutError` when the broker does not confirm: the fact may then be said or not.
        """
        await self.publish_raw(
            body if body is not None else event.to_json(),
            type_=event.type,
            message_id=event.id,
            correlation_id=event.correlationid,
            traceparent=event.traceparent,
        )

    async def publish_raw(
        self, body: bytes, *, type_: str, message_id: str, correlation_id: str | None, traceparent: str | None
    ) -> None:
        """`publish` for bytes that are an event already."""
        message = aio_pika.Message(
            body,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=message_id,
            correlation_id=correlation_id,
            type=type_,
            headers={"traceparent": traceparent} if traceparent else {},
        )
        await self._put(EXCHANGE, message, type_, mandatory=type_ not in _UNHEARD_TYPES)
        telemetry.EVENTS_PUBLISHED.labels(type_).inc()

    async def whisper(self, event: AnyEnvelope) -> None:
        """Say a fact to whoever overhears it at this moment: neither kept nor confirmed, gone when nobody listens.

        Never raises for a broker that is away: what it says can be read elsewhere, it only shows sooner this way.
        """
        message = aio_pika.Message(event.to_json(), message_id=event.id, type=event.type)
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN_S):
                await self._exchange(EXCHANGE).publish(message, event.type, mandatory=False)
        except (*BROKER_AWAY, AMQPError) as error:
            _log.debug("bus.nobody_overheard", type=event.type, reason=str(error)[:200])

    def overhearing(
        self, facts: Iterable[type[Fact]], heard: Callable[[str, bytes], None], missed: Callable[[], None]
    ) -> Overhearing:
        """An ear of this process's own at the exchange, once the topology is declared."""
        return Overhearing(self._url, self.name(EXCHANGE), facts, heard, missed)

    async def try_later(self, message: AbstractIncomingMessage, queue_name: str, error: BaseException) -> None:
        """Put a failed message into the next retry tier, or into the dead letters when it is poison or out of tries.

        While the database is away a message waits without using up its tries: however long that lasts, nobody should
        have to bring thousands of them back by hand. Returns once the copy is confirmed; only then may the original be
        acknowledged.
        """
        attempt, waits = _count(message, "x-attempt"), _count(message, "x-waits")
        if isinstance(error, DATABASE_AWAY) and waits < MOST_WAITS:
            waits += 1
            tier, dead = min(waits, LAST_TIER_WHILE_AWAY, len(self._retry_after_s)), False
        else:
            attempt += 1
            tier, dead = attempt, isinstance(error, Malformed) or attempt > len(self._retry_after_s)
        headers: dict[str, Any] = {
            **message.headers,
            "x-attempt": attempt,
            "x-waits": waits,
            "x-queue": queue_name,
            "x-error": type(error).__name__,
            "x-reason": str(error)[:1000],
            "x-failed-at": now().isoformat(),
        }
        copy = _copy(message, headers)
        if dead:
            _log.error("bus.dead_letter", queue=queue_name, error=type(error).__name__, attempt=attempt)
            await self._put("", copy, f"{queue_name}.dlq")
        else:
            level = _log.info if isinstance(error, Condition) else _log.warning
            level("bus.retry", queue=queue_name, error=type(error).__name__, attempt=attempt, waits=waits)
            await self._put(self._tier(tier), copy, queue_name)

    async def channel(self) -> AbstractRobustChannel:
        """A fresh channel for an operator's tool (dead letters)."""
        if self._connection is None:
            await self._connect()
        assert self._connection is not None
        return await self._connection.channel(publisher_confirms=True, on_return_raises=True)

    async def connect_only(self) -> None:
        """Connect for publishing without starting any handler; the topology is declared."""
        await self._connect()
        await self._declare()

    def name(self, name: str) -> str:
        """A queue's or exchange's name on this broker."""
        return self._prefix + name

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The topology table in force."""
        return self._queues

    async def _put(self, exchange: str, message: aio_pika.Message, key: str, *, mandatory: bool = True) -> None:
        """Publish, confirmed in time or not at all: one queue that is broken would hold up its publishers for ever."""
        async with asyncio.timeout(CONFIRMED_WITHIN_S):
            await self._exchange(exchange).publish(message, key, mandatory=mandatory)

    def _exchange(self, name: str) -> aio_pika.abc.AbstractRobustExchange:
        exchange = self._exchanges.get(name)
        if exchange is None:
            raise ConnectionError("the bus is not connected yet")
        return exchange

    def _tier(self, attempt: int) -> str:
        return f"balcao.retry.{attempt}"

    async def _connect(self) -> None:
        if self._channel is not None:
            return
        waited = 0
        while self._connection is None:
            try:
                self._connection = await aio_pika.connect_robust(self._url, reconnect_interval=1.0, timeout=5)
            except (AMQPError, OSError, TimeoutError) as error:
                if waited % 10 == 0:
                    _log.warning("start.waiting_for_broker", reason=str(error)[:200])
                waited += 1
                await asyncio.sleep(0.3)
        self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)

    async def _declare(self) -> None:
        """Declare everything; the same call from any service, any number of times, gives the same bus."""
        channel = self._channel
        assert channel is not None
        events = await channel.declare_exchange(self.name(EXCHANGE), aio_pika.ExchangeType.TOPIC, durable=True)
        self._exchanges = {EXCHANGE: events, "": channel.default_exchange}  # type: ignore[dict-item]
        for attempt, delay in enumerate(self._retry_after_s, start=1):
            tier = self._tier(attempt)
            # A message keeps its queue's name as routing key while it waits, and the default exchange takes it home:
            # one waiting room per delay serves all queues.
            arguments = {**_NEVER_LOSE, "x-message-ttl": int(delay * 1000), "x-dead-letter-exchange": ""}
            waiting = await channel.declare_queue(self.name(tier), durable=True, arguments=arguments)
            self._exchanges[tier] = await channel.declare_exchange(
                self.name(tier), aio_pika.ExchangeType.FANOUT, durable=True
            )
            await waiting.bind(self._exchanges[tier])
        for one in self._queues:
            dead = self.name(one.dead_letters)
            await channel.declare_queue(dead, durable=True, arguments=_LOOKED_AT)
            arguments = {
                **_NEVER_LOSE,
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": dead,
            }
            work = await channel.declare_queue(self.name(one.name), durable=True, arguments=arguments)
            for fact in one.hears:
                await work.bind(events, fact.type)

    async def _watch_depths(self) -> None:
        """Keep the queue depth gauges of this service's queues current."""
        channel: AbstractRobustChannel | None = None
        while True:
            try:
                channel = channel or await self.channel()
                for one in self._queues:
                    if one.service == self.service:
                        for name in (one.name, one.dead_letters):
                            # Not robust: such a channel would answer from memory the second time.
                            found = await channel.declare_queue(self.name(name), passive=True, robust=False)
                            telemetry.QUEUE_DEPTH.labels(name).set(found.declaration_result.message_count or 0)
            except (AMQPError, OSError, RuntimeError) as error:
                channel = None
                _log.debug("bus.depth_unknown", reason=str(error)[:200])
            await asyncio.sleep(DEPTHS_EVERY_S)


class _Guard(BaseMiddleware[Any, Any]):
    """Around every handler: the trace, the metrics, and what happens to a message that failed."""

    def __init__(self, bus: Bus, msg: Any, /, *, context: Any) -> None:
        super().__init__(msg, context=context)
        self._bus = bus

    async def on_receive(self) -> None:
        self._queue: str = self.context.get("handler_").queue.name
        self._begun = time.perf_counter()
        parent = self.msg.headers.get("traceparent")
        self._span, self._token = telemetry.start_span(
            self._queue, SpanKind.CONSUMER, parent if isinstance(parent, str) else None
        )

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        with bound_contextvars(handler=self._queue, event_id=msg.message_id):
            return await call_next(msg)

    async def after_processed(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> bool | None:
        answered: bool | None = None
        if isinstance(exc_val, Exception):
            answered = await self._handle_failure(exc_val)
        outcome = "done" if exc_val is None else "failed"
        telemetry.HANDLER_SECONDS.labels(self._queue, outcome).observe(time.perf_counter() - self._begun)
        telemetry.end_span(self._span, self._token, exc_val)
        return answered

    async def _handle_failure(self, error: Exception) -> bool:
        """True: the message is safe elsewhere and may be acknowledged. False: it goes back to its queue."""
        if not isinstance(error, (Malformed, Condition, *DATABASE_AWAY)):
            _log.exception("bus.handler_failed", queue=self._queue, exc_info=error)
        try:
            await self._bus.try_later(self.msg, self._queue, error)
        except (AMQPError, OSError, RuntimeError) as trouble:
            _log.warning("bus.retry_not_confirmed", queue=self._queue, reason=str(trouble)[:200])
            return False
        return True


async def _decode(message: StreamMessage[Any]) -> AnyEnvelope:
    raw = message.raw_message
    return read(message.body, raw.type or raw.routing_key or "")


def _count(message: AbstractIncomingMessage, header: str) -> int:
    count = message.headers.get(header, 0)
    return count if isinstance(count, int) else 0


def _copy(message: AbstractIncomingMessage, headers: HeadersType) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=message.type or message.routing_key,
        headers=headers,
    )
