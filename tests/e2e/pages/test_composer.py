"""Writing on a ticket in real browsers before the whole product: notes, answers, the sheet before, the way back."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Locator, Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Json, Session
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Case, Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST, SOON_MS, analysts_page, asked_by_mail

pytestmark = PAGE_TEST

NOTE = "O fornecedor pediu mais prazo para a fachada nova"
_PASTE = """async (dot) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  const file = new File([await new Promise((done) => canvas.toBlob(done))], "fachada.png", { type: "image/png" });
  const clipboardData = new DataTransfer();
  clipboardData.items.add(file);
  dot.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


async def test_a_note_is_kept_while_one_types_and_saved_for_the_team_alone(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W7: private at every open; a draft survives leaving, and is gone once it is saved."""
    case = await asked_by_mail(day, "Cardápio")
    page = await analysts_page(browsers, company, case)
    await page.keyboard.press("n")
    text = await _begin(page, f"{NOTE}.")
    await expect(page.get_by_text("Rascunho salvo")).to_be_visible(timeout=SOON_MS)

    await page.goto(page.url.split("#")[0])
    await expect(text).to_have_value(f"{NOTE}.")
    await expect(page.get_by_label("Exibir para solicitante")).not_to_be_checked()
    await text.click()
    await expect(page.locator("trix-editor")).to_be_focused()
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("li.msg.note").last).to_contain_text(NOTE, timeout=SOON_MS)
    await expect(page.locator("trix-editor")).to_have_count(0, timeout=SOON_MS)
    await expect(page.get_by_label("O que você escreve")).to_have_value("")
    assert (await case.agent.get(f"/api/v1/tickets/{case.number}/unsent"))["items"] == []


async def test_an_answer_is_looked_at_decided_on_sent_taken_back_and_sent_again(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W7, W11: words of a note are taken out, an image is pasted, a copy is left out, and all of it comes back."""
    case = await asked_by_mail(day, "Cardápio")
    await case.agent.command(case.number, "comments", {"text": NOTE})
    async with _window(await day.signed_in(_admin(company)), 60):
        page = await analysts_page(browsers, company, case)
        await page.keyboard.press("r")
        await _begin(page, f"Oi! {NOTE}. Veja a foto: ")
        await page.locator("trix-editor").evaluate(_PASTE)
        await expect(page.locator("trix-editor img")).to_be_visible(timeout=SOON_MS)
        await page.locator(".rcps summary").click()
        await page.get_by_label("Também para").fill("Gráfica <grafica@imprimax.test>")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Ver prévia e enviar").click()

        sheet = page.get_by_role("dialog")
        title = sheet.get_by_role("heading", level=1)
        await expect(title).to_be_focused(timeout=SOON_MS)
        await expect(sheet).to_contain_text("Trecho igual a uma nota privada")
        await expect(sheet).to_contain_text("1 pessoa nova desde o último envio")
        await expect(sheet.get_by_role("button", name="Enviar para 2 pessoas")).to_be_disabled()
        assert await violations(page) == []
        await sheet.get_by_role("button", name="Remover").click()
        await expect(sheet.get_by_role("button", name="Enviar para 1 pessoa")).to_be_disabled(timeout=SOON_MS)
        await sheet.get_by_role("button", name="Tirar o trecho").click()
        letter = sheet.frame_locator("iframe.letter")
        # The mail has the words twice: as it begins, for lists of mails, and on its page.
        await expect(letter.get_by_text("Veja a foto").last).to_be_visible(timeout=SOON_MS)
        await expect(letter.locator("img[alt='fachada.png']")).to_have_attribute("src", re.compile("^data:image/png"))
        await expect(letter.get_by_text(NOTE)).to_have_count(0, timeout=SOON_MS)
        await sheet.get_by_role("button", name="Enviar para 1 pessoa").click()

        going = page.locator(".going")
        await expect(going).to_contain_text("Enviando em", timeout=SOON_MS)
        await expect(page.get_by_label("Exibir para solicitante")).not_to_be_checked()
        await page.keyboard.press("z")
        await expect(page.locator("trix-editor")).to_contain_text("Oi! Veja a foto", timeout=SOON_MS)
        await expect(page.locator("trix-editor img")).to_be_visible(timeout=SOON_MS)
        await expect(page.get_by_label("Exibir para solicitante")).to_be_checked()
        await expect(going).to_have_count(0)

        await page.get_by_role("button", name="Ver prévia e enviar").click()
        await sheet.get_by_role("button", name="Enviar para 1 pessoa").click(timeout=SOON_MS)
        await going.get_by_role("button", name="Enviar agora").click(timeout=SOON_MS)
        await expect(page.locator("li.msg.out").last).to_contain_text("Veja a foto", timeout=SOON_MS)
    await day.until_mail(company.client, "the answer", in_text="Veja a foto")
    assert (await case.agent.get(f"/api/v1/tickets/{case.number}/unsent"))["items"] == []


async def test_what_somebody_said_meanwhile_is_shown_before_an_answer_goes_out(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W7: the sheet comes again, with the unseen words on top, and nothing was sent."""
    case = await asked_by_mail(day, "Cardápio")
    page = await analysts_page(browsers, company, case)
    await page.keyboard.press("r")
    await _begin(page, "Segue o cardápio.")
    await page.keyboard.press("Control+Enter")
    sheet = page.get_by_role("dialog")
    await expect(sheet.get_by_role("button", name="Enviar para 1 pessoa")).to_be_visible(timeout=SOON_MS)
    colleague = await day.signed_in(_admin(company))
    await colleague.command(case.number, "comments", {"text": "Espere: o preço mudou!"})
    browsers.expect_refusals("/comments")

    await sheet.get_by_role("button", name="Enviar para 1 pessoa").click()
    await expect(sheet).to_contain_text("O ticket mudou enquanto você escrevia", timeout=SOON_MS)
    await expect(sheet).to_contain_text("Espere: o preço mudou!")
    await sheet.get_by_role("button", name="Voltar e editar").click()
    await expect(page.locator("trix-editor")).to_be_focused()
    await expect(page.locator("trix-editor")).to_have_text("Segue o cardápio.")
    assert await _answers(case) == 0


async def test_on_a_phone_and_without_script_an_answer_goes_the_same_way(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W5, W7: plain forms; a file comes with them; back to editing keeps it all, and sending resolves."""
    case = await asked_by_mail(day, "Cardápio")
    page = await analysts_page(browsers, company, case, size=PHONE, java_script_enabled=False, color_scheme="dark")
    await page.get_by_label("Exibir para solicitante").check()
    await page.get_by_label("O que você escreve").fill("Pronto, segue o anexo.")
    await page.locator("#writing input[type=file]").set_input_files(
        {"name": "arte.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await page.get_by_role("button", name="Ver prévia e enviar").click()
    await expect(page.get_by_role("region", name="O e-mail em texto")).to_contain_text("Pronto, segue o anexo.")
    await page.get_by_role("button", name="Voltar e editar").click()
    await expect(page.get_by_label("O que você escreve")).to_have_value("Pronto, segue o anexo.")
    await expect(page.locator("[data-attached]")).to_contain_text("arte.pdf")
    await page.get_by_role("button", name="Ver prévia e enviar").click()
    await page.get_by_role("button", name="Enviar e resolver").click()
    await page.wait_for_url(re.compile(r"#last$"))

    async def resolved() -> None:
        status = (await case.agent.get(f"/api/v1/tickets/{case.number}"))["status"]
        if status != "resolved":
            raise NotYet(status)

    await eventually("the ticket to be resolved", resolved)


async def _begin(page: Page, words: str) -> Locator:
    await expect(page.locator("trix-editor")).to_be_focused(timeout=SOON_MS)
    await page.keyboard.insert_text(words)
    return page.get_by_label("O que você escreve")


async def _answers(case: Case) -> int:
    timeline = (await case.agent.get(f"/api/v1/tickets/{case.number}"))["timeline"]
    return sum(one["type"] in ("ticket.replied.v1", "ticket.reply_held.v1") for one in timeline)


def _admin(company: DemoCompany) -> Any:
    return next(one for one in company.players if "admin" in one.roles)


@asynccontextmanager
async def _window(admin: Session, seconds: int) -> AsyncIterator[None]:
    """The company with another undo window, for as long as this lasts."""
    before = (await admin.get("/api/v1/company"))["policies"]
    await _set(admin, {**before, "undo_seconds": seconds})
    try:
        yield
    finally:
        await _set(admin, before)


async def _set(admin: Session, policies: Json) -> None:
    answer = await admin.request("PATCH", "/api/v1/company", json={"policies": policies})
    assert answer.status_code == 200, answer.text
