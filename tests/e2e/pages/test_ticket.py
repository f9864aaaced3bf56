"""A ticket's page in real browsers before the whole product: what an agent does there all day."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from balcao.local.demo import mails
from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST, SOON_MS, analysts_page, asked_by_mail

pytestmark = PAGE_TEST


async def test_what_an_agent_changes_is_answered_in_place_and_can_be_taken_back(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H1, O9, O14, W9, W11: by keyboard and pointer, on one and the same page."""
    case = await asked_by_mail(day, "Letreiro da fachada")
    page = await analysts_page(browsers, company, case)
    await page.locator("body").evaluate("body => { body.dataset.sameDocument = 'yes' }")

    await page.keyboard.press("s")
    await page.keyboard.press("3")
    await expect(_stage(page)).to_contain_text("Planejar", timeout=SOON_MS)
    await page.keyboard.press("z")
    await expect(_stage(page)).not_to_contain_text("Planejar", timeout=SOON_MS)

    await page.keyboard.press("p")
    await page.get_by_role("slider").press("End")
    await expect(page.locator(".bands .on")).to_contain_text("Urgente")
    await page.locator("#fact-priority").get_by_role("button", name="Trocar").click()
    await expect(page.locator("#head .pri")).to_have_text("100 Urgente", timeout=SOON_MS)
    await expect(page.locator("#fact-priority > summary")).to_be_focused()

    await page.keyboard.press("t")
    await page.locator("#fact-tags input[name=name]").fill("Fachada nova")
    await page.keyboard.press("Enter")
    await expect(page.locator("#head .tag")).to_have_text("Fachada nova", timeout=SOON_MS)

    promise = page.locator("#fact-promise")
    await promise.locator("> summary").click()
    await promise.get_by_label("Prometido ao solicitante para").fill("2031-03-10T12:00")
    await promise.get_by_role("button", name="Definir a data").click()
    await page.get_by_role("button", name="Usar na resposta").click(timeout=SOON_MS)
    await expect(page.get_by_label("Exibir para solicitante")).to_be_checked()
    await expect(page.locator("#composer form").first).to_contain_text("10/03/2031")

    assert await page.locator("body").get_attribute("data-same-document") == "yes"
    ticket = await case.agent.ticket(case.number)
    assert (ticket["priority"], len(ticket["tags"]), ticket["promised_for"]) == (100, 1, "2031-03-10T15:00:00Z")


async def test_when_somebody_was_quicker_one_chooses_and_no_word_is_lost(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    case = await asked_by_mail(day, "Folder da primavera")
    page = await analysts_page(browsers, company, case)
    await page.locator("#plan > summary").click()
    await page.locator("#plan textarea").fill("Meu plano")
    await case.agent.command(case.number, "action-plan", {"text": "Plano de outra pessoa"})

    browsers.expect_refusals("/action-plan")
    await page.get_by_role("button", name="Salvar plano").click()

    choice = page.locator("#alert")
    await expect(choice).to_contain_text("Outra pessoa alterou antes", timeout=SOON_MS)
    await expect(choice).to_contain_text("escreveu o que deve ser feito")
    await expect(page.locator("#plan textarea")).to_have_value("Meu plano")
    await choice.get_by_role("button", name="Aplicar a minha mesmo assim").click()
    await expect(choice).not_to_contain_text("Outra pessoa", timeout=SOON_MS)
    assert (await case.agent.ticket(case.number))["action_plan"] == "Meu plano"


async def test_news_come_in_without_touching_what_one_writes(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H6: a task asked for, its phases and a new message show by themselves."""
    case = await asked_by_mail(day, "Selo de aniversário")
    page = await analysts_page(browsers, company, case)
    area = page.locator("#composer textarea[name=text]").first
    await page.get_by_text("Criar tarefa").first.click()
    await page.locator("#task-new").get_by_label("Título").fill("Selo em curvas")
    await page.locator("#task-new").get_by_role("button", name="Criar tarefa").click()
    task = page.locator("#tasks .task")
    await expect(task).to_contain_text("A fazer", timeout=SOON_MS)
    await expect(_stage(page)).to_contain_text("Produção", timeout=SOON_MS)
    number = (await case.agent.ticket(case.number))["tasks"][0]["number"]
    await area.evaluate("area => { area.value = 'meio escrito' }")

    await day.move(number, "Produzindo")

    await expect(task).to_contain_text("Produzindo", timeout=SOON_MS)
    await expect(area).to_have_value("meio escrito")


async def test_a_mail_is_shown_as_it_was_written_and_tells_nobody_that_it_was_read(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """O8: how it got here; its HTML in a frame that runs and fetches nothing."""
    client = day.company.client
    mail = mails.question(client, day.company, f"Carta com imagem ({day.name})")
    mail.add_alternative(
        "<h1>Oi</h1><p>Em <b>negrito</b></p><script>parent.document.title = 'ran'</script>"
        "<img src='https://rastreio.test/pixel.gif' onerror=\"parent.document.title = 'ran'\">",
        subtype="html",
    )
    with day.story.step("A client sends a letter") as step:
        case, _ = await day.open_by_mail(step, mail, client, client.workspace)
    page = await analysts_page(browsers, company, case)

    await expect(page.locator("#context")).to_contain_text(company.address, timeout=SOON_MS)
    await page.get_by_role("link", name="Ver e-mail original").click()

    letter = page.frame_locator("iframe.letter-frame")
    await expect(letter.get_by_role("heading", name="Oi")).to_be_visible(timeout=SOON_MS)
    await expect(letter.locator("script")).to_have_count(0)
    await expect(page.get_by_text("imagem externa não é mostrada")).to_be_visible()
    assert "ran" not in await page.title()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_each_tab_is_whole_on_a_phone_and_keeps_nobody_out(
    browsers: Browsers, company: DemoCompany, day: Workday, scheme: str
) -> None:
    """W10."""
    case = await asked_by_mail(day, f"Convite em papel {scheme}")
    page = await analysts_page(browsers, company, case, size=PHONE, color_scheme=scheme)

    for tab in ("Informações", "Histórico", "Ações"):
        await page.locator("#tabs").get_by_role("link", name=re.compile(f"^{tab}")).click()
        await expect(page.locator("#tabs [aria-current=page]")).to_contain_text(tab)
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await page.locator("#fact-analyst > summary").click()
    await expect(page.locator("#fact-analyst .box")).to_be_in_viewport()
    assert await violations(page) == []


async def test_without_script_the_page_does_all_the_same(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H1, W4: plain forms, a page after each."""
    case = await asked_by_mail(day, "Adesivo sem script")
    page = await analysts_page(browsers, company, case, java_script_enabled=False)

    await page.get_by_role("button", name="Análise", exact=True).click()
    await expect(_stage(page)).to_contain_text("Análise")
    await page.locator("#wait-pop > summary").click()
    await page.locator("#wait-pop select").select_option("follow_up")
    browsers.expect_refusals("/wait")
    await page.locator("#wait-pop").get_by_role("button").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.locator("#wait-pop").get_by_label(re.compile("Até")).fill("2031-03-10T09:00")
    await page.locator("#wait-pop").get_by_role("button").click()
    await expect(page.locator("#head .state")).to_contain_text("Aguardando retorno")


def _stage(page: Page) -> Locator:
    return page.locator("#stages [aria-current=step]")
