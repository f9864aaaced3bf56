"""A running `notifier` on the real broker and database, and the world around it: who speaks, who hears, who calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import httpx
from pydantic import SecretStr

from balcao.notifier.app import build
from balcao.notifier.settings import Settings
from balcao.shared.bus import Bus
from balcao.shared.events import AnyEnvelope, MailFailed, MailLoopBroken, MailReturned, MailSent, read
from balcao.shared.mongo import Document, Mongo
from balcao.shared.service import Service
from balcao.shared.tokens import Acting, sign_acting
from balcao.shared.topology import QUEUES, Queue
from tests.integration.notifier.sink import Sink
from tests.support.told_facts import ANALYST, COMPANY

SECRET = "a secret that only this test knows, 32+"  # pragma: allowlist secret
HEARS = Queue("tests.hear", (MailSent, MailFailed, MailReturned, MailLoopBroken))
SOME_QUEUES = (*(one for one in QUEUES if one.service == "notifier"), HEARS)
RETRY_AFTER_S = (0.3, 0.3, 0.3, 0.3, 0.3)
ANA = Acting(company_id=COMPANY.id, person_id="ana", name="Ana Souza", address=ANALYST.address or "", roles=("agent",))


def a_bus(amqp_url: str, prefix: str, service: str = "notifier") -> Bus:
    """A bus of this test's own, with a short retry."""
    return Bus(amqp_url, service=service, prefix=prefix, retry_after_s=RETRY_AFTER_S, queues=SOME_QUEUES)


class Notifier:
    """A running service, called over HTTP without a socket."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.http), base_url="http://notifier", timeout=20
        )

    async def get(self, path: str, acting: Acting = ANA, **query: Any) -> httpx.Response:
        """Ask on somebody's behalf."""
        return await self._client.get(f"/v1{path}", params=query, headers=_signed(acting))

    async def post(self, path: str, body: Any = None, acting: Acting = ANA) -> httpx.Response:
        """Command on somebody's behalf."""
        return await self._client.post(f"/v1{path}", json=body, headers=_signed(acting))

    async def patch(
        self, path: str, body: Any = None, acting: Acting = ANA, if_match: str | None = None
    ) -> httpx.Response:
        """Change something on somebody's behalf."""
        headers = {**_signed(acting), **({"if-match": if_match} if if_match else {})}
        return await self._client.patch(f"/v1{path}", json=body, headers=headers)

    async def put(
        self, path: str, body: Any = None, acting: Acting = ANA, if_match: str | None = None
    ) -> httpx.Response:
        """Set on somebody's behalf, on a version maybe."""
        headers = _signed(acting) | ({"If-Match": if_match} if if_match is not None else {})
        return await self._client.put(f"/v1{path}", json=body, headers=headers)

    async def delete(self, path: str, acting: Acting = ANA) -> httpx.Response:
        """Take away on somebody's behalf."""
        return await self._client.delete(f"/v1{path}", headers=_signed(acting))

    async def http(
        self, method: str, path: str, body: Any = None, acting: Acting = ANA, *, once: str | None = None
    ) -> httpx.Response:
        """Any request on somebody's behalf; `once` is its Idempotency-Key."""
        headers = _signed(acting) | ({"Idempotency-Key": once} if once is not None else {})
        return await self._client.request(method, f"/v1{path}", json=body, headers=headers)

    async def is_ready(self) -> bool:
        """Whether the service has everything it needs."""
        return (await self._client.get("/health/ready")).status_code == 200


class World:
    """Everything around one test's notifiers."""

    def __init__(self, bus: Bus, mongo: Mongo, sink: Sink, settings: Settings, heard: list[AnyEnvelope]) -> None:
        self.bus = bus
        self.mongo = mongo
        self.sink = sink
        self.heard = heard
        self.settings = settings

    async def say(self, *events: AnyEnvelope) -> None:
        """Publish these facts, one after the other."""
        for event in events:
            await self.bus.publish(event)

    async def deliveries(self, **query: Any) -> list[Document]:
        """What the database knows, mails first, by address."""
        found: list[Document] = await self.mongo.db["deliveries"].find(query).to_list(None)
        return sorted(found, key=lambda one: (one["channel"] == "in_app", one["to"].get("address", "")))

    async def states(self) -> list[tuple[str, str]]:
        """Kind and state of every mail, sorted."""
        return sorted((one["kind"], one["state"]) for one in await self.deliveries(channel="mail"))

    async def waiting(self, queue: str) -> int:
        """Messages ready in a queue, the unacknowledged ones not counted."""
        channel = await self.bus.channel()
        found = await channel.declare_queue(self.bus.name(queue), passive=True)
        await channel.close()
        return found.declaration_result.message_count or 0

    @asynccontextmanager
    async def notifier(self, **settings: Any) -> AsyncIterator[Notifier]:
        """A replica, from start to stop."""
        bus = a_bus(self.settings.amqp_url, self.bus.name(""))
        service = build(self.settings.model_copy(update=settings), bus)
        async with service.http.router.lifespan_context(service.http):
            notifier = Notifier(service)
            await eventually(notifier.is_ready)
            yield notifier


@asynccontextmanager
async def world(mongo_url: str, amqp_url: str, database_prefix: str, prefix: str) -> AsyncIterator[World]:
    """A sink, somebody who hears what the notifier says, and a database; the queues are deleted at the end."""
    sink = Sink()
    await sink.start()
    settings = Settings(
        mongo_url=mongo_url,
        amqp_url=amqp_url,
        database_prefix=database_prefix,
        http_port=18998,
        service_secret=SecretStr(SECRET),
        relay_host="127.0.0.1",
        relay_port=sink.port,
        relay_tls="off",
        gather_s=0,
    )
    mongo = Mongo(mongo_url, database_prefix + "notifier")
    bus = a_bus(amqp_url, prefix, "tests")
    await bus.connect_only()
    channel = await bus.channel()
    heard: list[AnyEnvelope] = []

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        heard.append(read(message.body, message.type or ""))
        await message.ack()

    queue = await channel.get_queue(bus.name(HEARS.name))
    await queue.consume(hear)
    try:
        yield World(bus, mongo, sink, settings, heard)
    finally:
        tiers = [f"balcao.retry.{attempt}" for attempt in range(1, len(RETRY_AFTER_S) + 1)]
        for name in (*(name for one in bus.queues for name in (one.name, one.dead_letters)), *tiers):
            await channel.queue_delete(bus.name(name))
        for name in ("balcao.events", *tiers):
            await channel.exchange_delete(bus.name(name))
        await bus.disconnect()
        mongo.close()
        sink.may_answer.set()
        await sink.stop()


async def eventually(check: Callable[[], Awaitable[bool] | bool], within_s: float = 20.0) -> None:
    """Return as soon as the check holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        outcome = check()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


def _signed(acting: Acting) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_acting(acting, SECRET, 'notifier')}"}
