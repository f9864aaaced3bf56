"""Keys that lead from everywhere at the desk."""

import pytest
from playwright.async_api import expect

from tests.browser.desks import Desks
from tests.integration.portal_api.running import ANA, PAULO

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]


async def test_a_new_ticket_is_one_key_away_from_anywhere_for_whoever_may_open_one(desks: Desks) -> None:
    page = await desks.sit_down(ANA, "/agencia/desk/tickets/7")

    await page.keyboard.press("c")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Novo ticket")
    await expect(page.get_by_role("link", name="Novo ticket")).to_have_attribute("aria-current", "page")
    producing = await desks.sit_down(PAULO, "/agencia/desk/tasks")
    rail = producing.get_by_role("navigation", name="Principal")
    await expect(rail.get_by_role("link", name="Minhas tarefas")).to_be_visible()
    await expect(rail.get_by_role("link", name="Novo ticket")).to_have_count(0)
