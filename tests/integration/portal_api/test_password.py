"""Changing one's own password, signing out elsewhere, and choosing a language at the door."""

import pytest

from tests.integration.portal_api.running import ANA, BASE, GINA, PASSWORD, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "outra-lanterna-acesa"
PAGE = "/agencia/password"


async def test_a_new_password_needs_the_current_one_and_ends_the_other_sessions_only(gateway: Gateway) -> None:
    elsewhere, here = await gateway.program(ANA), await gateway.browser(ANA)

    refused = await here.submit(PAGE, PAGE, current="errada-errada", password=NEW)
    assert refused.status_code == 422
    assert "Esta não é a sua senha atual." in refused.text
    assert (await elsewhere.get("/api/v1/me")).status_code == 200
    short = await here.submit(PAGE, PAGE, current=PASSWORD, password="curta")
    assert (short.status_code, "pelo menos 8" in short.text) == (422, True)

    changed = await here.submit(PAGE, PAGE, current=PASSWORD, password=NEW)
    assert changed.headers["location"] == "/agencia/desk/profile?password=changed&ended=1"
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await here.get(PAGE)).status_code == 200
    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 401
    assert (await gateway.sign_in(gateway.stranger(), ANA, password=NEW)).status_code == 201


async def test_guessing_the_current_password_is_limited_and_the_page_says_how_long_to_wait(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    body = {"current": "errada-errada", "new": NEW}
    answers = [(await ana.http.put("/api/v1/me/password", json=body)).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]

    page = await (await gateway.browser(ANA)).submit(PAGE, PAGE, current=PASSWORD, password=NEW)

    assert page.status_code == 429
    assert "Muitas tentativas. Tente de novo em " in page.text
    assert 0 < int(page.headers["retry-after"]) <= 900
    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 201


async def test_another_site_can_not_change_a_password(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    fields = {"current": PASSWORD, "password": NEW}
    assert (await ana.http.post(PAGE, data=fields)).status_code == 403
    assert (await ana.http.put("/api/v1/me/password", json={"current": PASSWORD, "new": NEW})).status_code == 403
    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 201


async def test_a_guest_signs_out_everywhere_else_and_stays_here(gateway: Gateway) -> None:
    """P1"""
    elsewhere, here = await gateway.program(GINA), await gateway.browser(GINA)
    colleague = await gateway.program(ANA)

    left = await here.submit(PAGE, "/agencia/sign-out-elsewhere")

    assert left.headers["location"] == "/agencia/my/profile?ended=1"
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await here.get("/agencia/my/profile")).status_code == 200
    assert (await colleague.get("/api/v1/me")).status_code == 200


async def test_a_program_changes_the_password_and_ends_the_others(gateway: Gateway) -> None:
    first, second = await gateway.program(ANA), await gateway.program(ANA)
    assert (await second.http.delete("/api/v1/sessions/others")).json() == {"ended": 1}
    assert (await first.get("/api/v1/me")).status_code == 401

    answer = await second.http.put("/api/v1/me/password", json={"current": PASSWORD, "new": NEW})

    assert (answer.status_code, answer.json()) == (200, {"ended": 0})
    assert (await gateway.sign_in(gateway.stranger(), ANA, password=NEW)).status_code == 201


async def test_a_door_speaks_the_language_that_was_chosen_at_it(gateway: Gateway) -> None:
    stranger = gateway.stranger()
    door = "/agencia/sign-in?next=%2Fagencia%2Fdesk%2Ftickets%2F7"
    own = {"origin": BASE, "sec-fetch-site": "same-origin"}

    chosen = await stranger.http.post("/language", data={"language": "en", "back": door}, headers=own)

    assert (chosen.status_code, chosen.headers["location"]) == (303, door)
    assert "Sign in to follow your tickets." in (await stranger.get(door)).text
    away = await stranger.http.post("/language", data={"language": "pt-BR", "back": "//evil.test"}, headers=own)
    assert away.headers["location"] == "/"
    foreign = {"origin": "https://evil.test", "sec-fetch-site": "cross-site"}
    refused = await stranger.http.post("/language", data={"language": "en", "back": "/"}, headers=foreign)
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
