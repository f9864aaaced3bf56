"""Fires timers when they are due, in every replica, each exactly once whatever is killed or repeated."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from balcao.shared import clock
from balcao.shared.errors import NotFound
from balcao.shared.timers import Timer, Timers

LOOK_EVERY_S = 1.0
MOST_AT_ONCE = 50
Fire = Callable[[Timer], Awaitable[None]]

_log = structlog.get_logger()


class Timekeeper:
    """Takes what is due and fires it. That firing twice changes nothing is for whoever fires to see to: the cause of
    a firing is derived from its moment, so the second time finds the first."""

    def __init__(self, timers: Timers, fire: Mapping[str, Fire], now: Callable[[], datetime] = clock.now) -> None:
        """`fire` says by its kind what a timer does; `now` is the time by which they are due."""
        self._timers = timers
        self._fire = fire
        self._now = now
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look for due timers from now on."""
        self._running = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """Stop looking. What is being fired is left to whoever finds its lease over."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def look(self) -> int:
        """Fire what is due now; returns how many timers were done with."""
        taken = await self._timers.take(self._now(), MOST_AT_ONCE)
        return sum([await self._one(timer) for timer in taken])

    async def _one(self, timer: Timer) -> bool:
        """Whether it is done with: one timer that can't be fired holds up no other."""
        try:
            await self._fire[timer.kind](timer)
        except NotFound:
            _log.warning("timer.of_nothing", kind=timer.kind, of=timer.of)
        except Exception as error:
            _log.warning("timer.failed", kind=timer.kind, of=timer.of, tries=timer.tries, reason=str(error)[:200])
            await self._timers.rest(timer, self._now())
            return False
        await self._timers.done(timer)
        _log.info("timer.fired", kind=timer.kind, of=timer.of)
        return True

    async def _forever(self) -> None:
        while True:
            try:
                more = await self.look() == MOST_AT_ONCE
            except Exception as error:  # whatever it was, without a timekeeper waits would never end
                more = False
                _log.warning("timer.look_failed", error=type(error).__name__, reason=str(error)[:200])
            if not more:
                await asyncio.sleep(LOOK_EVERY_S)
