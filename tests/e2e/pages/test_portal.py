"""The requester's side on a phone, before the whole product: asking, being asked, answering, approving, ending."""

import re
import secrets
import time

import pytest
from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Session
from balcao.local.demo.workday import Workday
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST, SOON_MS

pytestmark = PAGE_TEST

_RECEIVED = re.compile(r"/my/tickets(/\d+)?(\?(new|sent)=1)?$")
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@SCRIPT
async def test_a_request_is_asked_for_on_a_phone_answered_and_ended(
    browsers: Browsers, company: DemoCompany, day: Workday, script: bool
) -> None:
    """P2, P3, P4, W2, O10: the number at once, the file with it, the team's answer, one's own, and the end of it."""
    agent = await day.signed_in(company.analyst(company.client.workspace))
    subject, answer = f"Folheto de Natal {secrets.token_hex(3)}", f"Qual o tamanho? {secrets.token_hex(3)}"
    page = await browsers.sit_down_as(
        company.client.address, f"/{company.slug}/my/tickets", size=PHONE, java_script_enabled=script
    )
    number = await _ask(page, subject)

    ticket = await agent.ticket(number)
    assert (ticket["channel"], ticket["kind"], ticket["title"]) == ("portal", "quote", subject)
    assert [one["name"] for one in ticket["requested_files"]] == ["logo.txt"]
    await _answer_and_wait(agent, number, answer)
    # With script it comes by itself.
    await _comes(page, page.locator("#conversation"), answer, by_itself=script)
    await _comes(page, page.locator("#progress .sit"), "Esperando sua resposta", by_itself=script)

    await page.get_by_label("Sua resposta").fill("A5, frente e verso")
    await page.get_by_role("button", name="Responder").click()
    await _comes(page, page.locator("#conversation"), "A5, frente e verso", by_itself=script)
    await agent.until_ticket(number, "back in service", lambda one: bool(one["status"] == "open"))

    await page.goto(f"{browsers.url}/{company.slug}/my/tickets?q={number}")
    await page.get_by_role("link", name=subject).click()
    await page.get_by_role("link", name="Encerrar ticket").click()
    await page.get_by_label("Não preciso mais").check()
    await page.get_by_label("Quer dizer alguma coisa?").fill("A feira foi adiada")
    await page.get_by_role("button", name="Encerrar ticket").click()

    await expect(page.get_by_role("status").filter(has_text="Ticket encerrado")).to_be_visible(timeout=SOON_MS)
    await expect(page.locator("#conversation")).to_contain_text("A feira foi adiada")
    assert (await agent.ticket(number))["status"] == "cancelled"


async def test_what_production_made_is_looked_at_and_sent_back_with_words(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """H4, H5, P5: the steps go on before one's eyes; the question stands there; what to change reaches the task."""
    admin = await day.signed_in(company.players[0])
    agent = await day.signed_in(company.analyst(company.client.workspace))
    rule = await _rule(admin)
    try:
        page = await browsers.sit_down_as(company.client.address, f"/{company.slug}/my/tickets", size=PHONE)
        number = await _ask(page, f"Convite {secrets.token_hex(3)}")
        step = page.locator("#progress [aria-current=step]")
        await expect(step).to_have_text("Recebido")
        task = await _task(agent, number)
        await expect(step).to_have_text("Em produção", timeout=SOON_MS)
        await day.move(task, "external_approval")

        await expect(page.get_by_role("heading", name="Está bom assim?")).to_be_visible(timeout=SOON_MS)
        await expect(page.locator("#progress .sit")).to_have_text("Esperando sua aprovação")
        await page.locator("summary", has_text="Pedir ajustes").click()
        await page.get_by_label("O que deve ser ajustado?").fill("O verso ficou escuro")
        await page.get_by_role("button", name="Enviar ajustes").click()

        await expect(page.locator("#conversation")).to_contain_text("O verso ficou escuro", timeout=SOON_MS)
        await expect(page.get_by_role("heading", name="Está bom assim?")).to_have_count(0)
        await agent.until_stage(number, "production")
    finally:
        await admin.request("DELETE", f"/api/v1/rules/{rule}")


async def test_without_a_connection_nothing_that_was_written_is_lost(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """P4: said beside the field, kept through a reload, sent once when one is back."""
    page = await browsers.sit_down_as(company.client.address, f"/{company.slug}/my/tickets/new", size=PHONE)
    subject = f"Sem sinal {secrets.token_hex(3)}"
    await page.get_by_label("Assunto").fill(subject)
    await page.get_by_label("Do que você precisa?").fill("Um banner para a vitrine")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Enviar pedido").click()
    await expect(page.get_by_role("alert")).to_contain_text("Não salvou. Seu texto está guardado")
    await expect(page.get_by_label("Assunto")).to_have_value(subject)

    await page.context.set_offline(False)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await expect(page.get_by_text("Seu texto não enviado está aqui de novo.")).to_be_visible()
    await expect(page.get_by_label("Do que você precisa?")).to_have_value("Um banner para a vitrine")
    await page.get_by_role("button", name="Enviar pedido").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(subject, timeout=SOON_MS)
    await page.goto(f"{browsers.url}/{company.slug}/my/tickets/new")
    await expect(page.get_by_label("Assunto")).to_have_value("")
    guest = await day.signed_in(company.client)
    found = (await guest.get("/api/v1/portal/tickets/search", q=f'"{subject}"'))["items"]
    assert [one["title"] for one in found] == [subject]


async def test_links_of_the_other_side_lead_to_the_same_ticket(
    browsers: Browsers, company: DemoCompany, day: Workday
) -> None:
    """P1: a guest who is sent a link to the desk, somebody of the team who is sent one to the portal."""
    page = await browsers.sit_down_as(company.client.address, f"/{company.slug}/my/tickets", size=PHONE)
    number = await _ask(page, f"Dois lados {secrets.token_hex(3)}")
    await page.goto(f"{browsers.url}/{company.slug}/desk/tickets/{number}")
    await expect(page).to_have_url(f"{browsers.url}/{company.slug}/my/tickets/{number}")

    analyst = company.analyst(company.client.workspace)
    desk = await browsers.sit_down_as(analyst.address, f"/{company.slug}/my/tickets/{number}")
    await expect(desk).to_have_url(f"{browsers.url}/{company.slug}/desk/tickets/{number}")


async def _ask(page: Page, subject: str) -> int:
    """A request for a quote with a file; returns its number."""
    await page.get_by_role("link", name="Criar ticket").click()
    await page.get_by_label("Assunto").fill(subject)
    await page.get_by_label("Orçamento").check(force=True)
    await page.get_by_label("Do que você precisa?").fill("Mil folhetos, com a nossa marca")
    await page.locator("input[type=file]").set_input_files(
        {"name": "logo.txt", "mimeType": "text/plain", "buffer": b"marca"}
    )
    await page.get_by_role("button", name="Enviar pedido").click()
    await expect(page).to_have_url(_RECEIVED, timeout=SOON_MS)
    number = page.url.split("?")[0].rsplit("/", 1)[1]
    if not number.isdigit():
        # The machine is so busy that the page did not wait for the number: the ticket comes to the list.
        await _comes(page, page.locator("#cards"), subject, by_itself=False)
        await page.get_by_role("link", name=subject).click()
    else:
        await expect(page.get_by_role("status").filter(has_text="Recebemos seu pedido")).to_contain_text(f"#{number}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(subject, timeout=SOON_MS)
    return int(page.url.split("?")[0].rsplit("/", 1)[1])


async def _comes(page: Page, where: Locator, words: str, *, by_itself: bool) -> None:
    """The words appear there; whoever has no script looks again now and then."""
    until = time.monotonic() + SOON_MS / 1000
    while not by_itself and time.monotonic() < until:
        try:
            await expect(where).to_contain_text(words, timeout=1_000)
        except AssertionError:
            await page.reload()
        else:
            return
    await expect(where).to_contain_text(words, timeout=SOON_MS)


async def _answer_and_wait(agent: Session, number: int, words: str) -> None:
    then = {"status": "waiting", "reason": "more_information", "days": 3}
    await agent.command(number, "comments", {"text": words, "visible": True, "then": then})


async def _task(agent: Session, number: int) -> int:
    await agent.command(number, "tasks", {"title": "Arte do convite"})
    ticket = await agent.until_ticket(
        number, "a numbered task", lambda one: bool(one["tasks"] and one["tasks"][0].get("number"))
    )
    return int(ticket["tasks"][0]["number"])


async def _rule(admin: Session) -> str:
    """Work that goes out for approval is shown to whoever asked for it."""
    kind = (await admin.get("/api/v1/task-types"))["items"][0]
    phases = {one["kind"]: one["id"] for one in reversed(kind["phases"])}
    body = {
        "name": f"Cliente aprova {secrets.token_hex(3)}",
        "task_type_id": kind["id"],
        "phase_id": phases["external_approval"],
        "approval": {"approved_phase": phases["done"], "changes_phase": phases["doing"]},
    }
    return str((await admin.post("/api/v1/rules", body))["id"])
