"""A running gateway on the real broker and database, and people who come to its door."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from balcao.portal_api.app import build
from balcao.portal_api.passwords import Passwords
from balcao.portal_api.settings import GatewaySettings
from balcao.portal_api.store import Store
from balcao.shared.bus import Bus
from balcao.shared.events import CompanyProfile, Envelope, Fact, PersonProfile
from balcao.shared.ids import new_id
from balcao.shared.service import Service
from balcao.shared.topology import QUEUES
from tests.integration.portal_api.behind import Behind

SECRET = "a secret that only this test knows, 32+"
PASSWORD = "lanterna-acesa"
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BASE = "http://balcao.test"
QUEUES_HERE = tuple(one for one in QUEUES if one.service == "portal-api")

AGENCY = CompanyProfile(id="agencia", slug="agencia", name="Agência Farol", addresses=("oi@agencia.test",))
OTHER = CompanyProfile(id="outra", slug="outra", name="Outra Casa", addresses=("oi@outra.test",))


def person(
    id_: str, name: str, company: str = "agencia", *, roles: tuple[str, ...] = (), version: int = 1
) -> PersonProfile:
    """Somebody of the directory; the domain of the address follows from roles and company."""
    domain = f"{company}.test" if roles else "cliente.test"
    return PersonProfile(id=id_, name=name, addresses=(f"{id_}@{domain}",), roles=roles, version=version)


ANA = person("ana", "Ana Prado", roles=("agent",))
PAULO = person("paulo", "Paulo Reis", roles=("producer",))
GINA = person("gina", "Gina Lima")
HUGO = person("hugo", "Hugo Dias")
EVA = person("eva", "Eva Rocha", "outra", roles=("admin", "agent"))


class Somebody:
    """Somebody at the door, by cookie (a browser) or with a token (a program)."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a page or JSON."""
        return await self.http.get(path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Send JSON."""
        return await self.http.post(path, json=body if body is not None else {}, **options)

    async def submit(self, page: str, to: str, /, files: Any = None, **fields: Any) -> httpx.Response:
        """Fill in a form of a page as a browser would: with the hidden field of that page and our own origin."""
        shown = await self.http.get(page)
        found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert found is not None, shown.text[:300]
        headers = {"origin": BASE, "sec-fetch-site": "same-origin"}
        return await self.http.post(to, data={**fields, "csrf": found[1]}, files=files, headers=headers)


class Gateway:
    """A running gateway."""

    def __init__(self, service: Service, bus: Bus, behind: Behind) -> None:
        self.service = service
        self.bus = bus
        self.behind = behind
        self.password_hash = ""
        self._clients: list[httpx.AsyncClient] = []

    async def forget_everything(self) -> None:
        """As after the first start: nobody known, nobody signed in, nothing asked of the services."""
        for name in ("accounts", "companies", "sessions", "sign_in_tries"):
            await self.service.mongo.db[name].delete_many({})
        self.behind.reset()
        await self.close()

    def stranger(self, client: str = "203.0.113.9") -> Somebody:
        """Somebody who is not signed in, from this address."""
        transport = httpx.ASGITransport(self.service.http, client=(client, 4711))
        http = httpx.AsyncClient(transport=transport, base_url=BASE, timeout=20)
        self._clients.append(http)
        return Somebody(http)

    async def program(self, who: PersonProfile, company: str = "agencia") -> Somebody:
        """Somebody with a token."""
        somebody = self.stranger()
        answer = await self.sign_in(somebody, who, company)
        assert answer.status_code == 201, answer.text
        somebody.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return somebody

    async def browser(self, who: PersonProfile, company: str = "agencia") -> Somebody:
        """Somebody who signed in at the page."""
        somebody = self.stranger()
        page = f"/{company}/sign-in"
        answer = await somebody.submit(page, page, address=who.addresses[0], password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return somebody

    async def sign_in(
        self, somebody: Somebody, who: PersonProfile, company: str = "agencia", password: str = PASSWORD
    ) -> httpx.Response:
        """Try to get a token."""
        body = {"company": company, "address": who.addresses[0], "password": password}
        return await somebody.post("/api/v1/sessions", body)

    async def hears(self, fact: Fact, company_id: str = "agencia") -> None:
        """Something is said on the bus that the gateway listens to."""
        await self.bus.publish(said(fact, company_id))

    async def account(self, person_id: str) -> dict[str, Any] | None:
        """What the database has of an account."""
        return await self.service.mongo.db["accounts"].find_one({"_id": person_id})

    async def close(self) -> None:
        """Everybody goes home."""
        for client in self._clients:
            await client.aclose()
        self._clients.clear()


def said(fact: Fact, company_id: str) -> Envelope[Any]:
    """A fact in its envelope."""
    id_ = new_id()
    return Envelope[Any](
        id=id_,
        source="tickets",
        type=fact.type,
        subject="subject",
        time=AT,
        correlationid=id_,
        causationid=id_,
        companyid=company_id,
        data=fact,
    )


def settings_for(mongo_url: str, amqp_url: str, database_prefix: str, behind_url: str) -> GatewaySettings:
    """Settings of one test's gateway."""
    return GatewaySettings(
        mongo_url=mongo_url,
        amqp_url=amqp_url,
        database_prefix=database_prefix,
        http_port=18998,
        service_secret=SecretStr(SECRET),
        tickets_url=f"{behind_url}/tickets",
        workflow_url=f"{behind_url}/workflow",
        notifier_url=f"{behind_url}/notifier",
        intake_url=f"{behind_url}/intake",
    )


@asynccontextmanager
async def running(settings: GatewaySettings, bus_prefix: str, behind: Behind) -> AsyncIterator[Gateway]:
    """The gateway from start to stop, with its own names on the broker."""
    bus = Bus(settings.amqp_url, service="portal-api", prefix=bus_prefix, retry_after_s=(0.3,), queues=QUEUES_HERE)
    service = build(settings, bus)
    async with service.http.router.lifespan_context(service.http):
        gateway = Gateway(service, bus, behind)
        ready = gateway.stranger()
        await eventually(lambda: _is_ready(ready))
        gateway.password_hash = await Passwords().hash(PASSWORD)
        yield gateway
        await gateway.close()
        channel = await bus.channel()
        for one in QUEUES_HERE:
            await channel.queue_delete(bus.name(one.name))
            await channel.queue_delete(bus.name(one.dead_letters))
        await channel.queue_delete(bus.name("balcao.retry.1"))
        await channel.exchange_delete(bus.name("balcao.retry.1"))
        await channel.exchange_delete(bus.name("balcao.events"))


async def populate(gateway: Gateway) -> None:
    """Two companies and their people, all with the same password.

    Written as the handlers write it, without the way over the bus: that has tests of its own.
    """
    store = Store(gateway.service.mongo)
    await asyncio.gather(
        *(store.learn_company(one) for one in (AGENCY, OTHER)),
        *(store.learn_person("agencia", one) for one in (ANA, PAULO, GINA, HUGO)),
        store.learn_person("outra", EVA),
    )
    # One hash for all: what argon2 costs is not what these tests are about.
    hashed = {"$set": {"password_hash": gateway.password_hash}}
    await gateway.service.mongo.db["accounts"].update_many({}, hashed)


async def _is_ready(somebody: Somebody) -> bool:
    return (await somebody.get("/health/ready")).status_code == 200


async def eventually(check: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> None:
    """Return as soon as the check holds; fail when it doesn't in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not await check():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
