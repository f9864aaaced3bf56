"""Looking again and again whether there is something to do, for as long as the service runs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog

_log = structlog.get_logger()


class Lookout:
    """Calls something every so often. What goes wrong is logged, and looked at again the next time."""

    def __init__(self, name: str, look: Callable[[], Awaitable[Any]], every_s: float) -> None:
        """`name` is what the log calls it; the first look comes after `every_s` seconds."""
        self._name = name
        self._look = look
        self._every_s = every_s
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.create_task(self._for_ever())

    async def stop(self) -> None:
        """End, in the middle of a look too: what it left, the next start finds."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop

    async def _for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._look()
            except Exception as error:
                _log.warning(f"{self._name}.look_failed", error=type(error).__name__, reason=str(error)[:200])
