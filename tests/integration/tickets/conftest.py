"""Fixtures: a running `tickets` with a company, and the world around it."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.integration.tickets.running import Desk, World, a_bus, running, settings_for, world


@pytest.fixture
def bus_prefix() -> str:
    """Before every name on the broker, so that tests don't meet there."""
    return f"t{uuid.uuid4().hex[:8]}."


@pytest.fixture
async def outside(amqp_url: str, bus_prefix: str) -> AsyncIterator[World]:
    """Intake and workflow that say things, and whoever hears what tickets says."""
    async with world(amqp_url, bus_prefix) as around:
        yield around


@pytest.fixture
async def desk(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> AsyncIterator[Desk]:
    """The service, ready, with a company set up."""
    del outside  # it outlives the service, and its queues are there first
    async with running(settings_for(mongo_url, amqp_url, database_prefix), a_bus(amqp_url, bus_prefix)) as service:
        await service.set_up_company()
        yield service
