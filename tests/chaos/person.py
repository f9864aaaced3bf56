"""Somebody at the gateway who gives each command until it is answered, as a browser with a patient owner would."""

import asyncio
import random
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.chaos.record import Record

Json = dict[str, Any]

_IMPATIENT_S = 0.04
_LOOK_EVERY_S = 0.25


class RefusedForGood(Exception):
    """The gateway said no, and would say so again."""


class Person:
    """A signed-in person. Repeats of a command carry the same Idempotency-Key, so they must act once."""

    def __init__(self, client: httpx.AsyncClient, record: Record, chance: random.Random) -> None:
        self._client = client
        self._record = record
        self._chance = chance

    async def command(self, path: str, body: Json | None = None) -> Json:
        """Give a command until it is answered. Raises `RefusedForGood` for a 4xx.

        One in eight is impatient at first: it waits for no answer, whatever becomes of the request, and repeats it.
        """
        key = str(uuid.UUID(int=self._chance.getrandbits(128)))
        impatient = self._chance.random() < 0.125
        return await self._until_answered(
            "POST", path, json=body or {}, headers={"Idempotency-Key": key}, impatient=impatient
        )

    async def read(self, path: str) -> Json:
        """The JSON at `path`, once the parts it needs are there. Raises `RefusedForGood` for a 4xx."""
        return await self._until_answered("GET", path)

    async def until(self, path: str, what: str, holds: Callable[[Json], bool], within_s: float) -> Json:
        """The JSON at `path` once it is so. Raises `TimeoutError` naming what was waited for."""
        found: Json = {}
        try:
            async with asyncio.timeout(within_s):
                while not holds(found := await self.read(path)):
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            seen = {name: found.get(name) for name in ("status", "stage", "state", "version")}
            raise TimeoutError(f"not within {within_s:.0f} s: {what}; {path} is {seen}") from None
        return found

    async def _until_answered(self, method: str, path: str, *, impatient: bool = False, **rest: Any) -> Json:
        wait_s = 0.1
        while True:
            try:
                answer = await self._client.request(method, path, timeout=_IMPATIENT_S if impatient else 30, **rest)
            except httpx.HTTPError as error:
                self._record.http[type(error).__name__] += 1
            else:
                self._record.http[str(answer.status_code)] += 1
                if answer.is_success:
                    found: Json = answer.json()
                    return found
                if not _may_work_later(answer):
                    raise RefusedForGood(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            impatient = False
            await asyncio.sleep(wait_s * self._chance.uniform(0.7, 1.3))
            wait_s = min(wait_s * 1.6, 1.5)


def _may_work_later(answer: httpx.Response) -> bool:
    return answer.status_code >= 500 or answer.status_code == 429 or answer.text.find(":problem:stale") >= 0
