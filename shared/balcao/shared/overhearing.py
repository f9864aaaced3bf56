"""Overhears facts while they are said: for pages that show what happens now. Nothing is kept, nothing acknowledged.

Handlers that must not miss a fact have a queue in `topology`. Who overhears has a queue of its own in each process,
which the broker drops with the connection; what is said meanwhile is missed, and that it was missed is said.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from aiormq.exceptions import AMQPError

from balcao.shared.events import Fact

MOST_WAITING = 20_000
"""Facts that wait at the broker for a process that does not keep up; the oldest make room for the newest."""
_AGAIN_AFTER_S = 1.0

_log = structlog.get_logger()


class Overhearing:
    """One process's ear at the exchange. `heard` gets type and bytes of each fact, in the order they were said;
    `missed` is called whenever something may have been said unheard: at each (re)connection."""

    def __init__(
        self,
        url: str,
        exchange: str,
        facts: Iterable[type[Fact]],
        heard: Callable[[str, bytes], None],
        missed: Callable[[], None],
    ) -> None:
        self._url = url
        self._exchange = exchange
        self._types = tuple(fact.type for fact in facts)
        self._heard = heard
        self._missed = missed
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    def start(self) -> None:
        """Begin; connects in the background, again and again."""
        self._task = asyncio.create_task(self._listen_for_ever())

    async def stop(self) -> None:
        """End; the queue goes with the connection."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def wait_until_listening(self) -> None:
        """Return once everything said from now on is heard."""
        await self._listening.wait()

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (AMQPError, OSError, TimeoutError, RuntimeError) as error:
                _log.warning("overhearing.broken_off", reason=str(error)[:200])
            finally:
                self._listening.clear()
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _listen(self) -> None:
        """Listen until the connection ends. Not a robust one: that would come back without saying what it missed."""
        connection = await aio_pika.connect(self._url, timeout=5)
        async with connection:
            channel = await connection.channel(publisher_confirms=False)
            queue = await channel.declare_queue(
                "",
                exclusive=True,
                auto_delete=True,
                arguments={"x-max-length": MOST_WAITING, "x-overflow": "drop-head"},
            )
            for type_ in self._types:
                await queue.bind(self._exchange, type_)
            await queue.consume(self._take, no_ack=True)
            self._missed()
            self._listening.set()
            over = asyncio.Event()
            connection.close_callbacks.add(lambda *_: over.set())
            channel.close_callbacks.add(lambda *_: over.set())
            await over.wait()

    async def _take(self, message: AbstractIncomingMessage) -> None:
        try:
            self._heard(message.type or message.routing_key or "", message.body)
        except Exception as error:
            # One fact that can't be shown must not silence the others.
            _log.exception("overhearing.failed", type=message.type, exc_info=error)
