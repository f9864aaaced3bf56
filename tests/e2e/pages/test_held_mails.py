"""Mails that could not come in by themselves: told, counted, read and decided about in a real browser."""

import time
from email.message import EmailMessage

from playwright.async_api import Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import HELENA, PAGE_TEST, RAFAEL, SOON_MS

pytestmark = PAGE_TEST

UNREAD = "/desk/held?state=unread"


async def _in_our_name(doors: Doors, company: DemoCompany, subject: str) -> None:
    """A mail in the company's own name, which says nobody to answer, with a file."""
    mail = _mail(company, subject)
    mail["From"] = company.address
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="arte final.pdf")
    await doors.hand_in(mail, sender=company.address, to=company.address)


async def _unreadable(doors: Doors, company: DemoCompany, subject: str) -> None:
    """A mail with more fields than are read, by nobody."""
    mail = _mail(company, subject)
    for number in range(2100):
        mail[f"X-Field-{number}"] = "1"
    await doors.hand_in(mail, sender=company.address, to=company.address)


def _mail(company: DemoCompany, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["To"], mail["Subject"], mail["Message-ID"] = company.address, subject, f"<{time.time_ns()}@loja.test>"
    mail.set_content("Preciso do banner até sexta.\n")
    return mail


async def _fine(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await violations(page) == []


async def test_a_mail_in_our_own_name_is_told_read_and_made_a_ticket(
    browsers: Browsers, day: Workday, doors: Doors, company: DemoCompany
) -> None:
    """O3"""
    subject = f"Em nosso nome {time.time_ns()}"
    agent = await day.signed_in(company.named(RAFAEL))
    page = await browsers.sit_down_as(RAFAEL, f"/{company.slug}{UNREAD}")
    await _in_our_name(doors, company, subject)
    await page.locator("#held a", has_text=subject).click(timeout=SOON_MS)
    await expect(page.locator("#rail-held")).not_to_be_empty(timeout=SOON_MS)
    reading = page.get_by_role("region", name="Mensagem")
    await expect(reading).to_contain_text("Preciso do banner até sexta.")
    await expect(reading.get_by_role("link", name="arte final.pdf")).to_be_visible()
    await expect(reading.get_by_role("link", name="O e-mail original")).to_have_count(0)
    await _fine(page)

    await reading.get_by_role("button", name="Fazer dela um ticket").click()
    await expect(page.get_by_role("status")).to_contain_text("Deixada entrar")
    await page.get_by_role("link", name="Ver os mais recentes").click()
    await expect(page.locator("#content")).to_contain_text(subject, timeout=SOON_MS)
    assert (await agent.get("/api/v1/mails?state=waiting"))["items"] == []


async def test_an_unreadable_mail_is_told_to_an_administrator_who_takes_the_original_and_puts_it_aside(
    browsers: Browsers, doors: Doors, company: DemoCompany
) -> None:
    """O3"""
    subject = f"Ilegível {time.time_ns()}"
    await _unreadable(doors, company, subject)
    page = await browsers.sit_down_as(HELENA, f"/{company.slug}/desk/notices", size=PHONE)
    await page.locator(".note-row button", has_text=subject).click(timeout=SOON_MS)
    await page.locator("#held a", has_text=subject).click()
    reading = page.get_by_role("region", name="Mensagem")
    await expect(reading).to_contain_text("não haveria a quem responder")
    await expect(reading.get_by_role("button", name="Fazer dela um ticket")).to_have_count(0)
    await _fine(page)
    async with page.expect_download() as downloading:
        await reading.get_by_role("link", name="O e-mail original").click()
    assert (await downloading.value).suggested_filename.endswith(".eml")

    await reading.get_by_role("button", name="Deixar de lado").click()
    await expect(page.get_by_role("status")).to_contain_text("Continua guardada")
    await expect(page.locator("#held a", has_text=subject)).to_have_count(0)
    await page.get_by_role("button", name="Desfazer").click()
    await expect(page.locator("#held a", has_text=subject)).to_have_count(1)
