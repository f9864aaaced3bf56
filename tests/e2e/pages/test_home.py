"""Home, the work of the day, held messages, notices, profile and door, in real browsers before the whole product."""

import re
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

from balcao.local.demo.company import PASSWORD, DemoCompany
from balcao.local.demo.doors import Doors, Session
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import HELENA, LIA, PAGE_TEST, RAFAEL, SOON_MS, camila, opened

pytestmark = PAGE_TEST

YARA = "Yara Fontes"
LIGHT_AND_DARK: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def _mine(day: Workday, title: str, **more: Any) -> tuple[Session, int]:
    """A ticket that is with the agent of these tests, in triage."""
    agent = await day.signed_in(day.company.named(RAFAEL))
    return agent, await opened(agent, title, requester=LIA, analyst_id=agent.person["id"], **more)


async def _due(agent: Session, number: int, at: datetime) -> None:
    answer = await agent.request(
        "PATCH", f"/api/v1/tickets/{number}", json={"due": at.isoformat(), "note": "Combinado"}
    )
    assert answer.status_code == 200, answer.text


async def _fine(page: Page) -> None:
    """Nothing is cut off, and nobody is kept out, by day or by night."""
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for scheme in LIGHT_AND_DARK:
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == []


async def test_home_counts_what_is_with_me_by_stage_and_keeps_counting_while_one_looks(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """H9, R2, O12: the chart leads to the list it counts, and new tickets are one click away."""
    agent, number = await _mine(day, f"Para o começo {time.time_ns()}")
    page = await browsers.sit_down_as(RAFAEL, f"/{company.slug}/desk")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Rafael")
    triage = page.locator(".by-stage a", has_text="Triagem")
    before = int(await triage.locator("b").inner_text())
    await expect(page.locator("#home-lists a", has_text="Para o começo").first).to_be_visible()
    await _fine(page)

    await agent.command(number, "stage", {"stage": "planning"})
    _, newest = await _mine(day, f"Acabou de chegar {time.time_ns()}")
    await agent.command(newest, "stage", {"stage": "planning"})

    await expect(triage.locator("b")).to_have_text(str(before - 1), timeout=SOON_MS)
    await expect(page.locator("#home-lists a", has_text="Acabou de chegar").first).to_be_visible(timeout=SOON_MS)
    await page.locator(".by-stage a", has_text="Planejar").click()
    await expect(page).to_have_url(re.compile(r"executor=me&stage=planning"))
    await expect(page.locator("#content")).to_contain_text("Para o começo")


async def test_a_producers_home_is_their_tasks(browsers: Browsers, company: DemoCompany) -> None:
    """R2: nobody is shown numbers of work that isn't theirs."""
    page = await browsers.sit_down_as(YARA, f"/{company.slug}/desk", size=PHONE)
    await expect(page.get_by_role("heading", name="Minhas tarefas")).to_be_visible()
    await expect(page.locator(".by-stage")).to_have_count(0)
    await _fine(page)
    browsers.expect_refusals("/desk/held")
    assert (await page.goto(f"{browsers.url}/{company.slug}/desk/held")).status == 403  # type: ignore[union-attr]


@pytest.mark.parametrize("scripts", [True, False], ids=["in place", "without scripts"])
async def test_what_is_due_today_is_postponed_with_a_note_and_then_gone(
    browsers: Browsers, day: Workday, company: DemoCompany, scripts: bool
) -> None:
    """W17: extending a date needs a note; what was typed stays when it is refused."""
    browsers.expect_refusals("/desk/today")
    agent, number = await _mine(day, f"Vence hoje {time.time_ns()}")
    await _due(agent, number, datetime.now(UTC) - timedelta(days=2))
    page = await browsers.sit_down_as(RAFAEL, f"/{company.slug}/desk/today", java_script_enabled=scripts)
    row = page.locator(f"#d{number}")
    await expect(page.get_by_role("heading", name="Atrasados")).to_be_visible()
    if scripts:
        await _fine(page)
    await row.get_by_text("Adiar").first.click()
    note = row.get_by_label("Para adiar, deixe uma nota")
    if scripts:  # past what the browser itself asks for
        await note.evaluate("one => one.required = false")
        await note.fill("   ")
        await row.get_by_role("button", name="Adiar").click()
        await expect(row.get_by_role("alert")).to_contain_text("deixe uma nota", timeout=SOON_MS)
    await row.get_by_label("Nova data").fill("2031-05-06T18:00")
    await note.fill("O cliente pediu mais uma semana.")
    await row.get_by_role("button", name="Adiar").click()

    await expect(row).to_have_count(0, timeout=SOON_MS)
    ticket = await agent.ticket(number)
    assert ticket["due"].startswith("2031-05-06T21:00")
    noted = [one for one in ticket["timeline"] if one["type"] == "ticket.noted.v1"]
    assert [one["data"]["text"] for one in noted if "mais uma semana" in one["data"]["text"]] != []


async def test_an_empty_day_is_a_small_reward(browsers: Browsers, company: DemoCompany) -> None:
    """W17"""
    page = await browsers.sit_down_as(HELENA, f"/{company.slug}/desk/today", size=PHONE)
    await expect(page.get_by_text("Tudo em dia por hoje")).to_be_visible()
    await _fine(page)


async def _outsider_writes(doors: Doors, company: DemoCompany, number: int, text: str) -> None:
    """Somebody who is no part of a ticket answers to it."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Sônia Campos <sonia@grafica-lima.test>", company.address
    mail["Subject"], mail["Message-ID"] = f"Re: impressão [#{number}]", f"<{time.time_ns()}@grafica-lima.test>"
    mail.set_content(f"{text}\n<script>alert(1)</script>\n")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="prova de cor.pdf")
    await doors.hand_in(mail, sender="sonia@grafica-lima.test", to=company.address)


async def test_a_held_message_appears_while_one_looks_is_read_and_let_in_and_discarding_can_be_undone(
    browsers: Browsers, day: Workday, doors: Doors, company: DemoCompany
) -> None:
    """O3, W2"""
    browsers.expect_refusals("/desk/held")
    agent, pointed_at = await _mine(day, "Cartaz da gráfica")
    _, other = await _mine(day, "Outro assunto da gráfica")
    page = await browsers.sit_down_as(RAFAEL, f"/{company.slug}/desk/held")
    await _outsider_writes(doors, company, pointed_at, "Falta a sangria de 3 mm.")
    message = page.locator("#held a", has_text="Sônia Campos")
    await expect(message).to_be_visible(timeout=SOON_MS)
    await expect(page.locator("#rail-held")).to_have_text("1", timeout=SOON_MS)

    await message.click()
    reading = page.get_by_role("region", name="Mensagem")
    await expect(reading).to_contain_text("Falta a sangria de 3 mm.")
    await expect(reading).to_contain_text("<script>alert(1)</script>")
    await expect(reading).to_contain_text(f"Aponta para o ticket #{pointed_at}, mas quem enviou não faz parte dele.")
    await expect(reading.get_by_role("link", name="prova de cor.pdf")).to_be_visible()
    await _fine(page)
    await reading.get_by_role("button", name="Descartar").click()
    await page.get_by_role("button", name="Desfazer").click()
    await reading.get_by_text("Para outro ticket").click()
    await reading.get_by_label("Número do ticket").fill("999999")
    await reading.get_by_role("button", name="Deixar entrar", exact=True).click()
    await expect(reading.locator("#refused")).to_have_text("Não há ticket com este número.")
    await reading.get_by_label("Número do ticket").fill(f"#{other}")
    await reading.get_by_role("button", name="Deixar entrar", exact=True).click()

    await expect(page.get_by_role("status").get_by_role("link", name=f"#{other}")).to_be_visible()
    await expect(page.get_by_text("Nada retido")).to_be_visible()
    answers = [one["data"].get("text", "") for one in (await agent.ticket(other))["timeline"]]
    assert any("Falta a sangria de 3 mm." in text for text in answers)
    assert not any("sangria" in str(one["data"]) for one in (await agent.ticket(pointed_at))["timeline"])


async def test_the_bell_counts_while_one_looks_and_a_notice_leads_to_its_ticket(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W2: what somebody is told shows at once, by day, in words."""
    agent, number = await _mine(day, "Aviso de teste")
    await agent.post("/api/v1/notices/read")
    page = await browsers.sit_down_as(RAFAEL, f"/{company.slug}/desk/notices")
    await expect(page.locator("#bell-count")).to_be_empty()
    colleague = await camila(day)

    await colleague.command(number, "comments", {"text": "Falei com a Lia por telefone.", "visible": True})

    notice = page.locator(".note-row.unread button", has_text="Um colega escreveu no meu ticket").first
    await expect(notice).to_contain_text(f"#{number}", timeout=SOON_MS)
    await expect(page.locator("#bell-count")).not_to_be_empty(timeout=SOON_MS)
    await _fine(page)
    await notice.click()
    await expect(page).to_have_url(re.compile(rf"/desk/tickets/{number}"))
    await page.goto(f"{browsers.url}/{company.slug}/desk/notices")
    await page.get_by_role("button", name="Marcar tudo como lido").click()
    await expect(page.get_by_text("Tudo lido")).to_be_visible()
    await expect(page.locator("#bell-count")).to_be_empty()


async def test_a_profile_says_what_to_hear_of_and_turns_single_keys_off(
    browsers: Browsers, company: DemoCompany
) -> None:
    """WCAG 2.1.4 and W17: choices hold after the page comes again, and can be taken back."""
    page = await browsers.sit_down_as(YARA, f"/{company.slug}/desk/profile", size=PHONE)
    await _fine(page)
    mail = page.get_by_role("checkbox", name="Uma tarefa passou a ser minha: Por e-mail")
    await mail.uncheck()
    await page.get_by_label("Um e-mail em cada manhã útil").uncheck()
    await page.get_by_role("button", name="Salvar").last.click()
    await expect(page.get_by_text("Salvo.")).to_be_visible()
    await expect(mail).not_to_be_checked()
    await expect(page.get_by_label("Um e-mail em cada manhã útil")).not_to_be_checked()
    await page.get_by_role("button", name="Voltar ao padrão").click()
    await expect(page.get_by_text("Salvo.")).to_be_visible()
    await expect(mail).to_be_checked()

    await page.get_by_label("Teclas únicas como atalhos").uncheck()
    await page.reload()
    await expect(page.get_by_label("Teclas únicas como atalhos")).not_to_be_checked()
    await page.locator("h1").click()
    await page.keyboard.press("?")
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_the_door_shows_what_is_typed_says_what_is_wrong_and_speaks_two_languages(
    browsers: Browsers, company: DemoCompany
) -> None:
    """P1: nothing typed is lost but the password, and one ends where one wanted to go."""
    rafael = company.named(RAFAEL).address
    page = await browsers.visit(f"/{company.slug}/desk/today", size=PHONE)
    await expect(page).to_have_url(re.compile(r"sign-in\?next="))
    await _fine(page)
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_text("Sign in to follow your tickets.")).to_be_visible()
    await page.get_by_role("button", name="Português").click()
    await page.get_by_label("E-mail").fill(rafael)
    secret = page.get_by_label("Senha", exact=True)
    browsers.expect_refusals("/sign-in")
    await secret.fill("errada")
    await page.get_by_role("button", name="Mostrar o que foi digitado").click()
    await expect(secret).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Entrar").click()
    await expect(page.get_by_role("alert")).to_have_text("E-mail ou senha incorretos.")
    await expect(page.get_by_label("E-mail")).to_have_value(rafael)
    await expect(secret).to_be_focused()
    await _fine(page)
    await secret.fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/desk/today$"))
