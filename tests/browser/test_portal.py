"""The portal on a requester's phone, with and without JavaScript."""

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.desks import PHONE, SMALLEST, Desks
from tests.integration.portal_api.behind import NOTE
from tests.integration.portal_api.running import GINA, HUGO

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

TICKET = "/agencia/my/tickets/7"
PAGES = ("/agencia/my/tickets", TICKET, "/agencia/my/tickets/new", f"{TICKET}/end", "/agencia/my/profile")
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@SCRIPT
async def test_a_guest_reads_their_ticket_and_answers(desks: Desks, script: bool) -> None:
    page = await desks.sit_down(GINA, "/agencia/my/tickets", size=PHONE, java_script_enabled=script)
    await page.get_by_role("link", name="Cartaz A3 da <feira>").click()
    await expect(page.get_by_text("Já está em produção.")).to_be_visible()
    await expect(page.get_by_text(NOTE)).to_have_count(0)

    await page.get_by_label("Sua resposta").fill("Pode seguir, obrigada!")
    await page.get_by_role("button", name="Responder").click()

    await expect(page.get_by_role("status")).to_contain_text("Sua resposta foi recebida")
    asked = desks.behind.of("/messages")[-1]
    assert (asked.body["ticket_id"], asked.body["text"]) == ("ticket-7", "Pode seguir, obrigada!")
    assert asked.acting.person_id == "gina"


@SCRIPT
async def test_a_guest_asks_for_something_new_with_a_photo(desks: Desks, script: bool) -> None:
    page = await desks.sit_down(GINA, "/agencia/my/tickets", size=PHONE, java_script_enabled=script)
    await page.get_by_role("link", name="Criar ticket").click()
    await page.get_by_label("Assunto").fill("Novo cartaz")
    await page.get_by_label("Do que você precisa?").fill("Para a feira de domingo")
    await page.get_by_label("Anexar arquivos").set_input_files(
        {"name": "foto.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
    )
    await page.get_by_role("button", name="Enviar pedido").click()

    await expect(page.get_by_role("status")).to_contain_text("Seu pedido foi recebido")
    body = desks.behind.of("/messages")[-1].body
    assert (body["subject"], [file["name"] for file in body["files"]]) == ("Novo cartaz", ["foto.png"])


@pytest.mark.parametrize("name", ["promo ção.html", "marca.svg"])
async def test_an_uploaded_page_or_drawing_is_saved_and_never_shown(desks: Desks, name: str) -> None:
    """Both may carry scripts."""
    page = await desks.sit_down(GINA, TICKET, size=PHONE, accept_downloads=True)

    async with page.expect_download() as download:
        await page.get_by_role("link", name=name).click()

    assert (await download.value).suggested_filename == name
    await expect(page).to_have_url(desks.url + TICKET)
    await expect(page.locator("img[src*='m1']")).to_have_count(0)


async def test_everything_to_touch_is_large_enough_and_nothing_is_cut_off(desks: Desks) -> None:
    page = await desks.sit_down(GINA, "/agencia/my/tickets", size=SMALLEST)

    for path in PAGES:
        await page.goto(desks.url + path)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        small = await page.evaluate(
            "[...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea, select')]"
            ".filter(one => one.offsetParent && !one.closest('p, .vh, .skip, .quoted, .brand'))"
            ".map(one => [one.outerHTML.slice(0, 60), one.closest('label:not(.field)') ?? one])"
            ".map(([html, one]) => [html, one.getBoundingClientRect()])"
            ".filter(([_, box]) => box.width > 1 && box.height < 44).map(([html, box]) => [html, box.height])"
        )
        assert small == [], path


async def test_a_chosen_file_is_listed_with_a_way_back_however_long_its_name_is(desks: Desks) -> None:
    page = await desks.sit_down(GINA, "/agencia/my/tickets/new", size=SMALLEST)
    long = FilePayload(name=f"{'foto-da-vitrine-' * 8}.png", mimeType="image/png", buffer=b"\x89PNG")

    await page.get_by_label("Anexar arquivos").set_input_files(long)
    await page.get_by_label("Anexar arquivos").set_input_files(
        FilePayload(name="b.png", mimeType="image/png", buffer=b"\x89PNG")
    )
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await page.get_by_role("button", name=long["name"]).click()

    assert await page.evaluate("[...document.querySelector('input[type=file]').files].map(one => one.name)") == [
        "b.png"
    ]


async def test_another_guest_sees_neither_list_nor_ticket(desks: Desks) -> None:
    page = await desks.sit_down(HUGO, "/agencia/my/tickets", size=PHONE)
    await expect(page.get_by_text("Nenhum ticket aberto")).to_be_visible()

    desks.expect_refusals(TICKET)
    await page.goto(desks.url + TICKET)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Não há nada aqui")
