"""Fixtures: a running `workflow` and the world around it."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.integration.workflow.running import Workflow, World, a_bus, running, settings_for, world


@pytest.fixture
def bus_prefix() -> str:
    """Before every name on the broker, so that tests don't meet there."""
    return f"t{uuid.uuid4().hex[:8]}."


@pytest.fixture
async def outside(amqp_url: str, bus_prefix: str) -> AsyncIterator[World]:
    """Tickets that ask, and whoever hears what is said."""
    async with world(amqp_url, bus_prefix) as around:
        yield around


@pytest.fixture
async def workflow(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> AsyncIterator[Workflow]:
    """The service, ready."""
    del outside  # it outlives the service, and its queues are there first
    settings = settings_for(mongo_url, amqp_url, database_prefix)
    async with running(settings, a_bus(amqp_url, bus_prefix)) as service:
        yield service
