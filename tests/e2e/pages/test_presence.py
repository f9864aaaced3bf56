"""Two agents at one ticket: each sees the other look, write and go, and nothing moves for it."""

from playwright.async_api import expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import CAMILA, PAGE_TEST, RAFAEL, SOON_MS, asked_by_mail

pytestmark = PAGE_TEST

_HEADING_AT = "document.querySelector('#head h1').getBoundingClientRect().toJSON()"


async def test_who_opens_a_ticket_on_which_somebody_writes_sees_it_before_beginning_too(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """Both work on; the requester's phone shows nothing of it (P5)."""
    case = await asked_by_mail(day, "Faixa da vitrine")
    path = f"/{company.slug}/desk/tickets/{case.number}"
    camila = await browsers.sit_down_as(CAMILA, path)
    there = camila.locator("#presence")
    await expect(there).to_have_text("")
    stood = await camila.evaluate(_HEADING_AT)

    rafael = await browsers.sit_down_as(RAFAEL, path)
    await expect(there).to_contain_text("Rafael Azevedo está vendo este ticket", timeout=SOON_MS)
    await expect(rafael.locator("#presence")).to_contain_text("Camila Nogueira está vendo este ticket", timeout=SOON_MS)
    await rafael.locator("#writing").get_by_role("textbox", name="O que você escreve").click()
    await rafael.keyboard.type("Olá, segue a faixa", delay=40)
    await expect(there.get_by_text("Rafael está escrevendo")).to_be_visible(timeout=SOON_MS)
    assert await camila.evaluate(_HEADING_AT) == stood
    assert await violations(camila) == []

    guest = await browsers.sit_down_as(case.requester.address, f"/{company.slug}/my/tickets/{case.number}", size=PHONE)
    await expect(guest.get_by_role("heading", level=1)).to_be_visible()
    await expect(guest.locator("body")).not_to_contain_text("Rafael")

    await rafael.goto(f"{browsers.url}/{company.slug}/desk/tickets")
    await expect(there).to_have_text("", timeout=SOON_MS)
