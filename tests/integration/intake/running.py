"""A running `intake` on the real broker and database, and what stands around it: senders, listeners, callers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import httpx
from pydantic import SecretStr

from balcao.intake.app import build
from balcao.intake.settings import Settings
from balcao.shared.bus import Bus
from balcao.shared.events import AnyEnvelope, CompanyConfigured, CompanyProfile, Envelope, read
from balcao.shared.ids import new_id
from balcao.shared.service import Service
from balcao.shared.tokens import Acting, sign_acting
from balcao.shared.topology import EXCHANGE, QUEUES
from tests.unit.intake.builders import AGENCY, AT, SECRET, STUDIO
from tests.unit.intake.talking import Client, a_free_port

CAIO = Acting(company_id="agencia", person_id="caio", name="Caio", address="caio@agencia.test", roles=("agent",))
DORA = Acting(company_id="agencia", person_id="dora", name="Dora", address="dora@cliente.test")
OUTSIDER = Acting(company_id="estudio", person_id="eva", name="Eva", address="eva@estudio.test", roles=("admin",))

_HEARD_HERE = {"tickets.take_message", "tickets.attach_machine_mail"}
_SOME_QUEUES = tuple(one for one in QUEUES if one.service == "intake" or one.name in _HEARD_HERE)


class FlakyBus(Bus):
    """A bus that can't say anything while mute, as when the broker has just gone."""

    mute = False

    async def publish(self, event: AnyEnvelope, body: bytes | None = None) -> None:
        """Fail while mute."""
        if self.mute:
            raise ConnectionError("the broker is away")
        await super().publish(event, body)


def a_bus(amqp_url: str, prefix: str, service: str = "intake") -> FlakyBus:
    """A bus of this test's own."""
    return FlakyBus(amqp_url, service=service, prefix=prefix, retry_after_s=(0.3, 0.3), queues=_SOME_QUEUES)


class Intake:
    """A running service: spoken to by SMTP, called over HTTP without a socket."""

    def __init__(self, service: Service, bus: FlakyBus, port: int) -> None:
        self.service = service
        self.bus = bus
        self.port = port
        self.mails = service.mongo.db["mails"]
        self.outbox = service.mongo.db["outbox"]
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.http), base_url="http://intake", timeout=20
        )

    async def send(self, raw: bytes, *recipients: str, sender: str = "dora@cliente.test") -> str:
        """Send a mail over a connection of its own; the final answer."""
        async with Client(self.port) as client:
            return await client.mail(raw, *recipients, sender=sender)

    async def get(self, path: str, acting: Acting = CAIO, **query: Any) -> httpx.Response:
        """Ask on somebody's behalf."""
        return await self._client.get(f"/v1{path}", params=query or None, headers=_signed(acting))

    async def post(self, path: str, body: Any, acting: Acting = DORA, key: str | None = None) -> httpx.Response:
        """Write on somebody's behalf."""
        headers = _signed(acting) | ({"Idempotency-Key": key} if key is not None else {})
        return await self._client.post(f"/v1{path}", json=body, headers=headers)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request, as it is."""
        return await self._client.request(method, path, **options)

    async def counts(self, acting: Acting = CAIO) -> dict[str, int]:
        """The ledger's counts that are not zero."""
        counts: dict[str, int] = (await self.get("/ledger", acting)).json()["counts"]
        return {outcome: count for outcome, count in counts.items() if count}


@asynccontextmanager
async def running(
    mongo_url: str, amqp_url: str, database_prefix: str, bus: FlakyBus, **values: Any
) -> AsyncIterator[Intake]:
    """The service from start to stop."""
    port = a_free_port()
    settings = Settings(
        mongo_url=mongo_url,
        amqp_url=amqp_url,
        database_prefix=database_prefix,
        http_port=18999,
        smtp_port=port,
        service_secret=SecretStr(SECRET),
        **values,
    )
    service = build(settings, bus)
    async with service.http.router.lifespan_context(service.http):
        intake = Intake(service, bus, port)
        await eventually(lambda: _is_ready(intake))
        yield intake


class World:
    """What is outside: `tickets`, which tells of companies, and whoever hears what is said."""

    def __init__(self, bus: Bus, heard: list[AnyEnvelope]) -> None:
        self.bus = bus
        self.heard = heard

    async def configure(self, company: CompanyProfile) -> None:
        """A company is set up or changed."""
        await self.bus.publish(
            Envelope[Any](
                id=new_id(),
                source="tickets",
                type=CompanyConfigured.type,
                subject=company.id,
                time=AT,
                correlationid=new_id(),
                causationid=new_id(),
                companyid=company.id,
                data=CompanyConfigured(company=company),
            )
        )

    async def hears(self, count: int = 1) -> list[AnyEnvelope]:
        """What was said, once so much was; fails when more comes than that."""
        await eventually(lambda: len(self.heard) >= count)
        await asyncio.sleep(0.3)  # whatever comes too much would come now
        assert len(self.heard) == count, [event.type for event in self.heard]
        return self.heard


@asynccontextmanager
async def world(amqp_url: str, prefix: str) -> AsyncIterator[World]:
    """Everything that the tests need around the service; its queues are deleted at the end."""
    bus = a_bus(amqp_url, prefix, "tickets")
    await bus.connect_only()
    channel = await bus.channel()
    heard: list[AnyEnvelope] = []

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        heard.append(read(message.body, message.type or ""))
        await message.ack()

    # Listen to everything that intake can say, whoever else hears it.
    ear = await channel.declare_queue(bus.name("ear"), durable=True)
    for type_ in ("message.#", "mail.#"):
        await ear.bind(bus.name(EXCHANGE), type_)
    await ear.consume(hear)
    try:
        yield World(bus, heard)
    finally:
        names = [name for one in bus.queues for name in (one.name, one.dead_letters)]
        tiers = [f"balcao.retry.{attempt}" for attempt in (1, 2)]
        for name in ("ear", *names, *tiers):
            await channel.queue_delete(bus.name(name))
        for name in (EXCHANGE, *tiers):
            await channel.exchange_delete(bus.name(name))
        await bus.disconnect()


async def open_for_companies(intake: Intake, around: World) -> None:
    """Return once mail for both companies is taken."""
    for company in (AGENCY, STUDIO):
        await around.configure(company)
    await eventually(lambda: _takes(intake, "suporte@agencia.test"))
    await eventually(lambda: _takes(intake, "ola@estudio.test"))


async def eventually(check: Callable[[], Awaitable[bool] | bool], within_s: float = 30.0) -> None:
    """Return as soon as the check holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        outcome = check()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def _takes(intake: Intake, address: str) -> bool:
    async with Client(intake.port) as client:
        await client.say("MAIL FROM:<>")
        return (await client.say(f"RCPT TO:<{address}>")).startswith("250")


async def _is_ready(intake: Intake) -> bool:
    return (await intake.call("GET", "/health/ready")).status_code == 200


def _signed(acting: Acting) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_acting(acting, SECRET, 'intake')}"}
