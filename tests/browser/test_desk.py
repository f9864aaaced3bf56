"""The desk in a real browser: an agent's ticket and a producer's task."""

import re

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.axe import violations
from tests.browser.desks import DESKTOP, PHONE, SMALLEST, Desks
from tests.integration.portal_api.behind import NOTE, Asked
from tests.integration.portal_api.running import ANA, PAULO, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

TICKET = "/agencia/desk/tickets/7"


async def test_an_agent_finds_the_ticket_by_keyboard_and_opens_it(desks: Desks) -> None:
    page = await desks.sit_down(ANA, "/agencia/desk/tickets?analyst=me")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Meus tickets")

    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Cartaz A3 da <feira>")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Cartaz A3 da <feira>")
    await expect(page.locator("[aria-current=step]")).to_contain_text("Produção")


async def test_the_composer_is_a_private_note_until_one_says_otherwise_and_wears_its_dress(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET)
    composer = page.locator("#writing")
    await page.get_by_label("O que você escreve").click()
    await expect(page.locator("trix-editor")).to_be_focused()
    await page.keyboard.type("Conferi o PDF.")
    private = await _look(composer)
    await expect(page.get_by_role("button", name="Salvar nota")).to_be_visible()
    await expect(composer).to_contain_text("só a equipe vê, nada é enviado")

    await page.get_by_label("Exibir para solicitante").check()

    await expect(page.get_by_role("button", name="Ver prévia e enviar")).to_be_visible()
    await expect(page.get_by_role("button", name="Salvar nota")).to_be_hidden()
    await expect(composer).to_contain_text("para Gina Lima, Lia")
    await expect(page.get_by_label("O que você escreve")).to_have_text("Conferi o PDF.")
    assert await _look(composer) != private
    await expect(page.get_by_text("Rascunho salvo")).to_be_visible()

    await page.goto(desks.url + TICKET)
    await expect(page.get_by_label("Exibir para solicitante")).not_to_be_checked()


async def test_a_note_in_the_timeline_differs_from_an_answer_in_more_than_colour(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET)
    note, answer = page.locator("li.msg.note > .box"), page.locator("li.msg.out > .box")
    await expect(note).to_contain_text(NOTE)

    note_edge, answer_edge = [await _style(one, "borderTopStyle") for one in (note, answer)]
    note_box, answer_box = await note.bounding_box(), await answer.bounding_box()

    assert (note_edge, answer_edge) == ("dashed", "solid")
    assert note_box is not None
    assert answer_box is not None
    assert note_box["width"] < answer_box["width"] - 40
    await expect(note.locator(".lock")).to_have_text("Nota privada, só a equipe vê")


async def test_an_answer_goes_out_only_after_a_look_at_it(desks: Desks) -> None:
    """W7"""
    page = await desks.sit_down(ANA, TICKET)
    await page.keyboard.press("r")
    await expect(page.locator("trix-editor")).to_be_focused()
    await page.keyboard.type("Está pronto.")
    await page.locator("#writing input[type=file]").set_input_files(
        {"name": "arte.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    await expect(page.locator("#writing [data-receipt]")).to_contain_text("arte.pdf")
    await page.keyboard.press("Control+Enter")

    sheet = page.get_by_role("dialog")
    await expect(sheet.get_by_role("heading", level=1)).to_have_text("Conferir antes de enviar")
    await expect(sheet.get_by_role("heading", level=1)).to_be_focused()
    await expect(sheet.get_by_text("arte.pdf")).to_be_visible()
    assert desks.behind.of("/tickets/7/comments") == []

    # The address is another one before the page comes anew.
    async with page.expect_event("load"):
        await sheet.get_by_role("button", name="Enviar e resolver").click()
    await page.wait_for_url(re.compile(r"/tickets/7#last$"))
    body = desks.behind.of("/tickets/7/comments")[-1].body
    assert (body["visible"], body["then"]["status"], len(body["files"])) == (True, "resolved", 1)


async def test_a_click_on_a_stage_moves_the_ticket(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET)

    await page.get_by_role("button", name="Entrega").click()

    assert (await _asked(desks, "/tickets/7/stage")).body == {"stage": "delivery"}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_who_acts_in_each_stage_is_seen_and_changed(desks: Desks, size: ViewportSize) -> None:
    """H1: all five of them, on a phone too."""
    page = await desks.sit_down(ANA, TICKET, size=size)
    stages = page.locator("#stages > li")
    if size == PHONE:
        await expect(page.locator("#holder-planning")).to_be_hidden()
        await page.get_by_text("Etapas e responsáveis").click()
        await expect(stages.get_by_text("Ana", exact=True)).to_have_count(5)
        assert await _overflow(page) <= 0, await page.evaluate(_WIDE)
        assert await violations(page) == []
    for holder in await stages.locator("details.pop > summary").all():
        await expect(holder).to_be_visible()

    await page.locator("#holder-planning > summary").click()
    await page.locator("#holder-planning").get_by_label("Responsável por Planejar").select_option(label="Paulo Reis")
    await page.locator("#holder-planning").get_by_role("button", name="Trocar").click()

    assert (await _asked(desks, "/tickets/7/stage-assignee")).body == {"stage": "planning", "person_id": "paulo"}


async def test_on_a_phone_the_bell_counts_beside_the_closed_menu(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET, size=PHONE)

    bell = page.get_by_role("link", name="Avisos 1 não lidos")
    await expect(bell).to_be_visible()
    assert await _overflow(page) <= 0
    await bell.click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Avisos")


async def test_a_task_is_asked_for_in_the_ticket(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET)

    await page.get_by_text("Criar tarefa").first.click()
    asking = page.locator("#task-new")
    await asking.get_by_label("Título").fill("Arte A3")
    await asking.locator("select[name=executor_id]").select_option(label="Paulo Reis")
    await asking.get_by_role("button", name="Criar tarefa").click()

    assert (await _asked(desks, "/tickets/7/tasks")).body == {"title": "Arte A3", "executor_id": "paulo"}


async def test_a_producer_moves_a_task_to_external_approval_with_one_click(desks: Desks) -> None:
    page = await desks.sit_down(PAULO, "/agencia/desk/tasks")
    await page.get_by_role("link", name="Arte do cartaz").click()

    await page.get_by_role("button", name="Homologação externa").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Arte do cartaz")
    assert (await _asked(desks, "/tasks/3/phase")).body == {"phase": "external"}


async def test_without_javascript_everything_still_works(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET, java_script_enabled=False)
    await page.get_by_label("O que você escreve").fill("Nota sem script")
    await page.get_by_role("button", name="Salvar nota").click()
    await page.wait_for_url(re.compile(r"/tickets/7#last$"))
    assert desks.behind.of("/tickets/7/comments")[-1].body["visible"] is False

    await page.get_by_text("Concluir ticket").first.click()
    resolving = page.locator("#resolve-pop")
    await resolving.get_by_label("Como foi resolvido").select_option("rejected")
    await resolving.get_by_role("button", name="Concluir ticket").click()
    assert (await _asked(desks, "/tickets/7/resolve")).body == {"method": "rejected"}


@pytest.mark.parametrize("size", [PHONE, SMALLEST], ids=["phone", "320 px"])
async def test_on_a_phone_nothing_is_cut_off_and_the_rail_is_a_drawer(desks: Desks, size: ViewportSize) -> None:
    page = await desks.sit_down(ANA, TICKET, size=size)

    for path in (TICKET, "/agencia/desk/tickets", "/agencia/desk/tasks/3", f"{TICKET}/info", "/agencia/desk/notices"):
        await page.goto(desks.url + path)
        assert await _overflow(page) <= 0, (path, await page.evaluate(_WIDE))
    await expect(page.get_by_role("navigation", name="Principal")).to_be_hidden()
    await page.locator("label[for=rail-open]").click()
    await expect(page.get_by_role("link", name="Meus tickets")).to_be_visible()


async def test_light_and_dark_follow_the_device_until_one_is_chosen(desks: Desks) -> None:
    page = await desks.sit_down(ANA, TICKET, color_scheme="dark")
    assert await _page_colour(page) == "rgb(20, 24, 28)"

    await page.locator(".rail summary").click()
    await page.locator(".rail").get_by_label("Aparência").select_option("light")
    await page.get_by_role("button", name="Aplicar").click()

    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert await _page_colour(page) == "rgb(246, 247, 248)"


async def test_the_skip_link_comes_first_and_focus_can_be_seen(desks: Desks) -> None:
    page = await desks.sit_down(ANA, "/agencia/desk/tickets")

    await page.keyboard.press("Tab")

    skip = page.get_by_role("link", name="Ir para o conteúdo")
    await expect(skip).to_be_focused()
    assert await _style(skip, "outlineStyle") == "solid"


_WIDE = """[...document.querySelectorAll("body *")]
  .filter((one) => !one.closest("details:not([open]) > :not(summary)"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 90))"""
"""What is cut off, for whoever has to mend it."""


async def _asked(desks: Desks, path: str) -> Asked:
    """What a click asked of a service, once it did: the page answers in place."""

    async def is_there() -> bool:
        return bool(desks.behind.of(path))

    await eventually(is_there, 30)
    return desks.behind.of(path)[-1]


async def _look(of: object) -> tuple[str, str]:
    return await _style(of, "backgroundColor"), await _style(of, "borderTopStyle")


async def _style(of: object, name: str) -> str:
    found = await of.evaluate(f"one => getComputedStyle(one).{name}")  # type: ignore[attr-defined]
    return str(found)


async def _page_colour(page: Page) -> str:
    return await _style(page.locator("body"), "backgroundColor")


async def _overflow(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))
