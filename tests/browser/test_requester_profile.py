"""The requester's profile, changed beside a ticket in a real browser (O6)."""

import pytest
from playwright.async_api import expect

from tests.browser.desks import Desks
from tests.integration.portal_api.running import ANA

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

TICKET = "/agencia/desk/tickets/7"


async def test_a_profile_is_saved_as_often_as_one_likes_and_a_colleagues_change_is_a_choice(desks: Desks) -> None:
    """O6"""
    page = await desks.sit_down(ANA, TICKET)
    profile = page.locator("#profile")
    await profile.locator("summary").click()
    for name in ("Gina Lima Prado", "Gina L. Prado"):
        await profile.get_by_label("Nome").fill(name)
        await profile.get_by_role("button", name="Salvar perfil").click()
        await expect(profile.get_by_role("status").filter(has_text="Salvo")).to_be_visible()
        await expect(profile.locator("input[name=version]")).to_have_value(str(desks.behind.person["version"]))
        assert desks.behind.person["name"] == name

    desks.expect_refusals("/profile")
    desks.behind.person |= {"name": "Regina Lima", "version": 9}
    await profile.get_by_label("Nome").fill("Gina Prado")
    await profile.get_by_role("button", name="Salvar perfil").click()
    await expect(profile.get_by_role("alert")).to_contain_text("Regina Lima")
    await expect(profile.get_by_label("Nome")).to_have_value("Gina Prado")

    await profile.get_by_role("button", name="Salvar perfil").click()
    await expect(profile.get_by_role("status").filter(has_text="Salvo")).to_be_visible()
    assert (desks.behind.person["name"], desks.behind.person["version"]) == ("Gina Prado", 10)


async def test_a_colleagues_profile_is_not_offered_for_change(desks: Desks) -> None:
    """A colleague may ask for something too; their profile is for administrators."""
    desks.behind.person["roles"] = ["producer"]
    page = await desks.sit_down(ANA, TICKET)

    await expect(page.locator("#context").get_by_role("heading").first).to_contain_text("Outros tickets de Gina")
    await expect(page.locator("#profile")).to_have_count(0)
