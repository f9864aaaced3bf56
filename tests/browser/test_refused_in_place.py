"""What becomes of an open page when its session ends: nothing typed goes, and it says what to do."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.desks import Desks
from tests.integration.portal_api.running import ANA, PASSWORD, PAULO

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

TICKET, TASK = "/agencia/desk/tickets/7", "/agencia/desk/tasks/3"
ENDED = "Sua sessão acabou, entre de novo."
NO_MORE = (
    "/action-plan",
    "/checklist",
    "/comments",
    "/unsent",
    "/presence",
    "/_presence",
    "/_parts",
    "/live",
    "/_task",
)
"""What an open page asks for in vain once its session is over."""


async def test_a_plan_stays_when_the_session_has_ended_and_when_one_has_signed_in_again(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET)
    plan = await _begin_a_plan(page)
    desks.expect_refusals(*NO_MORE)
    await page.context.clear_cookies()

    await page.get_by_role("button", name="Salvar plano").click()

    said = page.get_by_role("alert").filter(has_text=ENDED)
    await expect(said).to_be_visible()
    await expect(plan).to_have_value("Um plano com cuidado")
    async with page.context.expect_page() as opening:
        await said.get_by_role("link", name="Entrar").click()
    other = await opening.value
    await other.get_by_label("E-mail").fill(ANA.addresses[0])
    await other.get_by_label("Senha").fill(PASSWORD)
    await other.get_by_role("button", name="Entrar").click()
    await other.wait_for_url(lambda url: url.endswith(TICKET))

    await page.get_by_role("button", name="Salvar plano").click()

    await expect(page.get_by_role("alert").filter(has_text="entrou de novo depois")).to_be_visible()
    await expect(page.get_by_role("link", name="Abrir a página de novo")).to_be_visible()
    await expect(said).to_have_count(0)
    await expect(plan).to_have_value("Um plano com cuidado")
    assert desks.behind.of("/tickets/7/action-plan") == []


async def test_an_item_for_a_checklist_stays_when_the_session_has_ended(desks: Desks) -> None:
    page = await desks.sit_down(PAULO, TASK)
    words = page.get_by_label("Novo item")
    await words.fill("Falta a fonte")
    desks.expect_refusals(*NO_MORE)
    await page.context.clear_cookies()

    await words.press("Enter")

    await expect(page.get_by_role("alert").filter(has_text=ENDED)).to_be_visible()
    await expect(words).to_have_value("Falta a fonte")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Arte do cartaz")


async def test_the_composer_says_that_the_session_has_ended_and_keeps_its_words(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET)
    await page.get_by_label("O que você escreve").click()
    await page.keyboard.type("Conferi o PDF.")
    desks.expect_refusals(*NO_MORE)
    await page.context.clear_cookies()

    await page.get_by_role("button", name="Salvar nota").click()

    await expect(page.locator("#writing").get_by_role("link", name="Entrar")).to_be_visible()
    await expect(page.get_by_label("O que você escreve")).to_have_text("Conferi o PDF.")


async def _begin_a_plan(page: Page) -> Locator:
    await page.locator("#plan > summary").click()
    plan = page.locator("#plan textarea")
    await plan.fill("Um plano com cuidado")
    return plan
