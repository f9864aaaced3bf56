"""Many tickets at once in real browsers before the whole product: choosing, editing, tagging, merging, and back."""

import re
from typing import Any

from playwright.async_api import Page, expect

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.workday import Workday
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import CAMILA, PAGE_TEST, SOON_MS, camila, new_tag, opened, somebody_new, tagged

pytestmark = PAGE_TEST


async def _sit_down(browsers: Browsers, company: DemoCompany, path: str, **options: Any) -> Page:
    return await browsers.sit_down_as(CAMILA, f"/{company.slug}/desk{path}", **options)


async def test_tickets_chosen_by_keys_are_edited_in_place_and_the_edit_is_taken_back(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W12, W15, W19: only what is filled changes."""
    agent, tag, numbers = await tagged(day, "Cartaz um", "Cartaz dois", "Cartaz três", kind="fix")
    other = await new_tag(agent, "impresso")
    page = await _sit_down(browsers, company, f"/tickets?tag={tag}&order=oldest")
    bar = page.get_by_role("region", name="Seleção")
    await expect(bar).to_be_hidden()

    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(bar).to_contain_text("1 selecionado")
    await page.keyboard.press("j")
    await page.keyboard.press("Shift+X")
    await expect(bar).to_contain_text("2 selecionados")

    await page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="2 tickets")).to_be_visible()
    assert await violations(page) == []
    browsers.expect_refusals("/tickets/bulk")
    await dialog.get_by_role("button", name="Alterar 2 tickets").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Preencha pelo menos um campo", timeout=SOON_MS)
    await dialog.get_by_label("Prioridade").select_option("80")
    await dialog.locator(f"input[name=add_tags][value='{other}']").check(force=True)
    await dialog.get_by_role("button", name="Alterar 2 tickets").click()

    await expect(dialog.get_by_text("2 tickets alterados")).to_be_visible(timeout=SOON_MS)
    changed = [await agent.ticket(number) for number in numbers]
    assert [one["priority"] for one in changed] == [80, 80, 0]
    assert [other in one["tags"] for one in changed] == [True, True, False]
    assert {one["kind"] for one in changed} == {"fix"}
    await expect(page.locator(f"#t{numbers[0]}")).to_contain_text("80", timeout=SOON_MS)

    await dialog.get_by_role("button", name="Desfazer").click()
    await expect(dialog.get_by_text("2 tickets desfeitos")).to_be_visible(timeout=SOON_MS)
    assert [(await agent.ticket(number))["priority"] for number in numbers] == [0, 0, 0]
    await dialog.get_by_role("button", name="Voltar à lista").click()
    await expect(dialog).to_be_hidden()
    await expect(bar).to_be_hidden()


async def test_all_of_a_list_is_edited_without_script_and_a_refusal_is_said_in_words(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W12, W17: how many is said before; a date that is put off without a note is refused ticket by ticket."""
    agent, tag, numbers = await tagged(day, "Banner A", "Banner B", promised_for="2027-03-01T15:00:00Z")
    third = await opened(agent, "Banner C", tags=[tag])
    page = await _sit_down(browsers, company, f"/tickets/bulk?all=1&in=tag%3D{tag}", java_script_enabled=False)
    await expect(page.get_by_role("heading", name="Todos os 3 tickets da visão")).to_be_visible()

    fourth = await opened(agent, "Banner D", tags=[tag])
    await page.get_by_label("Previsto para").fill("2027-04-01T10:00")
    browsers.expect_refusals("/tickets/bulk")
    await page.get_by_role("button", name="Alterar 3 tickets").click()
    await expect(page.get_by_role("alert")).to_contain_text("A lista agora tem 4 tickets")
    await expect(page.get_by_label("Previsto para")).to_have_value("2027-04-01T10:00")
    await page.get_by_role("button", name="Alterar 4 tickets").click()

    await expect(page.get_by_text("2 recusados")).to_be_visible(timeout=SOON_MS)
    reasons = page.get_by_role("listitem").filter(has_text="Para adiar, deixe uma nota")
    await expect(reasons).to_have_count(2)
    assert (await agent.ticket(third))["promised_for"] == (await agent.ticket(fourth))["promised_for"] is not None
    assert (await agent.ticket(numbers[0]))["promised_for"].startswith("2027-03-01")
    await page.get_by_role("link", name="Últimas edições em massa").click()
    await expect(page.get_by_role("link", name="4 tickets").first).to_be_visible()


async def test_two_tickets_about_the_same_are_merged_and_parted_again(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W13, W15: who gets copies is said before; the merged one leads to the other."""
    _, tag, (first, second) = await tagged(day, "Site fora do ar", "O site caiu")
    agent = await camila(day)
    third = await opened(agent, "Nada abre", requester=somebody_new("Otto Luz"), tags=[tag])
    page = await _sit_down(browsers, company, f"/tickets?tag={tag}")
    for number in (first, third):
        await page.get_by_role("checkbox", name=f"#{number}").check()
    await page.keyboard.press("m")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Unificar tickets")
    await expect(page.get_by_text("Passam a receber cópias dele: Otto Luz")).to_be_visible()
    await page.get_by_role("combobox", name="Acrescentar um ticket").fill(str(second))
    await page.get_by_role("button", name="Incluir").click()
    await page.get_by_role("button", name="Unificar 3 tickets").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Tickets unificados", timeout=SOON_MS)
    assert [(await agent.ticket(one))["status"] for one in (first, second, third)] == ["open", "resolved", "resolved"]
    await page.keyboard.press("z")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Unificação desfeita", timeout=SOON_MS)
    assert [(await agent.ticket(one))["status"] for one in (second, third)] == ["open", "open"]


async def test_what_keeps_tickets_from_being_merged_is_said_beside_each(
    browsers: Browsers, day: Workday, company: DemoCompany
) -> None:
    """W13"""
    agent = await camila(day)
    workspace = (await agent.get("/api/v1/workspaces"))["items"][0]
    tag = await new_tag(agent)
    here = await opened(agent, "De um cliente", tags=[tag], workspace_id=workspace["id"])
    there = await opened(agent, "De ninguém", tags=[tag])
    done = await opened(agent, "Já feito", tags=[tag])
    page = await _sit_down(browsers, company, f"/tickets?tag={tag}", size=PHONE)
    for number in (here, there):
        await page.get_by_role("checkbox", name=f"#{number}").check()
    bar = page.get_by_role("region", name="Seleção")
    await expect(bar.get_by_role("button", name="Unificar")).to_have_attribute("aria-disabled", "true")
    await expect(bar).to_contain_text("workspaces diferentes")

    await agent.command(done, "resolve", {"method": "answered"})
    await page.goto(f"{browsers.url}/{company.slug}/desk/tickets/merge?ids={here},{there},{done}")
    await expect(page.get_by_text(f"este é de {workspace['name']}").first).to_be_visible()
    await expect(page.get_by_text("Não está em atendimento: Resolvido")).to_be_visible()
    await expect(page.get_by_role("button", name="Unificar 3 tickets")).to_be_disabled()
    assert await violations(page) == []

    await page.get_by_role("link", name=re.compile(f"Deixar #{here} de fora")).click()
    await page.get_by_role("link", name=re.compile(f"Deixar #{done} de fora")).click()
    await expect(page.get_by_text("Acrescente os tickets que tratam do mesmo assunto")).to_be_visible()
