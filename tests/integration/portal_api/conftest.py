"""Fixtures: a running gateway with two companies, and the services behind it; one for all tests of a file."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.integration.portal_api.behind import Behind, services_behind
from tests.integration.portal_api.running import SECRET, Gateway, populate, running, settings_for
from tests.support.own_databases import own_databases


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
async def started(mongo_url: str, amqp_url: str, file_prefix: str, behind: Behind) -> AsyncIterator[Gateway]:
    """The gateway's process, as far as a test sees it."""
    settings = settings_for(mongo_url, amqp_url, file_prefix, behind.url)
    async with running(settings, f"t{uuid.uuid4().hex[:8]}.", behind) as gateway:
        yield gateway


@pytest_asyncio.fixture(loop_scope="module")
async def empty_gateway(started: Gateway) -> Gateway:
    """A gateway that has heard of nobody yet."""
    await started.forget_everything()
    return started


@pytest_asyncio.fixture(loop_scope="module")
async def gateway(empty_gateway: Gateway) -> Gateway:
    """A gateway that knows two companies: ana (agent), paulo (producer), gina and hugo (guests); eva of the other."""
    await populate(empty_gateway)
    return empty_gateway
