"""Fixtures: a real Chromium before a gateway that listens on a real port."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser

from tests.browser.chromium import chromium_or_skip
from tests.browser.desks import Desks
from tests.integration.portal_api.behind import Behind, listen, services_behind
from tests.integration.portal_api.running import SECRET, Gateway, populate, running, settings_for
from tests.support.own_databases import own_databases


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """The browser, one for all tests of a file."""
    async with chromium_or_skip() as browser:
        yield browser


@pytest.fixture(scope="module")
def file_prefix(mongo_url: str) -> Iterator[str]:
    """A prefix for database names that is this file's own; what carries it is dropped afterwards."""
    with own_databases(mongo_url) as prefix:
        yield prefix


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind() -> AsyncIterator[Behind]:
    """The services behind the door."""
    async with services_behind(SECRET) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(mongo_url: str, amqp_url: str, file_prefix: str, behind: Behind) -> AsyncIterator[tuple[Gateway, str]]:
    """The gateway and its address."""
    settings = settings_for(mongo_url, amqp_url, file_prefix, behind.url)
    async with running(settings, f"t{uuid.uuid4().hex[:8]}.", behind) as gateway:
        listening = listen()
        # The application runs already; the server only brings requests to it.
        config = uvicorn.Config(gateway.service.http, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield gateway, f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="module")
async def desks(served: tuple[Gateway, str], chromium: Browser) -> AsyncIterator[Desks]:
    """Browsers of the agency's people; at the end none may have complained or called another host."""
    gateway, url = served
    await gateway.forget_everything()
    await populate(gateway)
    opened = Desks(chromium, url, gateway.behind)
    yield opened
    await opened.close()
    assert opened.complaints == []
