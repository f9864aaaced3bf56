"""Dead letters: messages that no try could handle, kept for an operator to look at, replay or discard.

Nothing is lost when an operation is interrupted: a message leaves its queue only once its copy is confirmed elsewhere
or its discarding was asked for; whatever else was fetched goes back when the channel closes.
"""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aiormq.exceptions import ChannelNotFoundEntity
from pydantic import BaseModel, ValidationError

from balcao.shared.topology import DELIVERY_LIMIT

SUFFIX = ".dlq"
MOST_FETCHED = 10_000
"""Of one queue at once: they are in memory until the channel closes."""


@dataclass(frozen=True)
class DeadLetter:
    """One message with why it is here."""

    id: str
    """Its message id; one derived from its bytes when it has none."""
    queue: str
    type: str
    error: str
    reason: str
    attempts: int
    failed_at: datetime | None
    correlation_id: str | None
    headers: dict[str, Any]
    body: bytes


@dataclass(frozen=True)
class Listing:
    """What one queue's dead letters are: all of them counted, the first ones read."""

    queue: str
    total: int
    letters: tuple[DeadLetter, ...]


class DeadLetters:
    """The dead letters of a broker. `queue` is the name of the queue that a message could not be handled from."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection

    async def listing(self, queue: str, *, limit: int = 50) -> Listing | None:
        """The queue's oldest dead letters; none when this broker has no such queue."""
        async with await self._connection.channel() as channel:
            dead = await _queue(channel, queue)
            if dead is None:
                return None
            letters = [read_letter(queue, message) async for message in _fetch(dead, limit)]
            return Listing(queue, dead.declaration_result.message_count or 0, tuple(letters))

    async def find(self, queue: str, id_: str) -> DeadLetter | None:
        """One dead letter of a queue."""
        async with await self._connection.channel() as channel:
            dead = await _queue(channel, queue)
            if dead is not None:
                async with aclosing(_fetch(dead)) as fetched:
                    async for message in fetched:
                        if _id(message) == id_:
                            return read_letter(queue, message)
        return None

    async def replay(self, queue: str, id_: str | None = None) -> AsyncIterator[DeadLetter]:
        """Give one message, or all that are there now, back to their queue as if they were new; yields each when done.

        The original goes once the copy is confirmed: interrupted in between, the message is there twice, which those
        who hear it must bear anyway. Raises `aiormq`'s errors when the broker refuses a copy.
        """
        async with await self._connection.channel(publisher_confirms=True, on_return_raises=True) as channel:
            dead = await _queue(channel, queue)
            if dead is not None:
                async for message in _fetch(dead):
                    if id_ is None or _id(message) == id_:
                        await channel.default_exchange.publish(_as_new(message), queue, mandatory=True)
                        await message.ack()
                        yield read_letter(queue, message)

    async def discard(self, queue: str, id_: str | None = None) -> AsyncIterator[DeadLetter]:
        """Drop one message, or all that are there now, for good; yields each."""
        async with await self._connection.channel() as channel:
            dead = await _queue(channel, queue)
            if dead is not None:
                async for message in _fetch(dead):
                    if id_ is None or _id(message) == id_:
                        await message.ack()
                        yield read_letter(queue, message)


def read_letter(queue: str, message: AbstractIncomingMessage) -> DeadLetter:
    """A message as an operator wants to see it."""
    headers: dict[str, Any] = dict(message.headers)
    deaths = headers.get("x-death") or [{}]
    by_broker = str(deaths[0].get("reason", "")) if isinstance(deaths[0], dict) else ""
    return DeadLetter(
        id=_id(message),
        queue=queue,
        type=message.type or message.routing_key or "",
        error=str(headers.get("x-error") or by_broker or "unknown"),
        reason=str(headers.get("x-reason") or _BROKERS_REASONS.get(by_broker, by_broker)),
        attempts=_attempts(headers, by_broker),
        failed_at=_failed_at(headers, deaths[0], message.body),
        correlation_id=message.correlation_id,
        headers=headers,
        body=message.body,
    )


_BROKERS_REASONS = {
    "delivery_limit": "its handler never answered: most likely each try ended the process",
    "maxlen": "its queue was full",
    "expired": "it expired",
}
_OF_FORMER_TRIES = (
    "x-attempt",
    "x-waits",
    "x-queue",
    "x-error",
    "x-reason",
    "x-failed-at",
    "x-delivery-count",
    "x-acquired-count",
)


def _as_new(message: AbstractIncomingMessage) -> aio_pika.Message:
    """A copy that remembers no former try."""
    headers = {
        name: value
        for name, value in message.headers.items()
        if name not in _OF_FORMER_TRIES and not name.startswith(("x-death", "x-first-death", "x-last-death"))
    }
    return aio_pika.Message(
        message.body,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=message.type,
        headers=headers,
    )


async def _queue(channel: AbstractChannel, queue: str) -> AbstractQueue | None:
    try:
        return await channel.declare_queue(queue + SUFFIX, passive=True)
    except ChannelNotFoundEntity:
        return None


async def _fetch(dead: AbstractQueue, limit: int = MOST_FETCHED) -> AsyncGenerator[AbstractIncomingMessage, None]:
    """The messages that are there now, oldest first; none that comes meanwhile, or a replay could go on for ever."""
    for _ in range(min(limit, dead.declaration_result.message_count or 0)):
        message = await dead.get(no_ack=False, fail=False)
        if message is None:
            return
        yield message


def _id(message: AbstractIncomingMessage) -> str:
    return message.message_id or f"body-{hashlib.sha256(message.body).hexdigest()[:16]}"


def _attempts(headers: dict[str, Any], by_broker: str) -> int:
    """Tries by our own count; `x-delivery-count` is no help, for here it counts the looks at the dead letter."""
    counted = headers.get("x-attempt", 0)
    unanswered = DELIVERY_LIMIT if by_broker == "delivery_limit" else 0
    return (counted if isinstance(counted, int) else 0) + unanswered


class _Timed(BaseModel):
    time: datetime


def _failed_at(headers: dict[str, Any], death: Any, body: bytes) -> datetime | None:
    """When it failed for the last time; else when the broker gave it up; else when it was said, if that can be read."""
    noted = headers.get("x-failed-at")
    if isinstance(noted, str):
        return datetime.fromisoformat(noted)
    given_up = death.get("time") if isinstance(death, dict) else None
    if isinstance(given_up, datetime):
        return given_up if given_up.tzinfo else given_up.replace(tzinfo=UTC)
    try:
        return _Timed.model_validate_json(body).time
    except ValidationError:
        return None
