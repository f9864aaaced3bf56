"""What somebody types at the desk is not lost and goes where it was meant, in real browsers before the product."""

import re
import time

from playwright.async_api import Page, Route, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Json
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Case, Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import CAMILA, HELENA, PAGE_TEST, SOON_MS, analysts_page, asked_by_mail, camila

pytestmark = PAGE_TEST


async def test_a_half_filled_menu_outlives_what_others_do(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W9, W11: all around it is live; what was decided meanwhile is a choice, and an end takes no words along."""
    case = await asked_by_mail(day, "Placa da loja")
    page = await analysts_page(browsers, company, case)
    await page.locator("#fact-promise > summary").click()
    await page.locator("#fact-promise").get_by_label("Prometido ao solicitante para").fill("2031-01-02T10:00")
    await page.locator("#fact-promise textarea").fill("A gráfica pediu mais prazo")
    await page.keyboard.press("Escape")
    await page.locator("#fact-watchers > summary").click()
    await page.locator("#do-watchers input[name=add]").fill("ainda-nao@")
    await page.keyboard.press("Escape")

    helena = await day.signed_in(company.named(HELENA))
    copy = {"address": "novo@cliente.test", "name": "Nova Pessoa"}
    edit = {"promised_for": "2030-05-05T12:00:00Z", "add_watchers": [copy]}
    assert (await helena.request("PATCH", f"/api/v1/tickets/{case.number}", json=edit)).status_code == 200
    await expect(page.locator("#fact-watchers > summary")).to_contain_text("Nova", timeout=SOON_MS)
    await expect(page.locator("#fact-promise > summary")).to_contain_text("2030")
    await expect(page.locator("#fact-promise textarea")).to_have_value("A gráfica pediu mais prazo")
    await expect(page.locator("#do-watchers input[name=add]")).to_have_value("ainda-nao@")

    browsers.expect_refusals("/promise")
    await page.locator("#fact-promise > summary").click()
    await page.locator("#fact-promise").get_by_role("button", name="Definir a data").click()
    await expect(page.locator("#alert")).to_contain_text("Outra pessoa alterou antes", timeout=SOON_MS)
    await page.locator("#alert").get_by_role("button", name="Aplicar a minha mesmo assim").click()
    await expect(page.locator("#fact-promise > summary")).to_contain_text("2031", timeout=SOON_MS)
    await expect(page.locator("#fact-promise textarea")).to_have_value("")

    await helena.command(case.number, "cancel")
    await expect(page.locator("#head .state")).to_contain_text("Cancelado", timeout=SOON_MS)
    await expect(page.locator("#do-watchers input[name=add]")).to_have_value("ainda-nao@")


async def test_a_task_is_asked_for_with_type_and_tags_and_the_ticket_taken_off_it_again(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """H3, H5, H6, O14: the ticket's tags are offered as ticked; unlinked, production is over for this ticket."""
    helena, name = await day.signed_in(company.named(HELENA)), f"Vídeo curto {time.time_ns()}"
    type_id = (await helena.post("/api/v1/task-types", {"name": name}))["id"]
    tags = [(await helena.post("/api/v1/tags", {"name": f"{one} {time.time_ns()}"}))["id"] for one in ("Loja", "Rua")]
    case = await asked_by_mail(day, "Vídeo da vitrine")
    edit = {"add_tags": tags[:1]}
    assert (await helena.request("PATCH", f"/api/v1/tickets/{case.number}", json=edit)).status_code == 200
    page = await analysts_page(browsers, company, case)
    form = page.locator("#do-tasks")

    async def offered() -> None:
        # A page waits a second for what it offers, and a busy machine may take longer.
        if await form.locator("select[name=task_type]").count() * await form.locator("[name=tag]").count() == 0:
            await page.reload()
            raise NotYet("types and tags are not offered")

    await eventually("types and tags to choose from", offered)
    await page.locator("#task-new > summary").click()
    await form.get_by_label("Tipo").select_option(label=name)
    await expect(form.locator(f"input[value='{tags[0]}']")).to_be_checked()
    await form.locator(f"input[value='{tags[0]}']").uncheck()
    await form.locator(f"input[value='{tags[1]}']").check()
    await form.get_by_label("Previsto para").fill("2031-03-10T12:00")
    await form.get_by_role("button", name="Criar tarefa").click()

    row = page.locator("#tasks .task")
    await expect(row).to_contain_text("A fazer", timeout=SOON_MS)
    number = (await case.agent.ticket(case.number))["tasks"][0]["number"]
    task = await case.agent.get(f"/api/v1/tasks/{number}")
    assert [one["id"] for one in task["tags"]] == [tags[1]]
    assert (task["type_id"], task["due"]) == (type_id, "2031-03-10T15:00:00Z")

    await row.locator("details.more > summary").click()
    await row.get_by_role("button", name="Desvincular desta tarefa").click()
    await expect(row).to_have_count(0, timeout=SOON_MS)

    async def parted() -> None:
        if (await case.agent.get(f"/api/v1/tasks/{number}"))["tickets"]:
            raise NotYet("it still serves the ticket")

    await eventually("the task to serve no ticket", parted)


async def test_a_saved_reply_waits_with_a_date_and_a_note_resolves_with_a_method(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W4, W5, W8, W18: by keyboard; what happens to the situation stands on the sheet before."""
    agent = await camila(day)
    title = f"Peço medidas {time.time_ns()}"
    await agent.post("/api/v1/saved-replies", {"title": title, "text": "Olá! Quais são as medidas?", "shared": True})
    case = await asked_by_mail(day, "Totem")
    page = await analysts_page(browsers, company, case)
    await page.keyboard.press("n")
    await expect(page.locator("trix-editor")).to_be_focused(timeout=SOON_MS)
    await page.keyboard.press("Control+.")
    menu = page.get_by_role("dialog", name="Respostas salvas")
    await menu.get_by_role("searchbox").fill(title)
    await expect(menu.locator("[data-reply-id]")).to_have_count(1, timeout=SOON_MS)
    await page.keyboard.press("Enter")
    await expect(page.locator("trix-editor")).to_contain_text("Quais são as medidas?", timeout=SOON_MS)
    await expect(page.get_by_label("Exibir para solicitante")).to_be_checked()

    await page.get_by_label("Situação depois de enviar").select_option("waiting")
    await page.locator("#writing").get_by_label("Esperar por").select_option("follow_up")
    await page.locator("#writing").get_by_label("Até").fill("2031-03-10T09:00")
    await page.locator("trix-editor").click()
    await page.keyboard.press("Control+Enter")
    sheet = page.get_by_role("dialog")
    await expect(sheet.locator(".rcp")).to_contain_text(re.compile("Aguardando retorno: .*10.*09:00"), timeout=SOON_MS)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#head .state")).to_contain_text("Aguardando retorno", timeout=SOON_MS)
    wait = (await case.agent.ticket(case.number))["wait"]
    assert (wait["reason"], wait["until"]) == ("follow_up", "2031-03-10T12:00:00Z")

    await page.keyboard.press("n")
    await expect(page.locator("trix-editor")).to_be_focused(timeout=SOON_MS)
    await page.keyboard.insert_text("Pediu a outro fornecedor.")
    await page.get_by_label("Situação depois de enviar").select_option("resolved")
    await page.locator("#writing").get_by_label("Como foi resolvido").select_option("rejected")
    await page.get_by_role("button", name="Salvar nota").click()
    await expect(page.locator("#head .state")).to_contain_text("Resolvido", timeout=SOON_MS)
    assert (await case.agent.ticket(case.number))["resolution"] == "rejected"


async def test_how_one_waits_comes_with_a_saved_reply_and_outlives_a_reload_and_the_end_of_the_ticket(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W4, W7, W8, W18: days, the end without an answer, and a date that is not there yet."""
    agent = await camila(day)
    title = f"Peço a planta {time.time_ns()}"
    then = {"status": "waiting", "reason": "more_information", "days": 3, "close_if_no_answer": True}
    reply = {
        "title": title,
        "text": "Olá! Pode enviar a planta?",
        "visible": False,
        "shared": True,
        "sets": {"then": then},
    }
    await agent.post("/api/v1/saved-replies", reply)
    case = await asked_by_mail(day, "Placa de obra")
    page = await analysts_page(browsers, company, case)
    writing = page.locator("#writing")
    await _write(page, "")
    await page.keyboard.press("Control+.")
    menu = page.get_by_role("dialog", name="Respostas salvas")
    await menu.get_by_role("searchbox").fill(title)
    await expect(menu.locator("[data-reply-id]")).to_have_count(1, timeout=SOON_MS)
    await page.keyboard.press("Enter")
    days, closes = (
        writing.get_by_label("Ou por quantos dias úteis"),
        writing.get_by_label("Resolver se não houver resposta"),
    )
    situation = page.get_by_label("Situação depois de enviar")
    await expect(days).to_have_value("3", timeout=SOON_MS)
    await expect(closes).to_be_checked()
    await days.fill("2")
    await expect(page.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)

    await page.reload()
    await expect(situation).to_have_value("waiting")
    await expect(days).to_have_value("2")
    await expect(closes).to_be_checked()
    await writing.get_by_label("Esperar por").select_option("follow_up")
    await expect(days).to_be_hidden()
    await expect(page.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)
    await page.reload()
    await expect(writing.get_by_label("Esperar por")).to_have_value("follow_up")
    await writing.get_by_label("Até").fill("2031-03-10T09:00")
    await expect(page.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)

    await case.agent.command(case.number, "resolve", {"method": "rejected"})
    await page.reload()
    await expect(page.get_by_label("O que você escreve")).to_have_value(re.compile("Pode enviar a planta"))
    await expect(situation).to_have_value("open")
    await expect(page.get_by_text("leva o ticket de volta ao atendimento")).to_be_visible()
    await page.get_by_role("button", name="Salvar nota").click()
    await expect(page.locator("#head .state")).to_contain_text("Em atendimento", timeout=SOON_MS)
    assert await _kept(case) == []


async def test_two_windows_with_one_draft_lose_nothing(browsers: Browsers, day: Workday, company: DemoCompany) -> None:
    """W7: the later one is told and chooses; until then both keep their words."""
    case = await asked_by_mail(day, "Faixa")
    one = await analysts_page(browsers, company, case)
    other = await one.context.new_page()
    await other.goto(one.url)
    await _write(one, "Escrito aqui.")
    await expect(one.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)
    browsers.expect_refusals("/unsent")
    await _write(other, "Escrito lá.")
    told = other.get_by_text("Este rascunho mudou em outra janela.")
    await expect(told).to_be_visible(timeout=SOON_MS)
    await expect(other.locator("trix-editor")).to_have_text("Escrito lá.")
    await expect(one.locator("trix-editor")).to_have_text("Escrito aqui.")
    assert await _kept(case) == ["Escrito aqui."]

    await other.get_by_role("button", name="Manter este").click()
    await expect(told).to_be_hidden()
    await expect(other.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)
    assert await _kept(case) == ["Escrito lá."]
    await one.bring_to_front()
    await one.locator("trix-editor").press("End")
    await one.keyboard.insert_text(" Mais.")
    await expect(one.get_by_role("button", name="Usar o de lá")).to_be_visible(timeout=SOON_MS)
    await expect(one.locator("trix-editor")).to_have_text("Escrito aqui. Mais.")
    await one.get_by_role("button", name="Usar o de lá").click()
    # The page comes anew, ready to go on writing.
    await expect(one.locator("trix-editor")).to_have_text("Escrito lá.", timeout=SOON_MS)


async def test_an_attachment_that_does_not_get_through_is_tried_again(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W11: the words wait for nothing; the file is sent once it is up."""
    case = await asked_by_mail(day, "Catálogo")
    page = await analysts_page(browsers, company, case)
    failing = True

    async def meet(route: Route) -> None:
        await (route.abort() if failing else route.continue_())

    await page.route("**/api/v1/files?*", meet)
    await _write(page, "Segue a arte.")
    await page.locator("#writing input[type=file]").set_input_files(
        {"name": "arte.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    row = page.locator("[data-attached] > .att")
    await expect(row).to_contain_text("Não foi possível enviar", timeout=SOON_MS)
    await expect(row.get_by_role("button", name="Tentar de novo")).to_be_visible()
    assert await violations(page) == []
    failing = False
    await row.get_by_role("button", name="Tentar de novo").click()
    await expect(row).not_to_contain_text("Não foi possível", timeout=SOON_MS)
    await page.get_by_role("button", name="Salvar nota").click()
    await expect(page.locator("li.msg.note").last).to_contain_text("arte.pdf", timeout=SOON_MS)


async def test_an_answer_prepared_by_production_stays_one_when_the_page_is_loaded_again(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """H4, W7, W9: a date is promised in it, each recipient's mail looked at, and it is sent as what was handed over."""
    case = await asked_by_mail(day, "Logotipo")
    copy = {"add_watchers": [{"address": "socia@cliente.test", "name": "Sônia Alves"}]}
    assert (await case.agent.request("PATCH", f"/api/v1/tickets/{case.number}", json=copy)).status_code == 200
    task = await day.ask_for_task(case, "Logotipo em vetor")
    producer = await day.signed_in(company.producer)
    await producer.post(f"/api/v1/tasks/{task}/complete", {"handover": "O logotipo está em curvas."})
    await case.agent.until_stage(case.number, "delivery")
    page = await analysts_page(browsers, company, case)
    await page.get_by_role("link", name="Conferir e usar").click(timeout=SOON_MS)
    await expect(page.locator("trix-editor")).to_contain_text("em curvas", timeout=SOON_MS)
    await page.locator(".promising > summary").click()
    await page.locator(".promising input[name=at]").fill("2031-03-10T12:00")
    await page.locator(".promising").get_by_role("button", name="Definir a data").click()
    await expect(page.locator("trix-editor")).to_contain_text("10/03/2031", timeout=SOON_MS)
    await expect(page.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)

    await page.goto(page.url.split("?")[0])
    await expect(page.get_by_text("Preparada a partir do que a produção entregou")).to_be_visible(timeout=SOON_MS)
    await expect(page.get_by_role("link", name="Conferir e usar")).to_have_count(0)
    await page.get_by_role("button", name="Ver prévia e enviar").click()
    sheet = page.get_by_role("dialog")
    letter = sheet.frame_locator("iframe.letter")
    await expect(letter.get_by_text("10/03/2031").last).to_be_visible(timeout=SOON_MS)
    await sheet.locator(".letter-to").get_by_text("Sônia Alves").click()
    await expect(sheet.get_by_role("radio", name="Sônia Alves")).to_be_checked()
    await expect(letter.get_by_text("em curvas").last).to_be_visible(timeout=SOON_MS)
    assert await violations(page) == []
    await sheet.get_by_role("button", name="Enviar para 2 pessoas").click()
    await expect(page.locator("#tasks")).to_contain_text("Enviado ao solicitante", timeout=SOON_MS)
    assert await _kept(case) == []


async def test_a_ticket_that_is_being_opened_is_kept_while_one_types(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """O11, O12: loaded again and in another window, on a phone; opened in a project, it is kept no more."""
    helena, agent = await day.signed_in(company.named(HELENA)), await camila(day)
    workspaces: list[Json] = (await helena.get("/api/v1/workspaces"))["items"]
    names = [f"Campanha {n} {time.time_ns()}" for n in range(2)]
    for name, workspace in zip(names, workspaces, strict=False):
        await helena.post("/api/v1/projects", {"name": name, "workspace_id": workspace["id"]})
    new = f"/{company.slug}/desk/tickets/new"
    title = f"Vitrine de Páscoa {time.time_ns()}"
    page = await browsers.sit_down_as(CAMILA, new, size=PHONE)
    await page.get_by_label("Título").fill(title)
    await page.get_by_role("combobox", name="Solicitante").fill("Lia <lia@otica-luz.test>")
    await page.locator("#f-text").focus()
    await expect(page.locator("trix-editor")).to_be_focused(timeout=SOON_MS)
    await page.keyboard.insert_text("Com ")
    await expect(page.locator("trix-editor")).to_contain_text("Com")
    await page.keyboard.press("Control+b")
    await expect(page.get_by_role("button", name="Negrito")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.insert_text("luz")
    await expect(page.locator("trix-editor strong")).to_have_text("luz")
    await page.locator("input[type=file]").set_input_files(
        {"name": "vitrine.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    await expect(page.locator("[data-attached] [data-receipt]")).to_have_count(1, timeout=SOON_MS)
    await page.get_by_label("Workspace").select_option(workspaces[0]["id"])
    await expect(page.locator("#f-project_id option", has_text=names[1])).to_be_disabled()
    await page.get_by_label("Projeto").select_option(label=names[0])

    await page.reload()
    await expect(page.get_by_text("O que você tinha escrito aqui voltou.")).to_be_visible(timeout=SOON_MS)
    await expect(page.get_by_label("Título")).to_have_value(title)
    await expect(page.locator("trix-editor strong")).to_have_text("luz")
    await expect(page.locator("[data-attached]")).to_contain_text("vitrine.pdf")
    assert await violations(page) == []
    other = await page.context.new_page()
    await other.goto(browsers.url + new)
    await expect(other.get_by_label("Título")).to_have_value("")
    await expect(other.locator("#begun")).to_contain_text(title)

    await page.get_by_role("button", name="Abrir ticket").click()
    await page.wait_for_url(re.compile(r"/tickets/\d+$"))
    ticket = await agent.ticket(int(page.url.rsplit("/", 1)[1]))
    project = next(one for one in (await agent.get("/api/v1/projects"))["items"] if one["name"] == names[0])
    assert (ticket["title"], ticket["project_id"], ticket["stage"]) == (title, project["id"], "triage")
    assert "<strong>luz</strong>" in ticket["requested_html"]
    assert [one["name"] for one in ticket["requested_files"]] == ["vitrine.pdf"]
    await other.reload()
    await expect(other.locator("#begun")).to_be_hidden()
    await expect(other.get_by_label("Título")).to_have_value("")


async def _write(page: Page, words: str) -> None:
    await page.get_by_label("O que você escreve").first.click()
    await expect(page.locator("trix-editor")).to_be_focused(timeout=SOON_MS)
    await page.keyboard.insert_text(words)


async def _kept(case: Case) -> list[str]:
    items = (await case.agent.get(f"/api/v1/tickets/{case.number}/unsent"))["items"]
    return [one["text"] for one in items if not one["drafted_from"]]
