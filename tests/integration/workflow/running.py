"""A running `workflow` on the real broker and database, and what stands around it: callers, tickets, listeners."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aio_pika
import httpx
from pydantic import SecretStr

from balcao.shared.bus import Bus
from balcao.shared.events import (
    AnyEnvelope,
    Envelope,
    Fact,
    Party,
    PersonProfile,
    PersonRegistered,
    Status,
    TicketCancelled,
    TicketRef,
    TicketTaskRequested,
    read,
)
from balcao.shared.ids import new_id
from balcao.shared.service import Service
from balcao.shared.tokens import Acting, sign_acting
from balcao.shared.topology import EXCHANGE, QUEUES
from balcao.workflow.app import build
from balcao.workflow.settings import Settings

SECRET = "a secret that only this test knows, 32+"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COMPANY, OTHER_COMPANY = "agencia", "outra"
BIA = Acting(company_id=COMPANY, person_id="bia", name="Bia", address="bia@agencia.test", roles=("producer",))
CAIO = Acting(company_id=COMPANY, person_id="caio", name="Caio", address="caio@agencia.test", roles=("agent",))
ADMIN = Acting(company_id=COMPANY, person_id="rui", name="Rui", address="rui@agencia.test", roles=("admin", "agent"))
GUEST = Acting(company_id=COMPANY, person_id="dora", name="Dora", address="dora@cliente.test")
OUTSIDER = Acting(
    company_id=OTHER_COMPANY, person_id="eva", name="Eva", address="eva@outra.test", roles=("admin", "agent")
)

QUICK_RETRIES = (0.2, 0.2, 0.2)
PATIENT_RETRIES = (0.2, 1.0, 3.0, 9.0)
"""For a message that must not run out of tries, however slow the machine."""

_HEARD_HERE = ("tickets.follow_task", "tickets.follow_link", "tickets.apply_rule")
_SOME_QUEUES = tuple(one for one in QUEUES if one.service == "workflow" or one.name in (*_HEARD_HERE, "notifier.tell"))


def settings_for(mongo_url: str, amqp_url: str, database_prefix: str) -> Settings:
    """Settings of one test's service; nothing listens on its port."""
    return Settings(
        mongo_url=mongo_url,
        amqp_url=amqp_url,
        database_prefix=database_prefix,
        http_port=18999,
        service_secret=SecretStr(SECRET),
    )


class FlakyBus(Bus):
    """A bus that can't say anything at the moment of the commit, as when the broker has just gone."""

    mute = False

    async def publish(self, event: AnyEnvelope, body: bytes | None = None) -> None:
        """Fail while mute."""
        if self.mute:
            raise ConnectionError("the broker is away")
        await super().publish(event, body)


def a_bus(
    amqp_url: str, prefix: str, service: str = "workflow", *, retry_after_s: Sequence[float] = QUICK_RETRIES
) -> FlakyBus:
    """A bus of this test's own."""
    return FlakyBus(amqp_url, service=service, prefix=prefix, retry_after_s=retry_after_s, queues=_SOME_QUEUES)


class Workflow:
    """A running service, called over HTTP without a socket."""

    def __init__(self, service: Service, bus: FlakyBus) -> None:
        self.service = service
        self.bus = bus
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.http), base_url="http://workflow", timeout=20
        )

    async def get(self, path: str, acting: Acting = BIA, **query: Any) -> httpx.Response:
        """Ask on somebody's behalf."""
        return await self._client.get(f"/v1{path}", params=query, headers=_signed(acting))

    async def post(
        self,
        path: str,
        body: Any = None,
        acting: Acting = BIA,
        *,
        if_match: str | None = None,
        once: str | None = None,
    ) -> httpx.Response:
        """Command on somebody's behalf; `once` is its Idempotency-Key."""
        headers = _signed(acting) | ({"If-Match": if_match} if if_match is not None else {})
        headers |= {"Idempotency-Key": once} if once is not None else {}
        return await self._client.post(f"/v1{path}", json=body, headers=headers)

    async def change(self, method: str, path: str, body: Any = None, acting: Acting = BIA) -> httpx.Response:
        """Any request on somebody's behalf."""
        return await self._client.request(method, f"/v1{path}", json=body, headers=_signed(acting))

    async def send(
        self, method: str, path: str, body: Any = None, acting: Acting = BIA, *, once: str | None = None, **query: Any
    ) -> httpx.Response:
        """Command on somebody's behalf by any method; `once` is its Idempotency-Key."""
        headers = _signed(acting) | ({"Idempotency-Key": once} if once is not None else {})
        return await self._client.request(method, f"/v1{path}", json=body, params=query, headers=headers)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request, as it is."""
        return await self._client.request(method, path, **options)

    async def task(self, number: int, acting: Acting = BIA) -> dict[str, Any]:
        """A task that must be there."""
        answer = await self.get(f"/tasks/{number}", acting)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tasks(self, acting: Acting = BIA) -> list[dict[str, Any]]:
        """All of a company's tasks."""
        items: list[dict[str, Any]] = (await self.get("/tasks", acting, limit=200)).json()["items"]
        return items

    async def unsaid(self) -> int:
        """How many commits wait in the outbox."""
        return await self.service.mongo.db["outbox"].count_documents({})


@asynccontextmanager
async def running(settings: Settings, bus: FlakyBus) -> AsyncIterator[Workflow]:
    """The service from start to stop."""
    service = build(settings, bus)
    async with service.http.router.lifespan_context(service.http):
        workflow = Workflow(service, bus)
        await eventually(lambda: is_ready(workflow))
        yield workflow


async def is_ready(workflow: Workflow) -> bool:
    """Whether the service has everything it needs."""
    return (await workflow.call("GET", "/health/ready")).status_code == 200


class World:
    """What is outside: tickets that ask, and whoever hears what is said."""

    def __init__(self, bus: Bus, heard: list[AnyEnvelope]) -> None:
        self.bus = bus
        self.heard = heard

    def said(self) -> list[str]:
        """Types of the facts heard so far."""
        return [event.type for event in self.heard]

    async def ask_for_task(self, workflow: Workflow, **values: Any) -> dict[str, Any]:
        """A ticket asks for a task; returns the task once it is there."""
        event = asks_for_task(**values)
        await self.bus.publish(event)
        await eventually(lambda: _has(workflow, event))
        return next(
            task for task in await workflow.tasks(_somebody(event.companyid)) if task["id"] == event.data.task_id
        )

    async def hires(self, workflow: Workflow, *people: Acting) -> None:
        """The directory says who is of the team; returns once that is known."""
        for one in people:
            profile = PersonProfile(
                id=one.person_id, name=one.name, addresses=(one.address or "",), roles=one.roles, locale="pt-BR"
            )
            await self.bus.publish(said_by_tickets(PersonRegistered(person=profile), one.company_id))
        known = workflow.service.mongo.db["people"]
        ids = [one.person_id for one in people]

        async def all_known() -> bool:
            return await known.count_documents({"_id": {"$in": ids}}) == len(ids)

        await eventually(all_known)

    async def dead_letters(self, queue: str) -> list[aio_pika.abc.AbstractIncomingMessage]:
        """What went to a queue's dead letters."""
        channel = await self.bus.channel()
        dead = await channel.get_queue(self.bus.name(f"{queue}.dlq"))
        found = []
        while (message := await dead.get(fail=False)) is not None:
            found.append(message)
        return found


@asynccontextmanager
async def world(amqp_url: str, prefix: str, *, retry_after_s: Sequence[float] = QUICK_RETRIES) -> AsyncIterator[World]:
    """Everything that the tests of one service need around it; its queues are deleted at the end."""
    bus = a_bus(amqp_url, prefix, "tickets", retry_after_s=retry_after_s)
    await bus.connect_only()
    channel = await bus.channel()
    heard: list[AnyEnvelope] = []

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        heard.append(read(message.body, message.type or ""))
        await message.ack()

    for name in _HEARD_HERE:
        await (await channel.get_queue(bus.name(name))).consume(hear)
    try:
        yield World(bus, heard)
    finally:
        tiers = [f"balcao.retry.{attempt}" for attempt, _ in enumerate(retry_after_s, start=1)]
        for name in (*tiers, *(name for one in bus.queues for name in (one.name, one.dead_letters))):
            await channel.queue_delete(bus.name(name))
        for name in (*tiers, EXCHANGE):
            await channel.exchange_delete(bus.name(name))
        await bus.disconnect()


def asks_for_task(ticket: int = 7, company_id: str = COMPANY, **values: Any) -> Envelope[Any]:
    """A ticket's request for a task."""
    fields = {"ticket": ticket_ref(ticket), "task_id": new_id(), "title": "Produzir o banner"} | values
    return said_by_tickets(TicketTaskRequested(**fields), company_id)


def cancels(ticket: int = 7, open_tasks: tuple[str, ...] = (), company_id: str = COMPANY) -> Envelope[Any]:
    """A ticket was cancelled."""
    return said_by_tickets(TicketCancelled(ticket=ticket_ref(ticket, version=4), open_tasks=open_tasks), company_id)


def said_by_tickets(fact: Fact, company_id: str) -> Envelope[Any]:
    """A fact in its envelope."""
    id_ = new_id()
    return Envelope[Any](
        id=id_,
        source="tickets",
        type=fact.type,
        subject="ticket",
        time=AT,
        correlationid=id_,
        causationid=id_,
        companyid=company_id,
        actor=CAIO.party(),
        data=fact,
    )


def ticket_ref(number: int, *, version: int = 3, status: Status = "open") -> TicketRef:
    """A ticket as facts carry it."""
    return TicketRef(
        id=f"ticket-{number}",
        number=number,
        version=version,
        title="Banner de Natal",
        status=status,
        stage="planning",
        requester=Party(name="Dora", address="dora@cliente.test"),
    )


async def eventually(check: Callable[[], Awaitable[bool] | bool], within_s: float = 15.0) -> None:
    """Return as soon as the check holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        outcome = check()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def _has(workflow: Workflow, event: AnyEnvelope) -> bool:
    return any(task["id"] == event.data.task_id for task in await workflow.tasks(_somebody(event.companyid)))


def _somebody(company_id: str) -> Acting:
    return BIA if company_id == COMPANY else OUTSIDER


def _signed(acting: Acting) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_acting(acting, SECRET, 'workflow')}"}
