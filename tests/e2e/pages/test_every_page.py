"""Every page, looked at by whom it is for: no complaint, nothing beside the screen, nothing that axe calls serious."""

import pytest
import pytest_asyncio

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.main_job import do_main_job
from balcao.local.demo.story import Story
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import DESKTOP, PHONE, SMALLEST, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST
from tests.screenshots.places import REFUSED, Place, places
from tests.screenshots.scene import set_the_scene

pytestmark = PAGE_TEST

_SHIFTED = """() => new Promise(done => {
  setTimeout(done, 300, [0, ""]);
  const named = one => one.node && (one.node.nodeType === 1 ? one.node : one.node.parentElement)?.cloneNode().outerHTML;
  const told = list => list.getEntries().filter(one => !one.hadRecentInput).reduce(
    ([sum, what], one) => [sum + one.value, [what, ...one.sources.map(named)].filter(Boolean).join(" ")], [0, ""]);
  new PerformanceObserver(list => done(told(list))).observe({type: "layout-shift", buffered: true});
})"""
"""How much of the page has moved by itself since it was opened (Layout Instability API), and what did."""
_BEARABLE_SHIFT = 0.02
"""A fifth of what is called good (0.1)."""
_BESIDE = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(doors: Doors, company: DemoCompany) -> list[Place]:
    """The pages, on a day on which there is something to see. The settings have a test like this of their own."""
    day: Workday = await do_main_job(doors, company, Story())
    return [one for one in places(await set_the_scene(day)) if not one.name.startswith("settings-")]


@pytest.mark.timeout(900)
async def test_every_page_is_whole_by_day_and_by_night_and_on_the_smallest_phone(
    shown: list[Place], browsers: Browsers, company: DemoCompany
) -> None:
    """axe-core finds nothing serious or critical; nothing moves by itself; reflow at 320 px (WCAG 1.4.10): nobody
    scrolls sideways to read."""
    browsers.expect_refusals(*REFUSED)
    found: dict[str, list[str]] = {}
    for place in shown:
        who = place.looked_at_by(company)
        page = await browsers.look_as(who, f"/{company.slug}{place.path}", size=DESKTOP)
        wrong = await violations(page)
        shifted, what = await page.evaluate(_SHIFTED)
        if shifted > _BEARABLE_SHIFT:
            wrong.append(f"moved by {shifted:.3f} while it was opened: {what}")
        await page.emulate_media(color_scheme="dark")
        wrong += await violations(page)
        for size in (PHONE, SMALLEST):
            await page.set_viewport_size(size)
            if size == PHONE and place.path.startswith("/desk"):
                wrong += await violations(page)
            if (beside := await page.evaluate(_BESIDE)) > 0:
                wrong.append(f"{beside} px beside a screen of {size['width']} px")
        found[place.name] = wrong
        await page.context.close()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
