"""Signing in: passwords, limits, sessions that end, and what a thief of the database gets."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.portal_api.running import AGENCY, ANA, BASE, EVA, GINA, PASSWORD, Gateway, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY = person("nobody", "Nobody")
ANCIENT = datetime(2020, 1, 1, tzinfo=UTC)


async def test_the_right_password_opens_a_session_and_signing_out_ends_it(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    me = (await ana.get("/api/v1/me")).json()
    assert (me["name"], me["company_id"], me["roles"]) == ("Ana Prado", "agencia", ["agent"])

    assert (await ana.http.delete("/api/v1/sessions")).status_code == 204

    gone = await ana.get("/api/v1/me")
    assert (gone.status_code, gone.headers["content-type"]) == (401, "application/problem+json")


async def test_wrong_password_unknown_address_and_other_company_look_the_same(gateway: Gateway) -> None:
    stranger = gateway.stranger()
    answers = [
        await gateway.sign_in(stranger, ANA, password="errada-errada"),
        await gateway.sign_in(stranger, NOBODY),
        await gateway.sign_in(stranger, EVA, "agencia"),
        await gateway.sign_in(stranger, ANA, "nowhere"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_an_unknown_account_costs_as_much_work_as_a_known_one(gateway: Gateway) -> None:
    async def seconds(who: object) -> float:
        begun = time.perf_counter()
        await gateway.sign_in(gateway.stranger(), who, password="errada-errada")  # type: ignore[arg-type]
        return time.perf_counter() - begun

    await seconds(ANA)
    known = min([await seconds(ANA) for _ in range(3)])
    unknown = min([await seconds(person(f"n{n}", "N")) for n in range(3)])

    assert unknown > known * 0.4, "an unknown account is answered without hashing"


async def test_the_database_holds_no_token_that_would_open_the_door(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    token = ana.http.headers["authorization"].removeprefix("Bearer ")

    kept = await gateway.service.mongo.db["sessions"].find({}).to_list(10)

    assert kept
    assert token not in str(kept)
    thief = gateway.stranger()
    thief.http.headers["authorization"] = f"Bearer {kept[0]['_id']}"
    assert (await thief.get("/api/v1/me")).status_code == 401


async def test_a_session_past_its_time_is_refused_though_the_database_still_has_it(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    past = {"$set": {"expires_at": ANCIENT}}
    await gateway.service.mongo.db["sessions"].update_many({}, past)

    assert (await ana.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(("opened", "lasts"), [(5, 7), (27, 3), (30, 0)], ids=["in use", "old", "too old"])
async def test_a_session_goes_on_while_it_is_used_but_not_for_ever(gateway: Gateway, opened: int, lasts: int) -> None:
    ana = await gateway.program(ANA)
    sessions, now = gateway.service.mongo.db["sessions"], datetime.now(UTC)
    soon = {"opened_at": now - timedelta(days=opened), "expires_at": now + timedelta(hours=1)}
    await sessions.update_many({}, {"$set": soon})

    assert (await ana.get("/api/v1/me")).status_code == 200

    kept = (await sessions.find({}).to_list(1))[0]["expires_at"].replace(tzinfo=UTC)
    expected = max(now + timedelta(days=lasts), soon["expires_at"])
    assert abs(kept - expected) < timedelta(minutes=1)


async def test_guessing_one_password_is_stopped_wherever_the_guesses_come_from(gateway: Gateway) -> None:
    for n in range(10):
        answer = await gateway.sign_in(gateway.stranger(f"203.0.113.{n}"), GINA, password=f"palpite-{n}")
        assert answer.status_code == 401

    stopped = await gateway.sign_in(gateway.stranger("203.0.113.99"), GINA)

    assert stopped.status_code == 429, "even the right password has to wait"
    assert 1 <= int(stopped.headers["retry-after"]) <= 900
    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 201, "others are not held up"


async def test_a_right_password_wipes_the_slate(gateway: Gateway) -> None:
    for _ in range(2):
        for n in range(9):
            await gateway.sign_in(gateway.stranger(), GINA, password=f"palpite-{n}")
        assert (await gateway.sign_in(gateway.stranger(), GINA)).status_code == 201


async def test_guessing_many_passwords_from_one_place_is_stopped(gateway: Gateway) -> None:
    tries = gateway.service.mongo.db["sign_in_tries"]
    await gateway.sign_in(gateway.stranger("198.51.100.7"), NOBODY)
    await tries.update_one({"_id": {"$regex": "^client:"}}, {"$set": {"tries": 100}})

    stopped = await gateway.sign_in(gateway.stranger("198.51.100.7"), ANA)
    elsewhere = await gateway.sign_in(gateway.stranger("198.51.100.8"), ANA)

    assert (stopped.status_code, elsewhere.status_code) == (429, 201)


async def test_the_sign_in_page_refuses_a_form_that_is_not_its_own(gateway: Gateway) -> None:
    stranger = gateway.stranger()
    await stranger.get("/agencia/sign-in")
    fields = {"address": ANA.addresses[0], "password": PASSWORD, "csrf": "A" * 48}

    answer = await stranger.http.post("/agencia/sign-in", data=fields, headers={"origin": BASE})

    assert answer.status_code == 403
    assert "balcao_session" not in answer.headers.get("set-cookie", "")


async def test_a_wrong_password_at_the_page_keeps_the_address_and_says_so(gateway: Gateway) -> None:
    page = f"/{AGENCY.slug}/sign-in"
    answer = await gateway.stranger().submit(page, page, address=ANA.addresses[0], password="errada-errada")

    assert answer.status_code == 401
    assert "E-mail ou senha incorretos." in answer.text
    assert f'value="{ANA.addresses[0]}"' in answer.text
    assert "errada-errada" not in answer.text


async def test_signing_in_leads_to_the_page_that_was_wanted_but_never_to_another_host(gateway: Gateway) -> None:
    stranger = gateway.stranger()
    sent = await stranger.get("/agencia/desk/tickets/7")
    assert sent.headers["location"] == "/agencia/sign-in?next=%2Fagencia%2Fdesk%2Ftickets%2F7"

    for wanted, leads_to in (
        ("/agencia/desk/tickets/7", "/agencia/desk/tickets/7"),
        ("//evil.test/", "/agencia/desk"),
        ("https://evil.test/", "/agencia/desk"),
    ):
        fields = {"address": ANA.addresses[0], "password": PASSWORD, "next": wanted}
        answer = await gateway.stranger().submit("/agencia/sign-in", "/agencia/sign-in", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


async def test_an_open_page_that_asks_in_place_gets_words_instead_of_another_page(gateway: Gateway) -> None:
    """Led to the sign-in form, it would take that for the answer and forget what was typed."""
    in_place = {"hx-request": "true", "hx-current-url": f"{BASE}/agencia/desk/tickets/7/info?a=b", "origin": BASE}
    plan = "/agencia/desk/tickets/7/action-plan"

    unknown = await gateway.stranger().http.post(plan, data={"text": "Um plano"}, headers=in_place)
    ana = await gateway.browser(ANA)
    stale = await ana.http.post(plan, data={"text": "Um plano", "csrf": "A" * 48}, headers=in_place)

    assert (unknown.status_code, "location" in unknown.headers, "<html" in unknown.text) == (401, False, False)
    assert 'href="/agencia/sign-in?next=%2Fagencia%2Fdesk%2Ftickets%2F7%2Finfo%3Fa%3Db"' in unknown.text
    assert (stale.status_code, "<html" in stale.text) == (403, False)
    assert 'href="/agencia/desk/tickets/7/info?a=b"' in stale.text
    assert gateway.behind.of("/tickets/7/action-plan") == []


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(gateway: Gateway) -> None:
    fields = {"address": ANA.addresses[0], "password": PASSWORD}
    answer = await gateway.stranger().submit("/agencia/sign-in", "/agencia/sign-in", **fields)

    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("balcao_session=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie


async def test_signing_out_at_the_page_ends_the_session_everywhere(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    cookie = ana.http.cookies["balcao_session"]

    left = await ana.submit("/agencia/desk/tickets", "/agencia/sign-out")

    assert left.status_code == 303
    copied = gateway.stranger()
    copied.http.cookies.set("balcao_session", cookie)
    assert (await copied.get("/api/v1/me")).status_code == 401
