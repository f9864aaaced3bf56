"""A running `tickets` on the real broker and database, and what stands around it: callers, senders, listeners."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import aio_pika
import httpx
from pydantic import SecretStr

from balcao.shared.bus import Bus
from balcao.shared.events import AnyEnvelope, Envelope, Fact, TaskSnapshot, read
from balcao.shared.ids import new_id
from balcao.shared.service import Service
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting, sign_acting
from balcao.shared.topology import QUEUES, SAYS, Queue
from balcao.tickets.app import build
from balcao.tickets.desk import Desk as TheDesk
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.people import Person
from balcao.tickets.following import Following
from balcao.tickets.settings import Settings
from tests.unit.tickets.builders import ANA, BIA, CAIO, COMPANY, DAVI, TEAM, a_message, an_answer

SECRET = "a secret that only this test knows, 32+"  # pragma: allowlist secret
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OTHER_COMPANY = "outra"

HEARD = Queue("outside.hear", SAYS["tickets"])
OWN = tuple(one for one in QUEUES if one.service == "tickets")
H = TypeVar("H", bound=Callable[..., Awaitable[None]])


def acting(person: Person, **values: Any) -> Acting:
    """Somebody as the gateway vouches for them."""
    fields: dict[str, Any] = {
        "company_id": person.company_id,
        "person_id": person.id,
        "name": person.name,
        "address": person.addresses[0],
        "roles": person.roles,
    }
    return Acting(**fields | values)


AS_ANA, AS_BIA, AS_CAIO, AS_DAVI = acting(ANA), acting(BIA), acting(CAIO), acting(DAVI)
THERE = ANA.model_copy(
    update={"id": "eve", "company_id": OTHER_COMPANY, "name": "Eve", "addresses": ("eve@outra.test",)}
)
EVE = acting(
    ANA, company_id=OTHER_COMPANY, person_id="eve", name="Eve", address="eve@outra.test", roles=("admin", "agent")
)
"""An agent and administrator of another company."""


def settings_for(mongo_url: str, amqp_url: str, database_prefix: str) -> Settings:
    """Settings of one test's service; nothing listens on its port."""
    return Settings(
        mongo_url=mongo_url,
        amqp_url=amqp_url,
        database_prefix=database_prefix,
        http_port=18998,
        service_secret=SecretStr(SECRET),
    )


class WatchedBus(Bus):
    """A bus that counts what was handled, and can't say anything while mute, as when the broker has just gone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mute = False
        self.handled: Counter[str] = Counter()

    def on(self, name: str) -> Callable[[H], H]:
        """Subscribe, counting each time the handler comes to its end."""
        subscribe = super().on(name)

        def counting(handler: H) -> H:
            async def counted(event: AnyEnvelope) -> None:
                await handler(event)
                self.handled[name] += 1

            subscribe(counted)
            return handler

        return counting

    async def publish(self, event: AnyEnvelope, body: bytes | None = None) -> None:
        """Fail while mute."""
        if self.mute:
            raise ConnectionError("the broker is away")
        await super().publish(event, body)


def a_bus(amqp_url: str, prefix: str, service: str = "tickets") -> WatchedBus:
    """A bus of this test's own, with short retries."""
    return WatchedBus(amqp_url, service=service, prefix=prefix, retry_after_s=(0.2, 0.2, 0.2), queues=(*OWN, HEARD))


class Desk:
    """A running service, called over HTTP without a socket."""

    def __init__(self, service: Service, bus: WatchedBus) -> None:
        self.service = service
        self.bus = bus
        self.desk: TheDesk = service.http.state.desk
        self.following: Following = service.http.state.following
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.http), base_url="http://tickets", timeout=30
        )

    async def set_up_company(self) -> None:
        """Two companies: ours with its team, and one with Eve only."""
        cause = Cause(new_id(), new_id(), AT)
        directory = self.desk.directory
        await directory.configure(TEAM.company, list(TEAM.rows), list(TEAM.workspaces.values()), cause)
        other = Company(id=OTHER_COMPANY, slug="outra", name="Outra", addresses=("oi@outra.test",))
        await directory.configure(other, [], [], cause)
        for person in (ANA, BIA, CAIO, DAVI, THERE):
            await directory.register(person.model_copy(update={"version": 0}), cause)

    async def get(self, path: str, who: Acting = AS_ANA, **query: Any) -> httpx.Response:
        """Ask on somebody's behalf."""
        return await self._client.get(f"/v1{path}", params=query, headers=signed(who))

    async def post(self, path: str, body: Any = None, who: Acting = AS_ANA, **headers: str) -> httpx.Response:
        """Command on somebody's behalf; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.post(f"/v1{path}", json=body, headers=signed(who) | named)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request, as it is."""
        return await self._client.request(method, path, **options)

    async def ticket(self, number: int = 1, who: Acting = AS_ANA) -> dict[str, Any]:
        """A ticket that must be there."""
        answer = await self.get(f"/tickets/{number}", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tickets(self, who: Acting = AS_ANA, status: str = "any") -> list[dict[str, Any]]:
        """All of a company's tickets, up to 100."""
        items: list[dict[str, Any]] = (await self.get("/tickets", who, status=status, limit=100)).json()["items"]
        return items

    async def opened(self, **values: Any) -> dict[str, Any]:
        """A ticket that came by mail, handled directly."""
        await self.desk.take_message(said_by_intake(a_message(**values)))
        return await self.ticket(max(one["number"] for one in await self.tickets()))

    async def count(self, collection: str, **query: Any) -> int:
        """How many documents there are."""
        return await self.service.mongo.db[collection].count_documents(query)


@asynccontextmanager
async def running(settings: Settings, bus: WatchedBus) -> AsyncIterator[Desk]:
    """The service from start to stop."""
    service = build(settings, bus)
    async with service.http.router.lifespan_context(service.http):
        desk = Desk(service, bus)
        await eventually(lambda: is_ready(desk))
        yield desk


async def is_ready(desk: Desk) -> bool:
    """Whether the service has everything it needs."""
    return (await desk.call("GET", "/health/ready")).status_code == 200


class World:
    """What is outside: intake and workflow, and whoever hears what tickets says."""

    def __init__(self, bus: Bus, heard: list[AnyEnvelope]) -> None:
        self.bus = bus
        self.heard = heard

    def said(self, *types: str) -> list[AnyEnvelope]:
        """Facts of these types that were heard so far, each as often as it came."""
        return [event for event in self.heard if event.type in types]

    def finishes(self) -> list[AnyEnvelope]:
        """The notices that production has finished."""
        return [e for e in self.said("ticket.stage_entered.v1") if e.data.reason == "production_finished"]

    async def say(self, *events: AnyEnvelope) -> None:
        """Say facts at once."""
        await asyncio.gather(*(self.bus.publish(event) for event in events))


@asynccontextmanager
async def world(amqp_url: str, prefix: str) -> AsyncIterator[World]:
    """Everything that the tests need around the service; its queues are deleted at the end."""
    bus = a_bus(amqp_url, prefix, "outside")
    await bus.connect_only()
    channel = await bus.channel()
    heard: list[AnyEnvelope] = []

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        heard.append(read(message.body, message.type or ""))
        await message.ack()

    await (await channel.get_queue(bus.name(HEARD.name))).consume(hear)
    try:
        yield World(bus, heard)
    finally:
        tiers = [f"balcao.retry.{attempt}" for attempt in (1, 2, 3)]
        for name in (*(name for one in bus.queues for name in (one.name, one.dead_letters)), *tiers):
            await channel.queue_delete(bus.name(name))
        for name in ("balcao.events", *tiers):
            await channel.exchange_delete(bus.name(name))
        await bus.disconnect()


def said_by_intake(fact: Fact, company_id: str = COMPANY, at: datetime = AT) -> Envelope[Any]:
    """A fact of intake's in its envelope."""
    return _said("intake", fact, fact.model_dump()["message_id"], company_id, at)


def said_by_workflow(fact: Fact, company_id: str = COMPANY, at: datetime = AT) -> Envelope[Any]:
    """A fact of workflow's in its envelope."""
    return _said("workflow", fact, fact.model_dump()["task"]["id"], company_id, at)


def _said(source: str, fact: Fact, subject: str, company_id: str, at: datetime) -> Envelope[Any]:
    id_ = new_id()
    return Envelope[Any](
        id=id_,
        source=source,
        type=fact.type,
        subject=subject,
        time=at,
        correlationid=id_,
        causationid=id_,
        companyid=company_id,
        data=fact,
    )


def first_mail(sender: int = 1, mail: int = 1) -> Envelope[Any]:
    """A first mail of somebody that nobody knows yet."""
    message = a_message(
        message_id=f"message-{sender}-{mail}",
        sender={"name": f"Pessoa {sender}", "address": f"pessoa{sender}@cliente.test"},
        internet_message_id=f"<{sender}.{mail}@cliente.test>",
    )
    return said_by_intake(message)


def answer_to(ticket: dict[str, Any], **values: Any) -> Envelope[Any]:
    """A reply with the ticket's signed address."""
    return said_by_intake(an_answer(**{"evidence": {"token_ticket_id": ticket["id"]}} | values))


def task_of(ticket: dict[str, Any], task_id: str, version: int, **values: Any) -> TaskSnapshot:
    """A task of the ticket."""
    return TaskSnapshot(
        **{"id": task_id, "number": 1, "version": version, "title": "Arte", "ticket_ids": (ticket["id"],)} | values
    )


def signed(who: Acting) -> dict[str, str]:
    """The header that says who is acting."""
    return {"Authorization": f"Bearer {sign_acting(who, SECRET, 'tickets')}"}


async def eventually(check: Callable[[], Awaitable[bool] | bool], within_s: float = 20.0) -> None:
    """Return as soon as the check holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        outcome = check()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
