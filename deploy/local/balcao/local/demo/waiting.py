"""Waiting for something to come true, with a deadline, and saying what was seen instead when it didn't."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

T = TypeVar("T")

WITHIN_S = 15.0
_EVERY_S = 0.02


class NotYet(Exception):
    """What was looked for isn't there yet; the text says what was seen."""


class Unmet(Exception):
    """An expectation failed for good."""

    def __init__(self, expected: str, seen: str) -> None:
        """Both in words that go on from "expected …, but saw …"."""
        super().__init__(f"expected {expected}, but saw {seen}")
        self.expected = expected
        self.seen = seen


async def eventually(expected: str, look: Callable[[], Awaitable[T]], *, within_s: float = WITHIN_S) -> T:
    """What `look` returns, as soon as it no longer raises `NotYet` (or finds nobody at home).

    Raises `Unmet` with what was seen last when that takes longer than `within_s` seconds.
    """
    deadline = time.monotonic() + within_s
    while True:
        try:
            return await look()
        except NotYet as seen:
            last = str(seen)
        except httpx.TransportError as error:
            last = f"no answer ({type(error).__name__})"
        if time.monotonic() > deadline:
            raise Unmet(expected, f"{last} after {within_s:.0f} s")
        await asyncio.sleep(_EVERY_S)


async def steadily(expected: str, look: Callable[[], Awaitable[None]], *, for_s: float) -> None:
    """Return when `look` has found nothing wrong for `for_s` seconds; raise `Unmet` as soon as it raises `NotYet`."""
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        try:
            await look()
        except NotYet as seen:
            raise Unmet(expected, str(seen)) from None
        await asyncio.sleep(_EVERY_S * 2)


def expect(holds: bool, expected: str, seen: object) -> None:
    """Raise `Unmet` unless `holds`."""
    if not holds:
        raise Unmet(expected, str(seen))
