"""The ticket list in real browsers before the whole product: filters, views, the search, keys, and live changes."""

import re
import time

from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Session
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import LIA, PAGE_TEST, SOON_MS, camila, opened, tagged

pytestmark = PAGE_TEST

LIST = "/desk/tickets"


async def _prioritise(agent: Session, number: int, priority: int) -> None:
    answer = await agent.request("PATCH", f"/api/v1/tickets/{number}", json={"priority": priority})
    assert answer.status_code == 200, answer.text


def _row(page: Page, number: int) -> Locator:
    return page.locator(f"#t{number}")


async def _place_of(link: Locator) -> tuple[float, float, float]:
    box = await link.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["height"]


async def test_filters_are_chosen_shown_as_chips_shared_by_address_and_taken_away(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """H9, O9, O14: the address is the whole state; stages count what they would show."""
    agent, tag, (urgent, calm) = await tagged(day, "Banner urgente", "Banner calmo", workspace_id=None)
    await _prioritise(agent, urgent, 90)
    page = await browsers.sit_down_as(company.players[0].address, f"/{company.slug}{LIST}?tag={tag}")
    await expect(_row(page, urgent)).to_contain_text("90 Urgente", timeout=SOON_MS)
    await expect(_row(page, calm)).to_be_visible()

    await page.locator("#filter > summary").click()
    await page.get_by_role("checkbox", name="Urgente").check()
    await page.get_by_role("checkbox", name="Em atendimento").check()
    await page.get_by_role("button", name="Aplicar").click()

    await page.wait_for_url(re.compile(r"status=open.*band=urgent|band=urgent.*status=open"))
    assert "kind=" not in page.url
    await expect(_row(page, urgent)).to_be_visible()
    await expect(_row(page, calm)).to_be_hidden()
    await expect(page.locator("#total")).to_have_text("1")
    stages = page.get_by_role("navigation", name="Etapa")
    counted = [int(await one.inner_text()) for one in await stages.locator("[data-count]").all()]
    assert counted[0] == sum(counted[1:]) == 1
    await page.get_by_role("link", name="Remover filtro Prioridade: Urgente").click()
    await expect(_row(page, calm)).to_be_visible()
    await stages.get_by_role("link", name=re.compile("^Entrega")).click()
    await expect(page.get_by_text("Nada encontrado com estes filtros")).to_be_visible()
    assert await violations(page) == []


async def test_a_list_is_kept_as_a_view_changed_renamed_and_deleted(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """Saved views: what is given beside one replaces what it says, until it is saved."""
    _, tag, (number,) = await tagged(day, "Vídeo para a fachada")
    name = f"Visão {time.time_ns()}"
    page = await browsers.sit_down_as(company.players[0].address, f"/{company.slug}{LIST}?tag={tag}")
    await page.locator("#save-view > summary").click()
    await page.get_by_label("Nome").fill(name)
    await page.get_by_role("button", name="Salvar visão").last.click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    await expect(_row(page, number)).to_be_visible(timeout=SOON_MS)

    await page.locator("#order > summary").click()
    await page.get_by_role("link", name="Mais antigos").click()
    await page.get_by_role("button", name="Salvar alterações").click()
    await page.wait_for_url(re.compile(r"\?view=[\w-]+$"))
    await expect(page.locator("#order > summary")).to_contain_text("Mais antigos")

    await page.get_by_role("link", name="Visões salvas").click()
    mine = page.locator("li", has=page.get_by_role("link", name=name))
    await mine.locator("summary", has_text="Renomear").click()
    await mine.get_by_label("Nome").fill(f"{name} B")
    await mine.get_by_role("button", name="Salvar").click()
    mine = page.locator(".views li", has_text=f"{name} B")
    await mine.locator("summary", has_text="Apagar").click()
    assert await violations(page) == []
    await mine.get_by_role("button", name="Apagar visão").click()
    await expect(page.locator(".views li", has_text=name)).to_have_count(0)


async def test_an_open_list_changes_in_place_and_new_tickets_wait_to_be_shown(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """Live: nothing under pointer, focus or selection moves; what left the list stays, and says why."""
    agent, tag, (first, second) = await tagged(day, "Cartaz da feira", "Folder da feira")
    page = await browsers.sit_down_as(
        company.players[0].address, f"/{company.slug}{LIST}?tag={tag}&stage=triage,analysis&order=oldest"
    )
    await expect(_row(page, second)).to_be_visible(timeout=SOON_MS)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    focused = _row(page, second).locator("[data-row-link]")
    await expect(focused).to_be_focused()
    await _row(page, second).get_by_role("checkbox").check()
    await focused.focus()
    before = await _place_of(focused)

    await _prioritise(agent, first, 85)
    await expect(_row(page, first)).to_contain_text("85 Urgente", timeout=SOON_MS)
    await agent.command(second, "stage", {"stage": "planning"})
    await expect(_row(page, second)).to_contain_text("Saiu desta visão: Planejar", timeout=SOON_MS)
    new = await opened(agent, "Convite da feira", tags=[tag])
    await expect(page.locator("#news")).to_have_text(re.compile(r"1 novo\s*Mostrar"), timeout=SOON_MS)

    await expect(focused).to_be_focused()
    await expect(_row(page, second).get_by_role("checkbox")).to_be_checked()
    assert await _place_of(focused) == before
    await expect(_row(page, new)).to_have_count(0)

    await page.keyboard.press(".")
    await expect(_row(page, new).locator("[data-row-link]")).to_be_focused(timeout=SOON_MS)
    await expect(_row(page, second)).to_have_count(0)
    await expect(page.locator("#news")).to_be_empty()
    await expect(page.locator("#total")).to_have_text("2")


async def test_the_search_answers_while_one_types_and_a_number_leads_to_its_ticket(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """P2's counterpart at the desk, for producers too; with keys alone."""
    agent = await camila(day)
    number = await opened(agent, "Outdoor da zarabatana na avenida")
    page = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/tasks")
    await page.keyboard.press("Control+k")
    box = page.get_by_role("dialog", name="Buscar tickets")
    found = box.get_by_role("link", name="Outdoor da zarabatana na avenida")

    async def is_found() -> None:
        await box.get_by_role("searchbox").fill("zarabatanas")
        await expect(found).to_be_visible(timeout=SOON_MS)

    await is_found()
    await expect(found.locator("mark")).to_have_text("zarabatana")
    assert await violations(page) == []
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Outdoor da zarabatana na avenida")

    await page.goto(f"{browsers.url}/{company.slug}{LIST}")
    await page.keyboard.press("/")
    await page.keyboard.type(str(number))
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(rf"/tickets/{number}$"))


async def test_without_script_filters_pages_views_and_the_search_work(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """Plain links and forms; keyset pages lead on and back."""
    agent, tag, _ = await tagged(day, "Um", requester=LIA)
    for n in range(51):
        await opened(agent, f"Peça {n}", requester=LIA, tags=[tag])
    page = await browsers.sit_down_as(
        company.players[0].address, f"/{company.slug}{LIST}?tag={tag}&order=oldest", java_script_enabled=False
    )
    await expect(page.locator("tbody tr")).to_have_count(50)
    await page.get_by_role("link", name="Próxima página").click()
    await expect(page.locator("tbody tr")).to_have_count(2)
    await expect(page.get_by_text("51 a 52 de 52")).to_be_visible()
    await page.get_by_role("link", name="Página anterior").click()
    await expect(page.locator("tbody tr")).to_have_count(50)

    await page.locator("#filter > summary").click()
    await page.get_by_label("Solicitante").fill("Lia Pra")
    await page.get_by_role("button", name="Aplicar").click()
    await expect(page.get_by_role("link", name=re.compile("Remover filtro Solicitante: .*Lia Prates"))).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(50)

    await page.get_by_role("searchbox", name="Buscar tickets").first.fill("peça 50")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Peça 50").first).to_be_visible(timeout=SOON_MS)


async def test_on_a_phone_a_row_is_a_card_and_nothing_is_cut_off(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """O9: priority is a number and a word there too."""
    _, tag, (number,) = await tagged(day, "Um título bem comprido que não cabe em uma linha do telefone de ninguém")
    page = await browsers.sit_down_as(
        company.players[0].address, f"/{company.slug}{LIST}?tag={tag}", size=PHONE, color_scheme="dark"
    )
    card = _row(page, number)
    await expect(card).to_contain_text("Não priorizada", timeout=SOON_MS)
    title = await card.get_by_role("link").bounding_box()
    assert title is not None
    assert title["height"] > 30, "the title may take two lines"
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await violations(page) == []
    await page.locator("#filter > summary").click()
    await expect(page.get_by_role("button", name="Aplicar")).to_be_in_viewport()
