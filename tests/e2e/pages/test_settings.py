"""The settings in real browsers: what an administrator arranges, on the whole product."""

import hashlib
import hmac
import json
import re
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.waiting import NotYet, eventually
from tests.browser.axe import violations
from tests.browser.browsers import DESKTOP, PHONE, Browsers
from tests.e2e.pages.beginnings import CAMILA, HELENA, PAGE_TEST, SOON_MS
from tests.support.images import png

pytestmark = PAGE_TEST

PAGES = (
    "",
    "/company",
    "/addresses",
    "/working-time",
    "/appearance",
    "/people",
    "/people?who=guests",
    "/people/new",
    "/invitations",
    "/team-table",
    "/imports",
    "/workspaces",
    "/projects",
    "/tags",
    "/saved-replies",
    "/saved-replies/new",
    "/policies",
    "/words",
    "/notices?role=producer",
    "/task-types",
    "/rules",
    "/rules/new",
    "/mail-identity",
    "/webhooks",
    "/webhooks/new",
    "/trackers",
    "/trackers/new",
    "/trackers/new?kind=generic",
)


async def test_somebody_is_added_to_the_team_invited_and_leaves_again(browsers: Browsers, company: DemoCompany) -> None:
    """O3, P1: an invitation goes out by mail; who left is given no work and can be brought back."""
    browsers.expect_refusals("/admin/people")
    page = await _settings(browsers, "/people")
    name, address = f"Iara Sales {_word()}", f"iara.{_word()}@agencia-farol.test"
    await page.get_by_role("link", name="Incluir pessoa").click()
    await page.get_by_label("Nome").fill(name)
    await page.get_by_label("Endereço de e-mail 1").fill(company.named(CAMILA).address)
    await page.get_by_role("checkbox", name="Produção").check()
    await page.get_by_role("button", name="Incluir").click()

    await expect(page.get_by_role("alert").filter(has_text="Este endereço é de outra pessoa.")).to_be_focused()
    await expect(page.get_by_label("Nome")).to_have_value(name)
    await expect(page.get_by_role("checkbox", name="Produção")).to_be_checked()

    await page.get_by_label("Endereço de e-mail 1").fill(address)
    await page.get_by_role("button", name="Incluir").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name, timeout=SOON_MS)
    await expect(page.get_by_text("Ainda sem senha.")).to_be_visible(timeout=SOON_MS)
    await expect(page.get_by_role("status").filter(has_text="Convite enviado.")).to_be_visible()

    await page.get_by_text("Saiu da empresa…").click()
    await page.get_by_role("button", name=f"{name} saiu").click()
    await expect(page.get_by_text("Saiu: não entra mais")).to_be_visible()
    await page.get_by_role("button", name="Está de volta").click()
    await expect(page.get_by_role("status")).to_contain_text("A pessoa está de volta.")
    await page.get_by_role("link", name="Todas as alterações").click()
    await expect(page.get_by_role("listitem").filter(has_text="enviou um convite")).to_be_visible()


async def test_the_team_table_is_saved_where_it_is_changed(browsers: Browsers) -> None:
    """H7: the workspace's entry first, else the company's."""
    page = await _settings(browsers, "/team-table")
    cell = page.get_by_label("Atendimento: Clínica Vitalis")
    before = await cell.input_value()

    await cell.focus()
    await page.keyboard.press("Control+ArrowUp")
    await expect(page.get_by_label("Atendimento: Café Serrano")).to_be_focused()
    await cell.select_option(label=CAMILA)
    row = page.get_by_role("row").filter(has_text="Clínica Vitalis")
    await expect(row.get_by_role("status")).to_contain_text("Salvo", timeout=SOON_MS)
    await cell.select_option(before)
    await expect(cell).to_have_value(before)
    await expect(row.get_by_role("status")).to_contain_text("Salvo", timeout=SOON_MS)

    await page.reload()
    await expect(cell).to_have_value(before)


async def test_two_administrators_at_once_are_told_and_nothing_typed_is_lost(browsers: Browsers) -> None:
    """A 409 is a choice: one's own version, or theirs."""
    first, second = await _settings(browsers, "/policies"), await _settings(browsers, "/policies")
    days = "A resposta é esperada em"
    await second.get_by_label(days).fill("7")
    await second.get_by_role("button", name="Salvar").click()
    await expect(second.get_by_role("status")).to_contain_text("Salvo.")

    browsers.expect_refusals("/admin/policies")
    await first.get_by_label(days).fill("9")
    await first.get_by_role("button", name="Salvar").click()
    await expect(first.get_by_role("alert")).to_contain_text("Outra pessoa alterou antes")
    await expect(first.get_by_label(days)).to_have_value("9")
    await expect(first.get_by_text("Gravado agora: 7")).to_be_visible()
    await first.get_by_role("button", name="Salvar a minha versão assim mesmo").click()
    await expect(first.get_by_role("status")).to_contain_text("Salvo.")

    await first.get_by_label(days).fill("muitos")
    await first.get_by_role("button", name="Salvar").click()
    await expect(first.get_by_label(days)).to_have_attribute("aria-invalid", "true")
    await expect(first.get_by_text("Escreva um número inteiro.")).to_be_visible()
    await first.get_by_label(days).fill("5")
    await first.get_by_role("button", name="Salvar").click()
    await expect(first.get_by_role("status")).to_contain_text("Salvo.")


async def test_tags_workspaces_and_projects_are_added_renamed_archived_and_brought_back(browsers: Browsers) -> None:
    """O14, W11: without a script too; a name that an archived one has leads to it."""
    browsers.expect_refusals("/admin/tags")
    page = await _settings(browsers, "/tags", java_script_enabled=False)
    name = f"Feira {_word()}"
    await page.get_by_label("Nome").first.fill(name)
    await page.get_by_role("button", name="Incluir").click()
    row = page.locator("details").filter(has_text=name)
    await row.locator("summary").click()
    await row.get_by_role("button", name="Arquivar").click()
    await expect(page.get_by_role("status")).to_contain_text("Arquivado.")

    await page.get_by_label("Nome").first.fill(name.upper())
    await page.get_by_role("button", name="Incluir").click()
    await expect(page.get_by_role("alert")).to_contain_text(f"{name} está arquivado")
    await expect(page.get_by_label("Nome").first).to_have_value(name.upper())
    await row.locator("summary").click()
    await row.get_by_role("button", name="Trazer de volta").click()
    await expect(page.get_by_role("status")).to_contain_text("Está de volta.")

    for path in ("/workspaces", "/projects"):
        await page.goto(f"{browsers.url}/{browsers.slug}/admin{path}")
        await page.get_by_label("Nome").first.fill(name)
        await page.get_by_role("button", name="Incluir").click()
        await expect(page.get_by_role("status")).to_contain_text("Incluído.")
        row = page.locator("details").filter(has_text=name)
        await row.locator("summary").click()
        await row.get_by_label("Nome").fill(f"{name} 2")
        await row.get_by_role("button", name="Salvar").click()
        await expect(page.get_by_role("status")).to_contain_text("Salvo.")
        await expect(page.locator("summary").filter(has_text=f"{name} 2")).to_be_visible()


async def test_a_saved_reply_is_written_checked_and_seen_as_it_reads(browsers: Browsers) -> None:
    """W18: blanks are checked at writing, and filled in for a ticket."""
    browsers.expect_refusals("/admin/saved-replies")
    page = await _settings(browsers, "/saved-replies/new")
    title = f"Prazo {_word()}"
    await page.get_by_label("Título").fill(title)
    await _write(page, "Olá, {{solicitante.nomee}}!")
    await page.get_by_label("Situação depois").select_option(label="Aguardando retorno")
    await page.get_by_label("Dias úteis").fill("3")
    await page.get_by_role("button", name="Salvar resposta").click()
    await expect(page.get_by_role("alert")).to_contain_text("solicitante.nomee")
    await expect(page.get_by_label("Dias úteis")).to_have_value("3")

    await _write(page, "Olá! Seu pedido é o {{ticket.numero}}.")
    await page.get_by_role("button", name="Salvar resposta").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await page.get_by_label("Para o ticket número").fill("1")
    await page.get_by_role("button", name="Mostrar").click()
    await expect(page.locator(".reads, .s-wrong")).to_contain_text(re.compile("Seu pedido é o #1|Não há ticket"))


async def test_a_table_is_looked_at_line_by_line_before_it_is_imported(browsers: Browsers) -> None:
    """A dry look first; refused lines say why, in the reader's language."""
    page = await _settings(browsers, "/imports")
    address = f"nina.{_word()}@cafe-serrano.test"
    table = f"nome;e-mail;cor\nNina Prates;{address};azul\nSem Endereço;não é;x\n"
    await page.get_by_label("Arquivo").set_input_files(
        {"name": "pessoas.csv", "mimeType": "text/csv", "buffer": table.encode("cp1252")}
    )
    await page.get_by_role("button", name="Conferir antes").click()
    await expect(page.get_by_role("heading", name="O que pessoas.csv faria")).to_be_focused()
    await expect(page.get_by_role("row").filter(has_text="Isto não é um endereço de e-mail.")).to_contain_text("3")
    await expect(page.get_by_text("Colunas desconhecidas, deixadas de fora: cor")).to_be_visible()

    await page.get_by_role("button", name="Importar 1 linha").click()
    await expect(page.get_by_role("heading", name="pessoas.csv foi importado")).to_be_visible(timeout=SOON_MS)
    await page.goto(f"{browsers.url}/{browsers.slug}/admin/people?who=guests&q={address}")
    await expect(page.get_by_role("link", name="Nina Prates")).to_be_visible()


async def test_the_company_gets_another_logo_and_colour(browsers: Browsers) -> None:
    """A colour that is lost on white is refused with the nearest that is not; a file that is no image too."""
    # The picture may be asked for before the gateway has heard of it.
    browsers.expect_refusals("/admin/appearance", "/api/v1/company/logo")
    page = await _settings(browsers, "/appearance")
    choose = page.get_by_label("magem", exact=False).first
    await choose.set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"})
    await page.get_by_role("button", name="Usar este logotipo").click()
    await expect(page.get_by_text("O logotipo precisa ser uma imagem").first).to_be_visible()
    await page.locator("[data-logo]").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": png(240, 60)}
    )
    await expect(page.locator("[data-logo-sheet] canvas")).to_be_visible()
    await page.get_by_role("button", name="Usar este logotipo").click()
    await expect(page.get_by_role("img", name="O logotipo de Agência Farol")).to_be_visible(timeout=SOON_MS)

    await page.locator("[data-colour]").fill("#ffee99")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("alert")).to_contain_text(re.compile(r"a mais próxima que aparece é #[0-9a-f]{6}"))
    await page.get_by_role("button", name="Ficar sem logotipo").click()
    await expect(page.get_by_role("status")).to_contain_text("Salvo.")


async def test_a_task_type_gets_a_phase_and_a_rule_that_promises_a_date(browsers: Browsers) -> None:
    """H4, O14: phases keep their order; a phase is removed by emptying its name; rules come on top."""
    browsers.expect_refusals("/admin/task-types", "/admin/rules")
    page = await _settings(browsers, "/task-types")
    name = f"Vídeo {_word()}"
    await page.get_by_label("Nome").fill(name)
    await page.get_by_role("button", name="Incluir").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name, timeout=SOON_MS)

    await page.get_by_label("Nome da fase 6").fill("Legendas")
    await page.get_by_label("Ordem da fase 6").fill("2")
    await page.get_by_label("Nome da fase 3").fill("")
    await page.get_by_role("button", name="Salvar fases").click()
    await expect(page.get_by_role("status")).to_contain_text("Salvo.")
    names = page.get_by_role("textbox", name="Nome da fase")
    assert [await one.input_value() for one in await names.all()] == [
        "A fazer",
        "Produzindo",
        "Legendas",
        "Homologação externa",
        "Concluída",
        "",
    ]

    await page.goto(f"{browsers.url}/{browsers.slug}/admin/rules/new")
    rule = f"Prometer {_word()}"
    await page.get_by_label("Nome").fill(rule)
    phase = page.locator(f"[name=phase] optgroup[label='{name}'] option", has_text="Legendas")
    await page.get_by_label("Quando uma tarefa entra em").select_option(await phase.get_attribute("value"))
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("alert")).to_contain_text("ao menos uma coisa que acontece")
    await expect(page.get_by_label("Nome")).to_have_value(rule)
    await page.get_by_label("Data prometida").select_option(label="Dias úteis a partir dali")
    await page.get_by_label("Dias úteis", exact=True).fill("2")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("link", name=rule)).to_contain_text(f"Quando uma tarefa de “{name}” entra em")
    await page.get_by_role("link", name=rule).click()
    await page.get_by_role("button", name="Remover regra").click()
    await expect(page.get_by_role("status")).to_contain_text("Removido.")


async def test_notices_of_a_role_and_the_mails_identity_are_chosen(browsers: Browsers) -> None:
    """A choice for a role goes back to the standard; a key is made, and its record shown."""
    page = await _settings(browsers, "/notices?role=producer")
    box = page.get_by_label("Alguém me mencionou: Por e-mail")
    await box.uncheck()
    await page.get_by_role("button", name="Salvar").click()
    row = page.get_by_role("row").filter(has_text="Alguém me mencionou")
    await expect(row).to_contain_text("definido aqui", timeout=SOON_MS)
    await expect(box).not_to_be_checked()
    await page.get_by_role("button", name="Voltar ao padrão").click()
    await expect(row).not_to_contain_text("definido aqui", timeout=SOON_MS)
    await expect(box).to_be_checked()

    await page.goto(f"{browsers.url}/{browsers.slug}/admin/mail-identity")
    await page.get_by_label("Nome de quem envia").fill("Farol, atendimento")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_label("Nome de quem envia")).to_have_value("Farol, atendimento")
    await page.get_by_label("Nome de quem envia").fill("")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_text("Vazio: Agência Farol.")).to_be_visible()
    selector = f"b{_word()}"
    await page.get_by_label("Nome no DNS").fill(selector)
    await page.get_by_role("button", name="Criar").click()
    key = page.locator(".set-form").filter(has_text=f"{selector} ·")
    await expect(key).to_contain_text(f"{selector}._domainkey.", timeout=SOON_MS)
    await key.get_by_role("link", name="Consultar o DNS").click()
    # Names below .test exist nowhere; where nothing answers at all, that is said.
    await expect(key.get_by_role("status")).to_contain_text(re.compile("O DNS (ainda não tem|não respondeu)"))
    await expect(key.get_by_role("status")).to_be_focused()
    await key.get_by_role("button", name="Excluir esta chave").click()
    await expect(page.get_by_role("status")).to_contain_text("Removido.")


async def test_a_webhook_shows_its_secret_once_and_can_be_paused_and_removed(browsers: Browsers) -> None:
    browsers.expect_refusals("/admin/webhooks")
    page = await _settings(browsers, "/webhooks/new")
    name = f"CRM {_word()}"
    await page.get_by_label("Nome", exact=True).fill(name)
    await page.get_by_label("Endereço", exact=True).fill("http://localhost:9/hook")
    await page.get_by_role("checkbox", name=re.compile(r"^Aberto.*ticket\.opened")).check()
    await page.get_by_role("button", name="Incluir").click()
    await expect(page.get_by_role("alert")).to_contain_text("https na internet pública")
    await expect(page.get_by_role("checkbox", name=re.compile(r"^Aberto.*ticket\.opened"))).to_be_checked()

    await page.get_by_label("Endereço", exact=True).fill("https://crm.example.com/hook")
    await page.get_by_role("button", name="Incluir").click()
    await expect(page.get_by_text(re.compile(r"^whsec_"))).to_be_visible(timeout=SOON_MS)
    await page.get_by_role("link", name="Webhooks").first.click()
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(page.get_by_text(re.compile(r"^whsec_"))).to_have_count(0)
    await page.get_by_role("button", name="Pausar").click()
    await expect(page.get_by_role("button", name="Retomar")).to_be_visible()
    await page.get_by_text("Remover…").click()
    await page.get_by_role("button", name="Remover webhook").click()
    await expect(page.get_by_role("status")).to_contain_text("Removido.")


async def test_a_tracker_is_set_up_tried_and_its_signed_messages_become_tasks(browsers: Browsers, doors: Doors) -> None:
    """H3: what it signs with is shown once; what came of each message is in its log."""
    browsers.expect_refusals("/admin/trackers")
    page, name, work = await _settings(browsers, "/trackers"), f"Fábrica {_word()}", _word()
    await page.get_by_role("link", name="Novo tracker").click()
    await page.get_by_role("link", name="Outro").click()
    await page.get_by_label("Nome", exact=True).fill(name)
    await page.get_by_label("Estado de lá 1").fill("pronto")
    await page.get_by_label("O que o estado 1 significa aqui").select_option("@done")
    await page.get_by_label("Título").fill("item.title")
    await page.get_by_label("Quando aconteceu").fill("item.at")
    await page.get_by_label("O estado", exact=True).fill("item.state")
    await page.get_by_label("O que a identifica para sempre").fill("item.id |")
    await page.get_by_role("button", name="Incluir").click()
    await expect(page.get_by_role("alert")).to_contain_text("Uma das expressões não pode ser usada")
    await expect(page.get_by_label("Estado de lá 1")).to_have_value("pronto")
    await page.get_by_label("O que a identifica para sempre").fill("item.id")
    await page.get_by_role("button", name="Incluir").click()
    secret = await page.get_by_role("status").locator("code").inner_text()
    hook = urlsplit(await page.locator(".set-form code.copy").first.inner_text()).path

    await page.get_by_role("link", name="Trackers").first.click()
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_text(secret)).to_have_count(0)
    message = {"item": {"id": work, "title": f"Folheto {work}", "at": "2026-11-02T09:00:00Z", "state": "a fazer"}}
    await page.get_by_label("Uma mensagem em JSON").fill("Folheto")
    await page.get_by_role("button", name="Testar").click()
    await expect(page.get_by_role("alert")).to_contain_text("não é uma mensagem em JSON")
    await page.get_by_label("Uma mensagem em JSON").fill(json.dumps(message))
    await page.get_by_role("button", name="Testar").click()
    await expect(page.get_by_role("status")).to_contain_text("Seria: Nova tarefa")
    assert await violations(page) == []

    body = json.dumps(message).encode()
    for key, status in ((secret, 202), ("outro segredo", 403)):
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        sent = await doors.http.post(hook, content=body, headers={"X-Balcao-Signature": f"sha256={signature}"})
        assert sent.status_code == status
    log = page.get_by_role("region", name="O que ele contou há pouco")

    async def taken_in() -> None:
        await page.goto(page.url.removesuffix("/try"))
        if not await log.get_by_text("Nova tarefa").count():
            raise NotYet(await log.inner_text())

    await eventually("the message in the log", taken_in)
    await expect(log.get_by_text("Sem assinatura")).to_be_visible()
    await page.get_by_role("button", name="Pausar").click()
    await expect(page.get_by_role("button", name="Retomar")).to_be_visible()
    await expect(page.get_by_text(f"Alterado por último por {HELENA}")).to_be_visible()
    await log.get_by_role("link", name=re.compile("Tarefa T-")).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"Folheto {work}")


async def test_a_tracker_of_no_ready_kind_is_told_by_requests_of_ones_own(browsers: Browsers) -> None:
    """H3: what can't be sent is marked where it stands, and nothing typed is lost."""
    browsers.expect_refusals("/admin/trackers")
    page = await _settings(browsers, "/trackers/new?kind=generic")
    await page.get_by_label("Nome", exact=True).fill(f"Gráfica {_word()}")
    for label, expression in {
        "O que a identifica para sempre": "item.id",
        "Título": "item.title",
        "Quando aconteceu": "item.at",
    }.items():
        await page.get_by_label(label).fill(expression)
    await page.get_by_label("O estado", exact=True).fill("item.state")
    await page.get_by_role("button", name="Incluir").click()
    await page.get_by_label("Ele recebe notícias das nossas tarefas").check()
    new = page.get_by_role("group", name="Tarefas novas")
    await new.get_by_label("Endereço").fill("https://grafica.example.com/pedidos/{{task.colour}}")
    await new.get_by_label("Corpo em JSON").fill('{"titulo": {{task.title}}}')
    await page.get_by_label("Cabeçalhos próprios").fill("Authorization: Bearer segredo")
    await _told(page).get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("alert")).to_contain_text("Confira os campos marcados")
    await expect(new).to_contain_text("Isto não é JSON.")
    await new.get_by_label("Corpo em JSON").fill('{"titulo": "{{task.title}}"}')
    await _told(page).get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("alert")).to_contain_text("there is no task.colour")
    await new.get_by_label("Endereço").fill("https://grafica.example.com/pedidos")
    await page.get_by_label("Onde a resposta a uma nova tarefa traz o id").fill("pedido.id")
    await page.get_by_label("Cabeçalhos próprios").fill("Authorization: Bearer segredo")
    await _told(page).get_by_role("button", name="Salvar").click()

    await expect(page.get_by_text(f"Alterado por último por {HELENA}")).to_be_visible()
    await expect(new.get_by_label("Endereço")).to_have_value("https://grafica.example.com/pedidos")
    await expect(new.get_by_label("Corpo em JSON")).to_have_value(re.compile("{{task.title}}"))
    await expect(page.get_by_label("Cabeçalhos próprios")).to_have_value("")
    assert await violations(page) == []


def _told(page: Page) -> Locator:
    return page.locator("form[action$='/outbound']")


async def test_company_addresses_working_time_and_words_are_saved_and_count(
    browsers: Browsers, doors: Doors, company: DemoCompany
) -> None:
    """H7, O1, O9: what is set counts at once, in mail and in lists."""
    browsers.expect_refusals("/admin/company")
    page = await _settings(browsers, "/company")
    name = page.get_by_label("Nome", exact=True)
    before = await name.input_value()
    await page.get_by_label("Fuso horário").fill("America/Nowhere")
    await name.fill(f"{before} & filhos")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(name).to_have_value(f"{before} & filhos")
    await page.get_by_label("Fuso horário").fill("America/Sao_Paulo")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("status")).to_contain_text("Salvo.")
    await name.fill(before)
    await page.get_by_role("button", name="Salvar").click()
    await expect(name).to_have_value(before)

    further = f"novo.{_word()}@{company.address.rpartition('@')[2]}"
    await page.goto(f"{browsers.url}/{browsers.slug}/admin/addresses")
    await page.get_by_label(re.compile("^Endereço de e-mail")).last.fill(further)
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("status")).to_contain_text("Salvo.")
    await eventually(f"mails to {further} to be taken", lambda: _is_taken(doors, further))
    taken_away = page.locator(f"input[name=addresses][value='{further}']")
    await taken_away.fill("")
    await page.get_by_role("button", name="Salvar").click()
    await expect(taken_away).to_have_count(0)

    await page.goto(f"{browsers.url}/{browsers.slug}/admin/working-time?year=2031")
    await page.get_by_role("button", name="Mais um dia").click()
    await page.locator("input[name=own_day]").last.fill("2031-05-12")
    await page.locator("input[name=own_name]").last.fill("Aniversário da agência")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("status")).to_contain_text("Salvo.")
    await page.goto(f"{browsers.url}/{browsers.slug}/admin/working-time?year=2031")
    await expect(page.locator(".year")).to_contain_text("Aniversário da agência")

    await page.goto(f"{browsers.url}/{browsers.slug}/admin/words")
    urgent = page.locator("input[name='band.pt-BR.urgent']")
    await urgent.fill("Pegando fogo")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("status")).to_contain_text("Salvo.")
    await page.goto(f"{browsers.url}/{browsers.slug}/desk/tickets/new")
    await expect(page.locator("body")).to_contain_text("Pegando fogo")
    await page.goto(f"{browsers.url}/{browsers.slug}/admin/words")
    await urgent.fill("")
    await page.get_by_role("button", name="Salvar").click()
    await expect(urgent).to_have_value("")


async def test_every_page_of_the_settings_is_whole_and_free_of_barriers(browsers: Browsers) -> None:
    """By night, which is harder on colours, and by day; on a phone nothing is cut off."""
    page = await browsers.sit_down_as(HELENA, f"/{browsers.slug}/admin", color_scheme="dark")
    page.set_default_timeout(SOON_MS)

    for path in PAGES:
        await page.set_viewport_size(DESKTOP)
        await page.goto(f"{browsers.url}/{browsers.slug}/admin{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)
            assert await violations(page) == [], (path, scheme)
        await page.set_viewport_size(PHONE)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


async def test_the_settings_are_for_administrators_only(browsers: Browsers) -> None:
    page = await browsers.sit_down_as(CAMILA, f"/{browsers.slug}/desk/tickets")
    await expect(page.get_by_role("link", name="Configurações")).to_have_count(0)

    browsers.expect_refusals(*(f"/admin{urlsplit(path).path}" for path in PAGES))
    for path in PAGES:
        answer = await page.goto(f"{browsers.url}/{browsers.slug}/admin{path}")
        assert answer is not None
        assert answer.status == 403, path
    stranger = await httpx.AsyncClient(base_url=browsers.url).get(f"/{browsers.slug}/admin/people")
    assert stranger.status_code == 303


async def _settings(browsers: Browsers, path: str, **options: object) -> Page:
    return await browsers.sit_down_as(HELENA, f"/{browsers.slug}/admin{path}", **options)


async def _write(page: Page, words: str) -> None:
    """Into the editor, whichever the browser has."""
    rich = page.locator("trix-editor")
    if await rich.count():
        await rich.fill(words)
    else:
        await page.locator("textarea[name=text]").fill(words)


async def _is_taken(doors: Doors, address: str) -> None:
    if not await doors.takes_mail_for(address):
        raise NotYet("them refused")


def _word() -> str:
    return uuid4().hex[:6]
