"""Fixtures: a running `notifier` and the world around it."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.integration.notifier.running import Notifier, World, world
from tests.support.told_facts import configured


@pytest.fixture
def bus_prefix() -> str:
    """Before every name on the broker, so that tests don't meet there."""
    return f"t{uuid.uuid4().hex[:8]}."


@pytest.fixture
async def outside(mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str) -> AsyncIterator[World]:
    """The relay, who speaks and who hears; the company has said who it is."""
    async with world(mongo_url, amqp_url, database_prefix, bus_prefix) as around:
        await around.say(configured())
        yield around


@pytest.fixture
async def notifier(outside: World) -> AsyncIterator[Notifier]:
    """One replica, ready."""
    async with outside.notifier() as running:
        yield running
