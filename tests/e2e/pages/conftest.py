"""Fixtures: real browsers before the whole product."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from balcao.local.demo.company import PASSWORD, DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.seeding import seed
from balcao.local.demo.story import Story
from balcao.local.demo.workday import Workday
from balcao.local.stack import Stack
from tests.browser.browsers import Browsers
from tests.browser.chromium import chromium_or_skip


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser, one for all tests of a worker."""
    async with chromium_or_skip() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """A product of each file's own: people who click around leave a company that other tests would not know again."""
    async with Stack(in_memory=True, env={"notifier": {"BALCAO_GATHER_S": "0"}}) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def doors(stack: Stack, company: DemoCompany) -> AsyncIterator[Doors]:
    """Its doors, with the demo company behind them."""
    async with Doors.of(stack) as opened:
        await seed(stack, opened, company)
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def browsers(stack: Stack, doors: Doors, company: DemoCompany, chromium: Browser) -> AsyncIterator[Browsers]:
    """Browsers of the demo company's people; at the end none may have complained or called another host."""
    opened = Browsers(chromium, f"http://127.0.0.1:{stack.ports['portal-api']}", company.slug, PASSWORD)
    yield opened
    await opened.close()
    assert opened.complaints == []


@pytest.fixture
def day(doors: Doors, company: DemoCompany) -> Workday:
    """A working day at the demo company, by its JSON doors: to prepare what a page then shows."""
    return Workday(doors, company, Story())
