"""What an open list says of tickets and tasks that it does not show yet."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.desks import Desks
from tests.integration.portal_api.running import ANA, PAULO

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

TICKETS, TASKS = "/agencia/desk/tickets", "/agencia/desk/tasks"
ONE_NEW = re.compile(r"1 novo\s*Mostrar")


async def _hear(page: Page, name: str, number: int | None = None) -> None:
    """As the stream would say it."""
    detail = {"number": number, "version": 99} if number else {}
    await page.evaluate(
        "([name, detail]) => document.dispatchEvent(new CustomEvent(`balcao:${name}`, { detail }))", [name, detail]
    )


async def test_a_list_that_heard_nothing_for_long_says_what_came_and_lets_it_be_chosen(desks: Desks) -> None:
    """Also one that was empty."""
    desks.behind.listed = False
    page = await desks.sit_down(ANA, TICKETS)
    await expect(page.locator("#list .empty")).to_be_visible()
    desks.behind.listed = True

    await _hear(page, "reset")

    await expect(page.locator("#news")).to_have_text(ONE_NEW)
    await page.keyboard.press(".")
    await expect(page.locator("#t7 [data-row-link]")).to_be_focused()
    await page.keyboard.press("x")
    await expect(page.get_by_role("region", name="Seleção")).to_contain_text("1 selecionado")
    async with page.expect_response(re.compile("/_rows")):
        await _hear(page, "reset")
    await expect(page.locator("#news")).to_be_empty()


async def test_a_new_task_is_announced_in_an_empty_list_of_ones_own(desks: Desks) -> None:
    desks.behind.listed = False
    page = await desks.sit_down(PAULO, TASKS)
    news = page.locator("#task-news")
    await expect(page.get_by_text("Nada para produzir agora")).to_be_visible()
    desks.behind.listed = True

    await _hear(page, "task", 3)

    await expect(news).to_have_text(ONE_NEW)
    await page.keyboard.press(".")
    await expect(page.locator("#task-3")).to_be_visible()
    await expect(news).to_be_empty()


async def test_a_task_of_somebody_else_is_no_news_in_a_list_of_ones_own_but_what_came_unheard_is(desks: Desks) -> None:
    mine = desks.behind.task["executor"]
    desks.behind.task["executor"] = {"person_id": "ana", "name": "Ana Prado"}
    desks.behind.listed = False
    page = await desks.sit_down(PAULO, TASKS)

    async with page.expect_response(re.compile("/_news")):
        await _hear(page, "task", 3)

    await expect(page.locator("#task-news")).to_be_empty()
    desks.behind.task["executor"], desks.behind.listed = mine, True
    await _hear(page, "reset")
    await expect(page.locator("#task-news")).to_have_text(ONE_NEW)


async def test_how_long_ago_something_was_goes_on_while_a_list_is_open(desks: Desks) -> None:
    now = datetime.now(UTC)
    desks.behind.ticket["updated_at"] = now.isoformat()
    page = await desks.sit_down(ANA, TICKETS)
    ago = page.locator("#t7 .c-ago")
    await page.clock.install()
    await page.reload()
    await expect(ago).to_have_text(re.compile("agora|há 1 min"))
    desks.behind.ticket["updated_at"] = (now - timedelta(minutes=20)).isoformat()

    await page.clock.fast_forward("02:00")

    await expect(ago).to_have_text(re.compile("há 2[0-9] min"))
