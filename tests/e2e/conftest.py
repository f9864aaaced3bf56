"""Fixtures of the end-to-end tests: one whole stack as processes, with two companies in it."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from balcao.local.demo.company import PASSWORD, DemoCompany, demo_company
from balcao.local.demo.doors import Doors, Session
from balcao.local.demo.seeding import seed
from balcao.local.stack import Stack
from tests.e2e.collector import Collector, collecting


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where all services send their traces."""
    with collecting() as started:
        yield started


@pytest.fixture(scope="session")
def company() -> DemoCompany:
    """The company that the demo shows."""
    return demo_company()


@pytest.fixture(scope="session")
def other_company(tmp_path_factory: pytest.TempPathFactory) -> DemoCompany:
    """Another company on the same installation, with an agent who should see nothing of the first."""
    people = [
        {"name": "Norma Beltrão", "addresses": ["norma@estudio-norte.test"], "roles": ["admin", "agent", "producer"]},
        {"name": "Caio Reis", "addresses": ["caio@cliente-norte.test"]},
    ]
    path = Path(tmp_path_factory.mktemp("other"), "company.json")
    path.write_text(
        json.dumps(
            {
                "slug": "estudio-norte",
                "name": "Estúdio Norte",
                "addresses": ["oi@estudio-norte.test"],
                "service": "norma@estudio-norte.test",
                "planning": "norma@estudio-norte.test",
                "people": people,
            }
        )
    )
    return DemoCompany(path)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(collector: Collector) -> AsyncIterator[Stack]:
    """Servers, mail catcher and all services, on free ports and a temporary folder."""
    tracing = {"BALCAO_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    async with Stack(in_memory=True, env={"*": tracing, "notifier": {"BALCAO_GATHER_S": "0"}}) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def doors(stack: Stack, company: DemoCompany, other_company: DemoCompany) -> AsyncIterator[Doors]:
    """The product's doors, with both companies set up behind them."""
    async with Doors.of(stack) as opened:
        await seed(stack, opened, company)
        await seed(stack, opened, other_company)
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def outsider(doors: Doors, other_company: DemoCompany) -> Session:
    """An agent, producer and admin of the other company."""
    return await doors.sign_in(other_company.slug, other_company.players[0].address, PASSWORD)
