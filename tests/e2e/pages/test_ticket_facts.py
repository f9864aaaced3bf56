"""Who a ticket is for and with, where it belongs, and who takes it: changed on its page, in real browsers."""

from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import CAMILA, PAGE_TEST, SOON_MS, camila, opened, own_task, somebody_new

pytestmark = PAGE_TEST


async def fact(page: Page, name: str) -> Locator:
    """A fact's menu, opened."""
    box = page.locator(f"#fact-{name}")
    if await box.get_attribute("open") is None:
        await box.locator("> summary").click()
    return box


async def test_people_are_put_in_copy_and_taken_off_and_the_requester_is_another(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """W7: who is told of it."""
    agent = await camila(day)
    number = await opened(agent, "Placa da recepção")
    page = await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk/tickets/{number}")
    copied, other = somebody_new("Rute Campos"), somebody_new("Otto Reis")

    watchers = await fact(page, "watchers")
    await watchers.get_by_label("Adicionar por e-mail").fill(copied["address"])
    await watchers.get_by_label("Nome (opcional)").fill("Rute Campos")
    await watchers.get_by_role("button", name="Colocar em cópia").click()
    await expect(watchers.locator("> summary")).to_contain_text("Rute Campos", timeout=SOON_MS)
    assert [one["address"] for one in (await agent.ticket(number))["watchers"]] == [copied["address"]]

    await (await fact(page, "watchers")).get_by_role("button", name="Tirar Rute Campos da cópia").click()
    await expect(watchers.locator("> summary")).to_contain_text("Ninguém", timeout=SOON_MS)

    requester = await fact(page, "requester")
    await requester.get_by_label("E-mail do solicitante").fill(other["address"])
    await requester.get_by_label("Nome, se for novo").fill("Otto Reis")
    await requester.get_by_role("button", name="Trocar o solicitante").click()
    await expect(page.locator("#facts .person")).to_contain_text("Otto Reis", timeout=SOON_MS)
    assert (await agent.ticket(number))["requester"]["address"] == other["address"]


async def test_a_ticket_gets_its_workspace_and_project_and_a_task_that_was_there_before(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H3, O6, W11"""
    agent = await camila(day)
    number, task = await opened(agent, "Catálogo de outono"), await own_task(day, "Fotos do catálogo")
    projects = (await agent.get("/api/v1/projects"))["items"]
    project = next(one for one in projects if not one["archived"])
    page = await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk/tickets/{number}")

    workspace = await fact(page, "workspace")
    await workspace.get_by_label("Workspace").select_option(project["workspace_id"])
    await workspace.get_by_role("button", name="Trocar").click()
    await expect(workspace.locator("> summary .muted")).to_have_count(0, timeout=SOON_MS)
    chosen = await fact(page, "project")
    await chosen.get_by_label("Projeto").select_option(project["id"])
    await chosen.get_by_role("button", name="Trocar").click()
    await expect(chosen.locator("> summary")).to_contain_text(project["name"], timeout=SOON_MS)

    await page.locator("#task-link > summary").click()
    await page.locator("#task-link").get_by_label("Número da tarefa").fill(f"T-{task}")
    await page.locator("#task-link").get_by_role("button", name="Vincular tarefa").click()
    await expect(page.locator("#tasks .task")).to_contain_text("Fotos do catálogo", timeout=SOON_MS)

    ticket = await agent.ticket(number)
    assert (ticket["workspace_id"], ticket["project_id"]) == (project["workspace_id"], project["id"])
    assert [one["number"] for one in ticket["tasks"]] == [task]


async def test_a_ticket_is_taken_given_back_and_refused_with_a_reason_on_a_phone(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """W2, W8: whose it is, said and seen."""
    agent = await camila(day)
    number = await opened(agent, "Cartaz do elevador")
    page = await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk/tickets/{number}", size=PHONE)

    await (await fact(page, "analyst")).get_by_role("button", name="Assumir").click()
    await expect(page.locator("#fact-analyst > summary")).to_contain_text("Camila", timeout=SOON_MS)
    await (await fact(page, "analyst")).get_by_role("button", name="Devolver: volta para A fazer").click()
    await expect(page.locator("#head")).to_contain_text("A fazer", timeout=SOON_MS)

    await (await fact(page, "analyst")).get_by_role("button", name="Assumir").click()
    await expect(page.locator("#head")).not_to_contain_text("A fazer", timeout=SOON_MS)
    analyst = await fact(page, "analyst")
    await analyst.get_by_label("Por que você não pode fazer").fill("Estou de férias amanhã.")
    await analyst.get_by_role("button", name="Não posso fazer").click()
    await expect(page.locator("#timeline")).to_contain_text(
        "não pode fazer: o ticket volta para A fazer. Estou de férias amanhã.", timeout=SOON_MS
    )
    assert (
        not (await agent.ticket(number)).get("analyst")
        or (await agent.ticket(number))["analyst"]["person_id"] != agent.person["id"]
    )
