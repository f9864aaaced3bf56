"""Waits until nothing is under way any more: no event unsaid, no message unheard, no mail unsent."""

import asyncio
import time
from collections import Counter

from aiormq.exceptions import AMQPError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from balcao.local.stack import Stack
from tests.chaos.holdings import Document, outboxes, queued_mails, queues
from tests.chaos.outside import Outside

_QUIET_FOR_S = 4.0
"""Longer than one event needs from one service to the next."""


async def settle(stack: Stack, outside: Outside, within_s: float) -> tuple[float, Counter[str]]:
    """Return (seconds until all was quiet, nothing), or (`within_s`, what was still under way)."""
    began = time.monotonic()
    quiet_since: float | None = None
    left: Counter[str] = Counter()
    client: AsyncMongoClient[Document] = AsyncMongoClient(stack.url("database"), serverSelectionTimeoutMS=3000)
    try:
        while time.monotonic() - began < within_s:
            left = await _under_way(stack, client) + Counter({"mails not marked": len(outside.unmarked())})
            if left:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= _QUIET_FOR_S:
                return quiet_since - began, left
            await asyncio.sleep(0.5)
    finally:
        await client.close()
    return within_s, left or Counter({"something that came and went": 1})


async def _under_way(stack: Stack, client: AsyncMongoClient[Document]) -> Counter[str]:
    try:
        waiting = await queues(stack)
        unsaid = {f"outbox of {service}": count for service, count in (await outboxes(client)).items()}
        unsent = await queued_mails(client)
    except (AMQPError, PyMongoError, OSError, TimeoutError) as error:
        return Counter({f"a server that does not answer ({type(error).__name__})": 1})
    # Dead letters stay where they are: waiting for them would only hide what the checks will say.
    moving = {name: count for name, count in waiting.items() if not name.endswith(".dlq")}
    return +Counter({**moving, **unsaid, "mails queued": unsent})
