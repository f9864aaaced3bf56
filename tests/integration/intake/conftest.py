"""Fixtures: a running `intake` that takes mail for two companies, and the world around it."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.integration.intake.running import Intake, World, a_bus, open_for_companies, running, world


@pytest.fixture
def bus_prefix() -> str:
    """Before every name on the broker, so that tests don't meet there."""
    return f"t{uuid.uuid4().hex[:8]}."


@pytest.fixture
async def outside(amqp_url: str, bus_prefix: str) -> AsyncIterator[World]:
    """Tickets that tell of companies, and whoever hears what is said."""
    async with world(amqp_url, bus_prefix) as around:
        yield around


@pytest.fixture
async def intake(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> AsyncIterator[Intake]:
    """The service, ready."""
    async with running(mongo_url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as service:
        await open_for_companies(service, outside)
        yield service
