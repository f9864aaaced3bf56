"""Turns: those who would get in each other's way go one by one, everybody else at once. Within one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A lock for each key, for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[bool]:
        """Hold the key's turn; gives whether somebody else had it before, who may have done what was to be done."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        waits = lock.locked()
        self._users[key] = self._users.get(key, 0) + 1
        try:
            async with lock:
                yield waits
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._locks[key]
