"""The board, load and recurrences on the whole product."""

from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST, SOON_MS, own_task

pytestmark = PAGE_TEST


def column(page: Page, name: str) -> Locator:
    return page.locator(f".b-column[data-name='{name}']")


async def in_column(page: Page, task: int, name: str) -> None:
    """The card is there, and the server has said so."""
    await expect(column(page, name).locator(f"#card-{task}:not(.pending)")).to_be_visible(timeout=SOON_MS)


async def test_a_card_moves_by_pointer_by_keys_by_menu_and_when_somebody_else_moves_it(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H4, H6: a drop counts once the server has said so."""
    task = await own_task(day, "Roteiro do vídeo")
    producer = await day.signed_in(company.producer)

    async def phase() -> str:
        return str((await producer.get(f"/api/v1/tasks/{task}"))["phase"]["id"])

    page = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/board?executor=me")
    card = page.locator(f"#card-{task}")
    await in_column(page, task, "A fazer")

    await card.drag_to(column(page, "Produzindo"))
    await in_column(page, task, "Produzindo")
    assert await phase() == "doing"

    await card.locator("[data-card]").focus()
    for key in ("Space", "ArrowRight", "Escape"):
        await page.keyboard.press(key)
    await in_column(page, task, "Produzindo")
    for key in ("Space", "ArrowRight", "Space"):
        await page.keyboard.press(key)
    await in_column(page, task, "Revisão interna")
    await expect(card.locator("[data-card]")).to_be_focused(timeout=SOON_MS)
    assert await phase() == "internal_review", "Escape put it back, the second time it was dropped"

    await card.locator("summary").click()
    await card.get_by_role("button", name="A fazer").click()
    await in_column(page, task, "A fazer")
    await producer.post(f"/api/v1/tasks/{task}/phase", {"phase": "doing"})
    await in_column(page, task, "Produzindo")


async def test_a_drop_that_is_refused_puts_the_card_back_and_says_why(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H6: work that waits for other work. What others move meanwhile doesn't take away why."""
    first, task = await own_task(day, "Fotografar"), await own_task(day, "Montar a vitrine")
    producer = await day.signed_in(company.producer)
    await producer.post(f"/api/v1/tasks/{task}/blockers", {"number": first})
    page = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/board")
    await expect(page.locator(f"#card-{task}")).to_contain_text("Espera outras")
    browsers.expect_refusals("/board/moves")
    await page.locator(f"#card-{task}").drag_to(column(page, "Produzindo"))
    await expect(page.locator("#board-said")).to_contain_text("A tarefa espera outras", timeout=SOON_MS)
    await in_column(page, task, "A fazer")
    await producer.post(f"/api/v1/tasks/{first}/phase", {"phase": "doing"})
    await in_column(page, first, "Produzindo")
    await expect(page.locator("#board-said")).to_contain_text("A tarefa espera outras")
    await page.locator(f"#card-{first}").drag_to(column(page, "A fazer"))
    await in_column(page, first, "A fazer")
    await expect(page.locator("#board-said")).to_be_empty()


async def test_on_a_phone_without_a_script_a_card_moves_by_its_menu(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H6: what is dragged has a menu too."""
    task = await own_task(day, "Legendar o vídeo")
    path = f"/{company.slug}/desk/board"
    page = await browsers.sit_down_as(company.producer.address, path, size=PHONE, java_script_enabled=False)
    card = page.locator(f"#card-{task}")
    await card.locator("summary").click()
    await card.get_by_role("button", name="Revisão interna").click()
    await expect(column(page, "Revisão interna").locator(f"#card-{task}")).to_have_count(1)


async def test_work_that_comes_again_is_planned_paused_and_changed_and_the_load_shows_what_is_left(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H6: recurring work, and who has how much to do."""
    await own_task(day, "Diagramar o relatório", estimate_minutes=150)
    page = await browsers.sit_down_as(company.analyst(None).address, f"/{company.slug}/desk/recurrences/new")
    await page.get_by_label("Título").fill("Pauta da semana")
    await page.get_by_role("button", name="Começar").click()
    assert await page.locator("[name=starts]:invalid").count() == 1, "it has to begin some day"
    await page.get_by_label("Primeira vez").fill("2027-01-04T09:00")
    await page.get_by_label("segunda").check()
    await page.get_by_label("quinta").check()
    await page.get_by_role("button", name="Começar").click()
    row = page.locator(".again li", has_text="Pauta da semana")
    await expect(row).to_contain_text("toda semana, segunda, quinta")
    await row.get_by_role("button", name="Pausar").click()
    await expect(row).to_contain_text("Pausada")
    await row.get_by_role("button", name="Continuar").click()
    await row.get_by_role("link", name="Pauta da semana").click()
    await expect(page.get_by_label("quinta")).to_be_checked()
    await page.get_by_label("quinta").uncheck()
    await page.get_by_role("button", name="Salvar").click()
    await expect(row).to_contain_text("toda semana, segunda")
    await page.get_by_role("link", name="Carga").click()
    await expect(page.locator("table.load tr", has_text=company.producer.name)).to_be_visible()
