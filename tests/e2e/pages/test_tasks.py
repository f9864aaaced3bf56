"""Production on the whole product: the producer's pages, and tickets that follow before one's eyes."""

import re

from playwright.async_api import Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST, SOON_MS, own_task, ticket_with_task

pytestmark = PAGE_TEST


async def test_a_producer_moves_a_task_from_the_list_by_keys_and_both_see_its_ticket_follow(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H4, H5, H6: out for approval means delivery, back to work means production, in every window that shows it."""
    _, ticket, task = await ticket_with_task(day, "Cartaz da feira")
    producer = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/tasks")
    agent = await browsers.sit_down_as(company.analyst(None).address, f"/{company.slug}/desk/tasks/{task}")
    follows = [one.locator(f"#ticket-{ticket} .stage-now") for one in (producer, agent)]

    link = producer.locator(f"#task-{task} [data-row-link]")
    await expect(link).to_be_visible()
    for _ in range(50):
        await producer.keyboard.press("j")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await producer.keyboard.press("Enter")
    await expect(producer.get_by_role("heading", level=1)).to_have_text("Arte: Cartaz da feira")

    for phase, stage in (("Homologação externa", "Entrega"), ("Produzindo", "Produção")):
        await producer.get_by_role("button", name=re.compile(phase)).click()
        await expect(producer.locator("#phases [aria-current=step]")).to_contain_text(phase, timeout=SOON_MS)
        for follow in follows:
            await expect(follow).to_contain_text(stage, timeout=SOON_MS)
        await expect(agent.locator("#phases [aria-current=step]")).to_contain_text(phase, timeout=SOON_MS)
    await expect(producer.locator("#task-talk")).to_contain_text("moveu a tarefa de “Homologação externa”")


async def test_what_goes_with_finished_work_is_handed_over_and_the_work_can_be_taken_up_again(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H4, H5"""
    _, ticket, task = await ticket_with_task(day, "Folheto")
    page = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/tasks/{task}")
    await page.get_by_text("Entregar o trabalho").click()
    part = page.locator("#deliver")
    await part.get_by_label("Uma frase para o cliente").fill("Prova e arquivo final.")
    await part.get_by_label("Links, um por linha").fill("https://provas.test/folheto Prova na tela")
    await part.locator("input[type=file]").set_input_files(
        {"name": "folheto.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await part.get_by_role("button", name="Concluir tarefa").click()

    await expect(part).to_contain_text("Prova e arquivo final.", timeout=SOON_MS)
    await expect(part.get_by_role("link", name="Prova na tela")).to_have_attribute(
        "href", "https://provas.test/folheto"
    )
    await expect(part.get_by_role("link", name="folheto.pdf")).to_be_visible()
    await expect(page.locator(f"#ticket-{ticket} .stage-now")).to_contain_text("Entrega", timeout=SOON_MS)

    await page.get_by_role("button", name="Reabrir tarefa").click()
    await expect(page.locator(f"#ticket-{ticket} .stage-now")).to_contain_text("Produção", timeout=SOON_MS)


async def test_a_task_holds_what_work_needs_and_answers_in_place(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H6: checklist, time, comments, and tasks it waits for."""
    photos = await own_task(day, "Fotos do evento")
    task = await own_task(day, "Catálogo de inverno", checklist=["Fotos", "Textos"], estimate_minutes=240)
    browsers.expect_refusals("/time", "/phase")
    page = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/tasks/{task}")
    await page.locator("body").evaluate("body => { body.dataset.sameDocument = 'yes' }")

    await page.get_by_role("checkbox", name="Fotos").click()
    await expect(page.locator("#checklist")).to_contain_text("1 de 2")
    await page.get_by_label("Novo item").fill("Prova de cor")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("checkbox", name="Prova de cor")).to_be_visible()
    await expect(page.get_by_label("Novo item")).to_have_value("")
    await page.get_by_label("Trabalhei hoje").fill("muito")
    await page.get_by_role("button", name="Lançar").click()
    await expect(page.locator("#task-said")).to_contain_text("Escreva quanto tempo")
    await page.get_by_label("Trabalhei hoje").fill("1h30")
    await page.get_by_role("button", name="Lançar").click()
    await expect(page.locator(".time-spent")).to_contain_text("1 h 30 min")
    await page.get_by_label("Tarefa que é preciso esperar").fill(f"T-{photos}")
    await page.locator("#task-facts form", has=page.locator("#blocker")).get_by_role("button").click()
    await expect(page.locator("#task-head")).to_contain_text(f"Espera por T-{photos} Fotos do evento")

    await page.get_by_role("button", name="Produzindo").click()
    await expect(page.locator("#task-said")).to_contain_text("A tarefa espera outras")
    await page.get_by_role("button", name="Seguir mesmo assim").click()
    await expect(page.locator("#phases [aria-current=step]")).to_contain_text("Produzindo")
    assert await page.locator("body").get_attribute("data-same-document") == "yes"

    await page.locator("#task-comment, #task-comment-editor").first.click()
    await page.keyboard.type("Falta a logo em vetor.")
    await page.get_by_role("button", name="Comentar").click()
    await expect(page.locator("#task-talk li.msg")).to_contain_text("Falta a logo em vetor.", timeout=SOON_MS)
    await page.get_by_role("link", name="Histórico").click()
    await expect(page.locator("#task-talk")).to_contain_text("marcou “Fotos”")


async def test_a_row_that_its_list_would_not_show_any_more_stays_and_says_why(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H9: rows change in place."""
    task = await own_task(day, "Banner de Natal")
    page = await browsers.sit_down_as(company.producer.address, f"/{company.slug}/desk/tasks")
    row = page.locator(f"#task-{task}")
    await expect(row).to_contain_text("A fazer")
    producer = await day.signed_in(company.producer)
    await producer.post(f"/api/v1/tasks/{task}/phase", {"phase": "doing"})
    await expect(row).to_contain_text("Produzindo", timeout=SOON_MS)
    await producer.post(f"/api/v1/tasks/{task}/complete")
    await expect(row).to_contain_text("Não está mais neste estado", timeout=SOON_MS)
    await page.get_by_role("link", name="Concluídas").click()
    await expect(page.locator(f"#task-{task}")).to_contain_text("Concluída")


async def test_on_a_phone_and_without_a_script_a_producer_plans_and_moves_own_work(
    browsers: Browsers, company: DemoCompany
) -> None:
    """H6, style: forms work without JavaScript, fingers find everything."""
    page = await browsers.sit_down_as(
        company.producer.address, f"/{company.slug}/desk/tasks", size=PHONE, java_script_enabled=False
    )
    await page.get_by_role("link", name="Nova tarefa").click()
    await page.get_by_label("Título").fill("Organizar o acervo")
    await page.get_by_label("Checklist, um item por linha").fill("Fotos\nVetores")
    await page.get_by_role("button", name="Criar tarefa").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Organizar o acervo")
    await page.get_by_role("checkbox", name="Vetores").click()
    await expect(page.locator("#checklist")).to_contain_text("1 de 2")
    await page.get_by_role("button", name="Produzindo").click()
    await expect(page.locator("#phases [aria-current=step]")).to_contain_text("Produzindo")
    await expect(page.locator("#task-tickets")).to_contain_text("Trabalho da própria equipe")
    await _fits(page)


async def _fits(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    box = await page.locator("#phases").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= size["width"]
    for button in await page.locator("#phases button, .check-item").all():
        high = await button.bounding_box()
        assert high is not None
        assert high["height"] >= 44
