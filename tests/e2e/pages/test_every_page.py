"""Every page, looked at by whom it is for: no complaint, nothing beside the screen, nothing that axe calls serious."""

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.main_job import do_main_job
from balcao.local.demo.story import Story
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import DESKTOP, PHONE, SMALLEST, Browsers
from tests.screenshots.morning import have_a_morning
from tests.screenshots.places import Place, places

pytestmark = [
    pytest.mark.stack,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

_BESIDE = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(doors: Doors, company: DemoCompany) -> list[Place]:
    """The pages, on a day on which there is something to see."""
    day: Workday = await do_main_job(doors, company, Story())
    numbers = await have_a_morning(day)
    task = (await day.cases[0].agent.ticket(numbers[1]))["tasks"][0]["number"]
    return list(places(numbers[0], task, day.cases[0].number))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_breaks_a_rule_that_keeps_somebody_out(
    shown: list[Place], browsers: Browsers, company: DemoCompany, scheme: str
) -> None:
    """axe-core: nothing serious or critical, on a desktop."""
    found = {}
    for place in shown:
        page = await _open(browsers, company, place, DESKTOP, scheme)
        found[place.name] = await violations(page)
        await page.context.close()
    assert {name: broken for name, broken in found.items() if broken} == {}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [PHONE, SMALLEST], ids=["phone", "smallest"])
async def test_no_page_is_wider_than_the_screen(
    shown: list[Place], browsers: Browsers, company: DemoCompany, size: ViewportSize
) -> None:
    """Reflow at 320 px (WCAG 1.4.10): nobody scrolls sideways to read."""
    found = {}
    for place in shown:
        page = await _open(browsers, company, place, size, "light")
        found[place.name] = await page.evaluate(_BESIDE)
        await page.context.close()
    assert {name: beside for name, beside in found.items() if beside > 0} == {}


async def _open(browsers: Browsers, company: DemoCompany, place: Place, size: ViewportSize, scheme: str) -> Page:
    who = place.looked_at_by(company)
    return await browsers.look_as(who, f"/{company.slug}{place.path}", size=size, color_scheme=scheme)
