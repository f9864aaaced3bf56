"""The main job with an agent's and a producer's browser open side by side, and the requester on a phone."""

import time

from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST, SOON_MS, analysts_page, asked_by_mail

pytestmark = PAGE_TEST

AT_ONCE_S = 1.0
"""From the producer's click until the agent sees it, on a machine that has time."""
TRIES = 5


async def test_the_ticket_moves_to_delivery_before_the_agents_eyes_when_the_producer_clicks(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H3, H4, H5: within a second of the click, without a reload; the requester's phone shows it too."""
    case = await asked_by_mail(day, "Cardápio de inverno")
    task = await day.ask_for_task(case, "Cardápio de inverno")
    agent = await analysts_page(browsers, company, case)
    guest = await browsers.sit_down_as(case.requester.address, f"/{company.slug}/my/tickets/{case.number}", size=PHONE)
    producer = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/tasks/{task}")
    await expect(_stage(agent)).to_contain_text("Produção")
    await expect(guest.locator("#progress [aria-current=step]")).to_contain_text("Em produção")
    written = agent.locator("#composer textarea[name=text]")
    await agent.locator("body").evaluate("body => { body.dataset.sameDocument = 'yes' }")

    quickest = min([await _there_and_back(agent, producer) for _ in range(TRIES)])

    assert await agent.locator("body").get_attribute("data-same-document") == "yes"
    await expect(written).to_have_count(1)
    # A busy machine may be slow now and then; what the product itself needs shows in the quickest try.
    assert quickest < AT_ONCE_S, f"{quickest:.2f} s at best"
    await producer.locator("#phases").get_by_role("button", name="Homologação externa").click()
    await expect(_stage(agent)).to_contain_text("Entrega", timeout=SOON_MS)
    await expect(guest.locator("#progress [aria-current=step]")).to_contain_text("Entrega", timeout=SOON_MS)
    await expect(guest.locator("body")).not_to_contain_text("Davi")


async def _there_and_back(agent: Page, producer: Page) -> float:
    """Out for approval and back to work, by the producer's clicks; seconds until the agent saw it delivered."""
    button = producer.locator("#phases").get_by_role("button", name="Homologação externa")
    began = time.monotonic()
    await button.click()
    await expect(_stage(agent)).to_contain_text("Entrega", timeout=SOON_MS)
    took = time.monotonic() - began
    await producer.locator("#phases").get_by_role("button", name="Produzindo").click(timeout=SOON_MS)
    await expect(_stage(agent)).to_contain_text("Produção", timeout=SOON_MS)
    return took


def _stage(page: Page) -> Locator:
    return page.locator("#stages [aria-current=step]")
