"""Fixtures: real browsers before the whole product, at a company of each file's own."""

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
from tests.e2e.pages.own_company import own_company


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser, one for all tests of a worker."""
    async with chromium_or_skip() as browser:
        yield browser


@pytest.fixture(scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DemoCompany:
    """A company for each file: people who click around leave one that other tests would not know again."""
    name = request.path.stem.removeprefix("test_").replace("_", "-")
    return own_company(name, tmp_path_factory.mktemp(name))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def doors(stack: Stack, company: DemoCompany) -> AsyncIterator[Doors]:
    """The product's doors, with the file's company behind them."""
    async with Doors.of(stack) as opened:
        await seed(stack, opened, company)
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def browsers(stack: Stack, doors: Doors, company: DemoCompany, chromium: Browser) -> AsyncIterator[Browsers]:
    """Browsers of the company's people; at the end none may have complained or called another host."""
    people = {one.name: one.address for one in company.players}
    opened = Browsers(chromium, f"http://127.0.0.1:{stack.ports['portal-api']}", company.slug, PASSWORD, people)
    yield opened
    await opened.close()
    assert opened.complaints == []


@pytest.fixture
def day(doors: Doors, company: DemoCompany) -> Workday:
    """A working day at the company, by its JSON doors: to prepare what a page then shows."""
    return Workday(doors, company, Story())
