"""New tickets, drafts, splitting and moving messages in real browsers before the whole product."""

import re
import time

from playwright.async_api import expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Session
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import CAMILA, MARINA, PAGE_TEST, SOON_MS, camila

pytestmark = PAGE_TEST


async def _asked_twice(day: Workday) -> tuple[Session, int, int]:
    """A ticket whose requester asks for something else too, with a private note between; and that message's entry."""
    agent = await camila(day)
    requester = {"name": MARINA, "address": day.company.named(MARINA).address}
    body = {"title": f"Cardápio {time.time_ns()}", "description": "O cardápio, por favor.", "requester": requester}
    number = int((await agent.post("/api/v1/tickets", body))["number"])
    await agent.command(number, "comments", {"text": "A verba ainda não saiu.", "visible": False})
    marina = await day.signed_in(day.company.named(MARINA))
    await marina.post(f"/api/v1/portal/tickets/{number}/replies", {"text": "Preciso também de um banner."})

    def has_come(ticket: dict[str, object]) -> bool:
        return "ticket.requester_replied.v1" in str(ticket["timeline"])

    ticket = await agent.until_ticket(number, "the requester's words", has_come)
    entry = next(one["n"] for one in ticket["timeline"] if one["type"] == "ticket.requester_replied.v1")
    return agent, number, int(entry)


async def test_a_ticket_is_opened_with_all_that_is_known_and_nothing_typed_is_lost(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """O11: requester found by name, formatted words, a file, people in copy; an error is said beside its field."""
    marina = company.named(MARINA).address
    agent, title = await camila(day), f"Vitrine de Natal {time.time_ns()}"
    page = await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk/tickets/new")
    await page.get_by_label("Título").fill(title)
    await page.get_by_role("combobox", name="Solicitante").press_sequentially("marina d")
    await page.get_by_role("option", name=MARINA).wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="Solicitante")).to_have_value(f"{MARINA} <{marina}>")
    await page.locator("#f-text").focus()
    await expect(page.locator("trix-editor")).to_be_focused(timeout=SOON_MS)
    await page.keyboard.type("Vitrine ")
    await expect(page.locator("trix-editor")).to_contain_text("Vitrine")
    await page.keyboard.press("Control+b")
    await expect(page.get_by_role("button", name="Negrito")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.type("iluminada")
    await expect(page.locator("trix-editor strong")).to_have_text("iluminada")
    await page.locator("input[type=file]").set_input_files(
        {"name": "vitrine.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    await expect(page.locator("[data-attached]")).to_contain_text("vitrine.pdf")
    browsers.expect_refusals("/desk/tickets")
    await page.get_by_role("combobox", name="Em cópia").fill("Joana")
    await page.get_by_role("button", name="Abrir ticket").click()

    await expect(page.get_by_role("alert")).to_contain_text("“Joana” está sem e-mail", timeout=SOON_MS)
    await expect(page.get_by_role("combobox", name="Em cópia")).to_have_attribute("aria-invalid", "true")
    assert await violations(page) == []
    await page.get_by_role("combobox", name="Em cópia").fill("joana@cafe-serrano.test")
    await page.get_by_label("Prioridade").select_option("60")
    await page.get_by_role("button", name="Abrir e começar outro").click()

    await page.get_by_role("status").get_by_role("link", name="#").click(timeout=SOON_MS)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    number = int(re.findall(r"/tickets/(\d+)", page.url)[0])
    ticket = await agent.ticket(number)
    assert "<strong>iluminada</strong>" in ticket["requested_html"]
    assert [one["name"] for one in ticket["requested_files"]] == ["vitrine.pdf"]
    assert [one["address"] for one in ticket["watchers"]] == ["joana@cafe-serrano.test"]
    assert (ticket["requester"]["address"], ticket["priority"], ticket["stage"]) == (marina, 60, "triage")


async def test_a_draft_is_kept_continued_submitted_and_another_one_discarded(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """O12: on a phone and without script; what is missing is named, and it may go straight to resolved."""
    agent, title = await camila(day), f"Ligação do cliente {time.time_ns()}"
    new = f"/{company.slug}/desk/tickets/new"
    page = await browsers.sit_down_as(CAMILA, new, size=PHONE, java_script_enabled=False)
    await page.get_by_label("Título").fill(title)
    await page.get_by_label("Em cópia").fill("Otávio <otavio.pires@cafe-serrano.test>")
    await page.get_by_label("Situação").select_option("resolved:answered")
    await page.get_by_role("button", name="Salvar esboço").click()
    await expect(page.get_by_role("status").first).to_contain_text("Esboço salvo")
    number = int(re.findall(r"/tickets/(\d+)/draft", page.url)[0])

    browsers.expect_refusals(f"/tickets/{number}/draft")
    await page.get_by_role("button", name="Abrir ticket").click()
    await expect(page.get_by_role("alert")).to_contain_text("O que foi solicitado")
    assert (await agent.ticket(number))["status"] == "draft"
    await page.locator("#f-text").fill("Perguntou o horário; respondi ao telefone.")
    await page.get_by_role("button", name="Abrir ticket").click()
    await page.wait_for_url(re.compile(rf"/tickets/{number}$"))
    ticket = await agent.ticket(number)
    assert (ticket["status"], ticket["resolution"], len(ticket["watchers"])) == ("resolved", "answered", 1)

    await page.goto(browsers.url + new)
    await page.get_by_label("Título").fill(f"{title}, de novo")
    await page.get_by_role("button", name="Salvar esboço").click()
    await page.goto(browsers.url + new)
    await page.get_by_role("link", name=f"{title}, de novo").click()
    await page.get_by_role("button", name="Descartar esboço").click()
    await expect(page.get_by_role("status").first).to_contain_text("foi descartado")
    await expect(page.get_by_role("link", name=f"{title}, de novo")).to_have_count(0)


async def test_part_of_a_ticket_becomes_its_own_and_a_private_note_stays_private(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W14, W15"""
    agent, number, _ = await _asked_twice(day)
    page = await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk/tickets/{number}/split")
    await page.get_by_label("Título do novo ticket").fill("Banner da fachada")
    browsers.expect_refusals("/split")
    await page.get_by_role("button", name="Desmembrar").click()
    await expect(page.get_by_role("alert")).to_contain_text("Escolha o que vai junto", timeout=SOON_MS)
    await expect(page.get_by_label("Título do novo ticket")).to_have_value("Banner da fachada")
    assert await violations(page) == []
    await page.get_by_role("checkbox", name="Preciso também de um banner").check()
    await page.get_by_role("checkbox", name="Nota privada, só a equipe vê").check()
    await page.get_by_label("Situação").select_option("in_progress")
    await page.get_by_role("button", name="Desmembrar").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Parte desmembrada", timeout=SOON_MS)
    link = (await agent.ticket(number))["links"][0]
    new = await agent.ticket(link["number"])
    assert (new["title"], new["progress"]) == ("Banner da fachada", "in_progress")
    assert "banner" in new["requested"]
    assert "verba" not in new["requested"]
    await page.get_by_role("button", name="Desfazer").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Desmembramento desfeito", timeout=SOON_MS)
    assert (await agent.ticket(link["number"]))["status"] == "cancelled"


async def test_a_message_is_moved_where_it_belongs_and_brought_back(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """Why a move is refused is said; a ticket that was answered since keeps the message."""
    agent, number, entry = await _asked_twice(day)
    body = {"title": f"Banner da fachada {number}", "description": "O banner."}
    target = int((await agent.post("/api/v1/tickets", body))["number"])
    page = await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk/tickets/{number}")
    await page.locator(f"a[href$='/messages/{entry}/move']").evaluate("link => link.click()")
    await expect(page.get_by_role("region", name="O texto da mensagem")).to_contain_text("Preciso também")

    browsers.expect_refusals("/move")
    await page.get_by_role("button", name="Mover a mensagem").click()
    await expect(page.get_by_text("Escolha um ticket ou escreva o número dele.")).to_be_visible(timeout=SOON_MS)
    await page.get_by_role("combobox", name="Qual").fill(str(number))
    await page.get_by_role("button", name="Mover a mensagem").click()
    await expect(page.get_by_role("alert")).to_contain_text("A mensagem já está neste ticket", timeout=SOON_MS)
    await page.get_by_role("combobox", name="Qual").fill("")
    await page.get_by_role("combobox", name="Qual").press_sequentially(f"#{target}")
    await page.get_by_role("option", name=f"Banner da fachada {number}").click(timeout=SOON_MS)
    await page.get_by_role("button", name="Mover a mensagem").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Mensagem movida", timeout=SOON_MS)
    assert "banner" in str((await agent.ticket(target))["timeline"])
    await page.get_by_role("button", name="Desfazer").click()
    await expect(page.get_by_text(f"A mensagem voltou ao #{number}.")).to_be_visible(timeout=SOON_MS)
