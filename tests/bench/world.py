"""The running product as the bench sees it: stack, configured company, signed-in people, and the facts passing by."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import httpx
import psutil

from balcao.local.stack import Stack
from balcao.shared.topology import EXCHANGE
from tests.bench.smtp import Sink
from tests.support.desk_company import AGENT, PRODUCER, configure, sign_in


class World:
    """Everything a measurement needs."""

    def __init__(self, stack: Stack, sink: Sink) -> None:
        self.stack = stack
        self.sink = sink
        self.facts = Facts()
        self.agent = httpx.AsyncClient(base_url=stack.url("portal-api"), timeout=30)
        self.producer = httpx.AsyncClient(base_url=stack.url("portal-api"), timeout=30)

    @property
    def smtp_port(self) -> int:
        """Where intake takes mail."""
        return self.stack.ports["smtp"]

    def cpu_s(self) -> dict[str, float]:
        """Processor time so far, by process; the machine may be busy with other things, this does not mind."""
        return {name: sum(psutil.Process(self.stack.pid(name)).cpu_times()[:2]) for name in self.stack.names}

    async def set_up(self) -> None:
        """Configure the company, give passwords, sign in, and listen to the bus."""
        await configure(self.stack)
        await sign_in(self.agent, AGENT)
        await sign_in(self.producer, PRODUCER)
        await self.facts.listen(self.stack.url("broker"))

    async def close(self) -> None:
        """Sign nothing out, just disconnect."""
        await self.facts.close()
        await self.agent.aclose()
        await self.producer.aclose()


class Facts:
    """Notes when which fact passed on the bus."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, dict[str, Any]]] = []
        self._connection: aio_pika.abc.AbstractConnection | None = None

    async def listen(self, url: str) -> None:
        """Start noting ticket facts, in a queue of our own that ends with us."""
        self._connection = await aio_pika.connect(url)
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=500)
        queue = await channel.declare_queue(exclusive=True)
        for key in ("ticket.opened.v1", "ticket.stage_entered.v1"):
            await queue.bind(EXCHANGE, key)

        async def note(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            self.seen.append((time.perf_counter(), json.loads(message.body)))

        await queue.consume(note, no_ack=True)

    def clear(self) -> None:
        """Forget what was seen."""
        self.seen.clear()

    def of(self, type_: str) -> list[tuple[float, dict[str, Any]]]:
        """What was seen of one type."""
        return [(at, fact) for at, fact in self.seen if fact["type"] == type_]

    async def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            await self._connection.close()


async def until(condition: Callable[[], bool | Awaitable[bool]], within_s: float, what: str) -> None:
    """Wait for a condition. Raises `TimeoutError` naming what was waited for."""
    deadline = time.monotonic() + within_s
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s} s: {what}")
        await asyncio.sleep(0.03)  # looking costs processor time too


def percentile(values: list[float], part: float) -> float:
    """The value below which this part of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
