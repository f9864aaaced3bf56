"""The live stream over real HTTP and a real broker: who hears what, who comes back, who is cut off."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn

from balcao.portal_api import live as live_module
from balcao.portal_api.api import live as live_api
from balcao.portal_api.app import build
from balcao.portal_api.live import OPEN
from balcao.shared.bus import Bus
from balcao.shared.events import Fact, NoticeGiven, Party, PersonRegistered, TicketNoted, TicketRef, TicketReplied
from balcao.shared.service import Service
from tests.integration.portal_api.behind import listen
from tests.integration.portal_api.running import (
    ANA,
    AT,
    BASE,
    EVA,
    GINA,
    HUGO,
    PAULO,
    Gateway,
    eventually,
    said,
)

pytestmark = [
    pytest.mark.real_broker,
    pytest.mark.real_database,
    pytest.mark.asyncio(loop_scope="module"),
]
WITHIN_S = 30.0


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[str]:
    """The application behind a real socket; its address."""
    listening = listen()
    config = uvicorn.Config(service.http, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await service.leave()
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def address(started: Gateway) -> AsyncIterator[str]:
    """Where the gateway answers."""
    async with served(started.service) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def tokens(gateway: Gateway) -> dict[str, str]:
    """A session's token for each person."""
    found = {}
    for who, company in ((ANA, "agencia"), (PAULO, "agencia"), (GINA, "agencia"), (HUGO, "agencia"), (EVA, "outra")):
        answer = await gateway.sign_in(gateway.stranger(), who, company)
        found[who.id] = answer.json()["token"]
    return found


class Page:
    """An open page: collects the events it gets."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.last_id = ""
        self.is_open = False
        self.status = 0

    def got(self, name: str) -> list[Any]:
        """The data of events of this name."""
        return [data for kind, data in self.events if kind == name]

    async def read(self, response: httpx.Response) -> None:
        self.status, self.is_open = response.status_code, response.status_code == 200
        name, data = "", ""
        with contextlib.suppress(httpx.HTTPError):
            async for line in response.aiter_lines():
                field, _, value = line.partition(": ")
                match field:
                    case "event":
                        name = value
                    case "id":
                        self.last_id = value
                    case "data":
                        data = value
                    case "":
                        if name:
                            self.events.append((name, json.loads(data)))
                        name, data = "", ""
        self.is_open = False


@asynccontextmanager
async def opened(
    client: httpx.AsyncClient, token: str, last_id: str | None = None, since: int | None = None
) -> AsyncIterator[Page]:
    """A page that listens; at the end it is closed."""
    headers = {"authorization": f"Bearer {token}", **({"last-event-id": last_id} if last_id else {})}
    page = Page()
    asked = {} if since is None else {"since": since}
    async with client.stream("GET", "/api/v1/live", headers=headers, params=asked) as response:
        reading = asyncio.create_task(page.read(response))
        try:
            await eventually(lambda: _holds(page.status != 0), WITHIN_S)
            yield page
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(30, read=None, pool=None), limits=limits) as one:
        yield one


async def _holds(value: bool) -> bool:
    return value


def ticket(number: int = 12, version: int = 3, requester: str = "gina") -> TicketRef:
    whose = Party(person_id=requester, address=f"{requester}@cliente.test")
    return TicketRef(
        id=f"t{number}",
        number=number,
        version=version,
        title="Banner",
        status="open",
        stage="analysis",
        requester=whose,
    )


def answered(number: int = 12, **values: Any) -> TicketReplied:
    return TicketReplied(ticket=ticket(number, **values), author=Party(person_id="ana"), text="Olá", recipients=())


def noted(number: int) -> TicketNoted:
    return TicketNoted(ticket=ticket(number), author=Party(person_id="ana"), text="Entre nós")


def notice_for(person_id: str, words: str = "Olá") -> NoticeGiven:
    return NoticeGiven(person_id=person_id, notice_id="n1", kind="ticket_opened", titles={"pt-BR": words}, at=AT)


async def say(gateway: Gateway, *facts: Fact, company: str = "agencia") -> None:
    for fact in facts:
        await gateway.bus.whisper(said(fact, company))


def numbers(page: Page) -> list[int]:
    return [one["number"] for one in page.got("ticket")]


async def test_each_hears_what_they_may_see_and_nothing_else(
    gateway: Gateway, address: str, tokens: dict[str, str]
) -> None:
    """P5, W7: the team all, a requester the public facts of their own tickets, others nothing."""
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(browser(address))
        pages = {who: await stack.enter_async_context(opened(client, token)) for who, token in tokens.items()}
        await say(gateway, noted(1), answered(2), answered(3, requester="hugo"), notice_for("paulo"))
        await say(gateway, answered(4, requester="eva"), company="outra")
        await say(gateway, answered(99), answered(99, requester="hugo"))  # the last there is to hear
        await say(gateway, answered(99), company="outra")
        await eventually(lambda: _holds(all(99 in numbers(page) for page in pages.values())), WITHIN_S)
        await eventually(lambda: _holds(numbers(pages["ana"]).count(99) == 2), WITHIN_S)
        assert numbers(pages["ana"]) == numbers(pages["paulo"]) == [1, 2, 3, 99, 99]
        assert numbers(pages["gina"]) == [2, 99]
        assert numbers(pages["hugo"]) == [3, 99]
        assert numbers(pages["eva"]) == [4, 99]
        assert {who for who, page in pages.items() if page.got("notice")} == {"paulo"}
        assert "Entre nós" not in json.dumps([page.events for page in pages.values()])


async def test_who_is_not_signed_in_hears_nothing(gateway: Gateway, address: str) -> None:
    async with browser(address) as client:
        assert (await client.get("/api/v1/live")).status_code == 401
        answer = await client.get("/api/v1/live", headers={"authorization": "Bearer nonsense"})
        assert answer.status_code == 401


async def test_the_answer_is_an_event_stream_that_no_proxy_keeps(
    gateway: Gateway, address: str, tokens: dict[str, str]
) -> None:
    async with (
        browser(address) as client,
        client.stream("GET", "/api/v1/live", headers={"authorization": f"Bearer {tokens['ana']}"}) as response,
    ):
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"


@asynccontextmanager
async def another_replica(gateway: Gateway) -> AsyncIterator[str]:
    """A second process of the same gateway: same broker, same database."""
    settings = gateway.service.settings
    bus = Bus(settings.amqp_url, service="portal-api", prefix=gateway.bus.name(""), queues=gateway.bus.queues)
    bus._retry_after_s = gateway.bus._retry_after_s
    service = build(settings, bus)  # type: ignore[arg-type]
    async with service.http.router.lifespan_context(service.http):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(service.http), base_url=BASE)
        await eventually(lambda: _is_ready(client), WITHIN_S)
        await client.aclose()
        async with served(service) as url:
            yield url


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def test_every_replica_hears_all_and_who_moves_over_goes_on_where_they_were(
    gateway: Gateway, address: str, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker gives each process its own queue, and an id means the same to all of them."""
    monkeypatch.setattr("balcao.portal_api.live.OVERLAP_S", 0.5)
    async with another_replica(gateway) as other, browser(address) as here, browser(other) as there:
        async with opened(here, tokens["ana"]) as page, opened(there, tokens["ana"]) as elsewhere:
            await eventually(lambda: _says_until_heard(gateway, page, elsewhere), WITHIN_S)
            await asyncio.sleep(0.6)  # past the overlap, so that what is behind us stays there
            await say(gateway, answered(50))
            await eventually(lambda: _holds(50 in numbers(page) and 50 in numbers(elsewhere)), WITHIN_S)
        await say(gateway, answered(51), noted(52))
        async with opened(there, tokens["ana"], page.last_id) as again:
            await eventually(lambda: _holds({51, 52} <= set(numbers(again))), WITHIN_S)
            assert again.got("reset") == []
            assert 7 not in numbers(again)


async def _says_until_heard(gateway: Gateway, *pages: Page) -> bool:
    await say(gateway, answered(7))
    return all(7 in numbers(page) for page in pages)


async def test_who_comes_back_with_an_old_place_is_told_to_load_anew(
    gateway: Gateway, address: str, tokens: dict[str, str]
) -> None:
    async with browser(address) as client, opened(client, tokens["ana"], "1000") as page:
        await eventually(lambda: _holds(page.got("reset") == [{}]), WITHIN_S)


async def test_a_page_hears_what_was_said_between_its_making_and_its_listening(
    gateway: Gateway, address: str, tokens: dict[str, str]
) -> None:
    """A page is as of `since`; what came while the browser still read it must not be missed, nor load it anew."""
    async with browser(address) as client:
        async with opened(client, tokens["ana"]) as first:
            await eventually(lambda: _says_until_heard(gateway, first), WITHIN_S)
            made = live_module.now_ms()
            await say(gateway, answered(60))
            await eventually(lambda: _holds(60 in numbers(first)), WITHIN_S)
        async with opened(client, tokens["ana"], since=made) as page:
            await eventually(lambda: _holds(60 in numbers(page)), WITHIN_S)
            assert page.got("reset") == []


async def test_a_page_made_before_anything_was_heard_is_told_to_load_anew(
    gateway: Gateway, address: str, tokens: dict[str, str]
) -> None:
    """So is one whose clock is not ours: better once too often than a page that stands still."""
    for since in (1000, live_module.now_ms() + 3_600_000):
        async with browser(address) as client, opened(client, tokens["ana"], since=since) as page:
            await eventually(lambda: _holds(page.got("reset") == [{}]), WITHIN_S)


async def test_where_the_browser_came_to_goes_before_when_the_page_was_made(
    gateway: Gateway, address: str, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back after a pause says both; the later one counts, or all would come twice."""
    monkeypatch.setattr("balcao.portal_api.live.OVERLAP_S", 0.2)
    async with browser(address) as client:
        made = live_module.now_ms()
        async with opened(client, tokens["ana"]) as page:
            await eventually(lambda: _says_until_heard(gateway, page), WITHIN_S)
            await asyncio.sleep(0.5)
            await say(gateway, answered(61))
            await eventually(lambda: _holds(61 in numbers(page)), WITHIN_S)
        await say(gateway, answered(62))
        async with opened(client, tokens["ana"], page.last_id, since=made) as again:
            await eventually(lambda: _holds(62 in numbers(again)), WITHIN_S)
            assert 7 not in numbers(again)


async def test_a_change_of_roles_ends_the_stream(gateway: Gateway, address: str, tokens: dict[str, str]) -> None:
    """The page comes back by itself, and then by what the session says now."""
    async with browser(address) as client, opened(client, tokens["paulo"]) as page:
        await gateway.hears(PersonRegistered(person=PAULO.model_copy(update={"roles": (), "version": 9})))
        await eventually(lambda: _holds(not page.is_open), WITHIN_S)


async def test_a_page_that_takes_nothing_is_cut_off_and_holds_up_nobody(
    gateway: Gateway, address: str, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that stands still costs one bounded queue, and soon not even that."""
    monkeypatch.setattr(live_api, "SENT_WITHIN_S", 5.0)
    host, port = address.removeprefix("http://").split(":")
    standing = socket.socket()
    standing.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    standing.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(standing, (host, int(port)))
    request = f"GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {tokens['paulo']}\r\n\r\n"
    await loop.sock_sendall(standing, request.encode())
    assert await loop.sock_recv(standing, 12) == b"HTTP/1.1 200"
    async with browser(address) as client, opened(client, tokens["ana"]) as page:
        await eventually(lambda: _holds(open_streams() == 2), WITHIN_S)
        long_words = "a" * 20_000
        for _ in range(400):
            await say(gateway, notice_for("paulo", long_words))
        await say(gateway, answered(77))
        await eventually(lambda: _holds(77 in numbers(page)), WITHIN_S)
        await eventually(lambda: _holds(open_streams() == 1), WITHIN_S)
    standing.close()


def open_streams() -> float:
    """Pages that are open, by the gauge."""
    return float(OPEN._value.get())


async def test_two_hundred_pages_hear_of_one_change(gateway: Gateway, address: str, tokens: dict[str, str]) -> None:
    """One gateway, 200 open pages of ten people; and all go at once when it is asked to end."""
    people = [ANA.model_copy(update={"id": f"p{n}", "addresses": (f"p{n}@agencia.test",)}) for n in range(10)]
    database = gateway.service.mongo.db
    for one in people:
        await gateway.hears(PersonRegistered(person=one))
    await eventually(lambda: _all_known(gateway, [one.id for one in people]), WITHIN_S)
    await database["accounts"].update_many({}, {"$set": {"password_hash": gateway.password_hash}})
    answers = [await gateway.sign_in(gateway.stranger(), one) for one in people]
    everybody = [answer.json()["token"] for answer in answers]
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(browser(address))
        pages = [await stack.enter_async_context(opened(client, everybody[n % 10])) for n in range(200)]
        assert all(page.is_open for page in pages)
        await say(gateway, answered(88))
        await eventually(lambda: _holds(all(numbers(page) == [88] for page in pages)), WITHIN_S)
        one_more = await client.get("/api/v1/live", headers={"authorization": f"Bearer {everybody[0]}"})
        assert one_more.status_code == 429


async def _all_known(gateway: Gateway, person_ids: list[str]) -> bool:
    return None not in [await gateway.account(one) for one in person_ids]


async def test_all_streams_end_when_the_process_is_asked_to(gateway: Gateway, tokens: dict[str, str]) -> None:
    """Within moments, and not after the server's patience with open connections."""
    async with contextlib.AsyncExitStack() as stack:
        replica = another_replica(gateway)
        url = await replica.__aenter__()
        client = await stack.enter_async_context(browser(url))
        page = await stack.enter_async_context(opened(client, tokens["ana"]))
        begun = asyncio.get_running_loop().time()
        await replica.__aexit__(None, None, None)
        await eventually(lambda: _holds(not page.is_open), WITHIN_S)
        assert asyncio.get_running_loop().time() - begun < 5  # uvicorn's patience in `served`


async def _at_ticket(client: httpx.AsyncClient, token: str, doing: str, number: int = 7) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    body = {"page": f"page-{token[:12]}", "doing": doing}
    return await client.post(f"/api/v1/tickets/{number}/presence", json=body, headers=headers)


async def test_who_looks_at_a_ticket_or_writes_on_it_is_known_at_every_replica_and_to_the_team_alone(
    gateway: Gateway, address: str, tokens: dict[str, str]
) -> None:
    """P5, W7: the requester does not hear that anybody looks, and can't say that they do."""
    async with contextlib.AsyncExitStack() as stack:
        other = await stack.enter_async_context(another_replica(gateway))
        here, there = [await stack.enter_async_context(browser(url)) for url in (address, other)]
        paulo = await stack.enter_async_context(opened(there, tokens["paulo"]))
        gina = await stack.enter_async_context(opened(here, tokens["gina"]))
        await eventually(lambda: _says_until_heard(gateway, paulo), WITHIN_S)

        assert (await _at_ticket(here, tokens["ana"], "writing")).json() == {"people": []}
        await eventually(lambda: _holds(paulo.got("presence") == [{"number": 7}]), WITHIN_S)
        answer = await _at_ticket(there, tokens["paulo"], "looking")
        assert answer.json() == {"people": [{"person_id": "ana", "name": "Ana Prado", "doing": "writing"}]}
        part = await there.get(
            "/agencia/desk/tickets/7/_presence", headers={"authorization": f"Bearer {tokens['paulo']}"}
        )
        assert "Ana está escrevendo" in part.text

        await _at_ticket(here, tokens["ana"], "gone")
        await eventually(lambda: _holds(len(paulo.got("presence")) == 3), WITHIN_S)
        assert (await _at_ticket(there, tokens["paulo"], "looking")).json() == {"people": []}
        assert [(await _at_ticket(here, tokens[who], "looking")).status_code for who in ("gina", "eva")] == [404, 404]
        await say(gateway, answered(99))
        await eventually(lambda: _holds(99 in numbers(gina)), WITHIN_S)
        assert gina.got("presence") == []


async def test_what_is_said_about_a_page_is_checked(address: str, tokens: dict[str, str]) -> None:
    async with browser(address) as client:
        assert (await _at_ticket(client, tokens["ana"], "sleeping")).status_code == 422
        assert (await client.post("/api/v1/tickets/7/presence", json={})).status_code == 401
        assert (await _at_ticket(client, tokens["ana"], "looking", number=404)).status_code == 404
