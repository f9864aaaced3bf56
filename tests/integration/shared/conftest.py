"""Fixtures: one queue of a bus of this test's own, and a database."""

import uuid
from collections.abc import AsyncIterator

import pytest

from balcao.shared.mongo import Mongo
from balcao.shared.outbox import OUTBOX
from balcao.shared.service import OUTBOX_INDEXES
from tests.integration.shared.probe import Probe, ProbeBus, clean_up


@pytest.fixture
def prefix() -> str:
    """Before every name on the broker, so that tests don't meet there."""
    return f"s{uuid.uuid4().hex[:8]}."


@pytest.fixture
async def probe(amqp_url: str, prefix: str) -> AsyncIterator[Probe]:
    """A look at the test's queues from outside; they are deleted at the end."""
    bus = ProbeBus(amqp_url, prefix)
    await bus.connect_only()
    yield Probe(bus)
    await clean_up(bus)


@pytest.fixture
async def mongo(mongo_url: str, database_prefix: str) -> AsyncIterator[Mongo]:
    """A database with an outbox."""
    found = Mongo(mongo_url, f"{database_prefix}probe")
    await found.create_indexes(OUTBOX_INDEXES)
    assert OUTBOX in await found.db.list_collection_names()
    yield found
    found.close()
