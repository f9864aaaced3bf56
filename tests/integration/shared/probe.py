"""A bus with one queue, handlers that fail as told, and a look at what is where."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.events import AnyEnvelope, Envelope, MailSent, PersonProfile, PersonRegistered
from balcao.shared.ids import new_id
from balcao.shared.topology import Queue

HEAR = "probe.hear"
HEARS = (Queue(HEAR, (PersonRegistered,)),)
TIERS = (0.1, 0.1)
ALL_TRIES = len(TIERS) + 1


class ProbeBus(Bus):
    """A bus whose only queue hears of people; short retries."""

    def __init__(self, url: str, prefix: str, *, queues: tuple[Queue, ...] = HEARS) -> None:
        super().__init__(url, service="probe", prefix=prefix, retry_after_s=TIERS, queues=queues)
        self.mute = False

    async def publish(self, event: AnyEnvelope, body: bytes | None = None) -> None:
        """Fail while mute, as when the broker has just gone."""
        if self.mute:
            raise ConnectionError("the broker is away")
        await super().publish(event, body)


class Probe:
    """What is in the queues."""

    def __init__(self, bus: ProbeBus) -> None:
        self.bus = bus

    async def waiting(self, queue: str = HEAR) -> int:
        """How many messages are ready in a queue."""
        async with await self.bus.channel() as channel:
            found = await channel.declare_queue(self.bus.name(queue), passive=True)
            return found.declaration_result.message_count or 0

    async def dead(self) -> list[AbstractIncomingMessage]:
        """The dead letters; they stay there."""
        async with await self.bus.channel() as channel:
            queue = await channel.get_queue(self.bus.name(f"{HEAR}.dlq"))
            found = []
            while (message := await queue.get(no_ack=False, fail=False)) is not None:
                found.append(message)
            return found

    async def put(self, body: bytes, *, type_: str | None, queue: str = HEAR, **options: Any) -> None:
        """Put any bytes into a queue, as a stranger to our code might."""
        async with await self.bus.channel() as channel:
            message = aio_pika.Message(body, type=type_, **options)
            await channel.default_exchange.publish(message, self.bus.name(queue))

    async def taken(self, count: int, queue: str = HEAR) -> list[AbstractIncomingMessage]:
        """Take this many messages out of a queue."""
        async with await self.bus.channel() as channel:
            source = await channel.get_queue(self.bus.name(queue))
            found = []
            for _ in range(count):
                message = await source.get(no_ack=True, fail=False)
                if message is None:
                    break
                found.append(message)
            return found


async def clean_up(bus: Bus) -> None:
    """Delete what a test declared."""
    channel = await bus.channel()
    tiers = [f"balcao.retry.{attempt}" for attempt in range(1, len(TIERS) + 1)]
    for name in (*(name for one in bus.queues for name in (one.name, one.dead_letters)), *tiers):
        await channel.queue_delete(bus.name(name))
    for name in ("balcao.events", *tiers):
        await channel.exchange_delete(bus.name(name))
    await bus.disconnect()


def registered(name: str = "Dora", **values: Any) -> AnyEnvelope:
    """A fact that the queue hears."""
    return _said(PersonRegistered(person=PersonProfile(id=name, name=name, addresses=(), roles=())), **values)


def sent() -> AnyEnvelope:
    """A fact that nobody keeps a queue for."""
    return _said(MailSent(fact_id="1", recipient={"name": "Dora"}, internet_message_id="<1@x.test>", sent_at=now()))


def _said(fact: PersonRegistered | MailSent, **values: Any) -> AnyEnvelope:
    id_ = new_id()
    fields: dict[str, Any] = {
        "id": id_,
        "source": "probe",
        "type": fact.type,
        "subject": "probe",
        "time": now(),
        "correlationid": id_,
        "causationid": id_,
        "companyid": "agencia",
        "data": fact,
    }
    return Envelope[Any](**fields | values)


async def eventually(check: Callable[[], Awaitable[bool] | bool], within_s: float = 20.0) -> None:
    """Return as soon as the check holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        outcome = check()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
