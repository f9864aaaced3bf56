"""A forgotten password at the door: a link by mail sets another one, once, for two hours (P1)."""

import asyncio
import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from balcao.portal_api.forgotten_passwords import ANSWERS_AFTER_S
from balcao.shared.events import PersonProfile, PersonRegistered
from balcao.shared.tokens import NewPasswordLink, address_digest, sign_new_password
from tests.integration.portal_api.running import EVA, GINA, HUGO, PASSWORD, SECRET, Gateway, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "farol-de-mil-lumes"
ASK = "/agencia/password/forgotten"
PAGE = "/agencia/password/new"


@pytest_asyncio.fixture(loop_scope="module")
async def door(gateway: Gateway) -> Gateway:
    """Links lead somewhere, and nobody has asked for one yet."""
    gateway.behind.refusals["/invitations"] = (200, {"possible": True})
    await gateway.service.mongo.db["outbox"].delete_many({})
    return gateway


def token_for(who: PersonProfile = GINA, *, asked: timedelta = timedelta(), secret: str = SECRET, **values: Any) -> str:
    """A token as the notifier makes it; `asked` is when, from now."""
    fields: dict[str, Any] = {
        "company_id": "agencia",
        "person_id": who.id,
        "asked_at": datetime.now(UTC) + asked,
        "to": address_digest(who.addresses[0]),
    }
    return sign_new_password(NewPasswordLink(**fields | values), secret)


async def said(gateway: Gateway) -> list[dict[str, Any]]:
    """What is committed to be said: there is no notifier here to take it."""
    documents = await gateway.service.mongo.db["outbox"].find({}).to_list(50)
    return [json.loads(bytes(item["body"])) for one in documents for item in one["items"]]


async def test_the_answer_is_the_same_for_everybody_and_only_who_is_known_is_sent_a_link(door: Gateway) -> None:
    gone = HUGO.model_copy(update={"active": False, "version": 2})
    await door.hears(PersonRegistered(person=gone))

    async def left() -> bool:
        return (await door.account(HUGO.id) or {}).get("active") is False

    await eventually(left)
    pages = []
    for address in ("ninguem@cliente.test", HUGO.addresses[0], EVA.addresses[0], " Gina@Cliente.Test "):
        page = await door.stranger().submit(ASK, ASK, address=address)
        assert page.status_code == 200
        pages.append(page.text.replace(address.strip(), "…"))
        answer = await door.stranger().post("/api/v1/passwords/forgotten", {"company": "agencia", "address": address})
        assert (answer.status_code, answer.content) == (202, b"")

    assert len({without_secrets(one) for one in pages}) == 1
    assert "…" in pages[0]
    facts = await said(door)
    assert {one["type"] for one in facts} == {"password.forgotten.v1"}
    assert [one["data"]["recipient"] for one in facts] == [
        {"person_id": "gina", "name": "Gina Lima", "address": "gina@cliente.test"}
    ] * 2
    assert {one["companyid"] for one in facts} == {"agencia"}
    assert "actor" not in facts[0]  # or the notifier would leave out who did it


def without_secrets(page: str) -> str:
    """A page without what proves its form, which differs each time."""
    return re.sub(r'(csrf" value|data-csrf)="[^"]+"', "", page)


async def test_no_answer_comes_sooner_because_nobody_is_known(door: Gateway) -> None:
    """What it costs to have a mail sent would tell who has an account."""
    for address in ("ninguem@cliente.test", GINA.addresses[0]):
        begun = time.monotonic()
        await door.stranger().post("/api/v1/passwords/forgotten", {"company": "agencia", "address": address})
        assert time.monotonic() - begun >= ANSWERS_AFTER_S


async def test_the_link_sets_the_password_lets_in_and_ends_all_other_sessions(door: Gateway) -> None:
    elsewhere, link, browser = await door.program(GINA), f"{PAGE}?token={token_for()}", door.stranger()
    page = await browser.get(link)
    assert (page.status_code, page.headers["cache-control"], page.headers["referrer-policy"]) == (
        200,
        "no-store",
        "strict-origin",
    )
    assert (await elsewhere.get("/api/v1/me")).status_code == 200  # looking at it changes nothing: scanners do

    sent = await browser.submit(link, PAGE, token=token_for(), password=NEW)

    assert (sent.status_code, sent.headers["location"]) == (303, "/agencia/my/tickets")
    assert (await browser.get("/api/v1/me")).json()["id"] == GINA.id
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await door.sign_in(door.stranger(), GINA)).status_code == 401
    assert (await door.sign_in(door.stranger(), GINA, password=NEW)).status_code == 201


async def test_it_works_once_also_for_two_at_the_same_time_and_spends_the_older_ones(door: Gateway) -> None:
    """Fails when the password is written whatever was set since."""
    older, token = token_for(asked=-timedelta(minutes=20)), token_for()
    bodies = [{"token": token, "password": NEW}, {"token": token, "password": NEW + "!"}]
    both = await asyncio.gather(*(door.stranger().post("/api/v1/passwords", body) for body in bodies))
    assert sorted(answer.status_code for answer in both) == [201, 409]

    for spent in (token, older):
        answer = await door.stranger().post("/api/v1/passwords", {"token": spent, "password": "uma-terceira-senha"})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:password-link-used")
        page = await door.stranger().get(f"{PAGE}?token={spent}", headers={"accept-language": "pt-BR"})
        assert (page.status_code, "já foi usado" in page.text, "new-password" in page.text) == (409, True, False)
        assert f'action="{ASK}"' in page.text  # what to do then


async def test_a_password_that_is_changed_by_hand_spends_what_was_asked_for_before(door: Gateway) -> None:
    token, gina = token_for(), await door.program(GINA)
    changed = await gina.http.put("/api/v1/me/password", json={"current": PASSWORD, "new": NEW})
    assert changed.status_code == 200
    answer = await door.stranger().post("/api/v1/passwords", {"token": token, "password": "uma-terceira-senha"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:password-link-used")


async def test_signing_in_meanwhile_leaves_the_link_good(door: Gateway) -> None:
    token = token_for()
    await door.program(GINA)
    answer = await door.stranger().post("/api/v1/passwords", {"token": token, "password": NEW})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("", 422, "incompleto"),
        (token_for(secret=SECRET + "!"), 422, "incompleto"),
        (token_for(EVA, company_id="outra"), 422, "incompleto"),
        (token_for(GINA, person_id="ninguem"), 422, "incompleto"),
        (token_for(asked=-timedelta(hours=2)), 409, "não vale mais"),
        (token_for(to=address_digest("gina.antiga@cliente.test")), 409, "não vale mais"),
    ],
    ids=["none", "forged", "other company", "nobody", "expired", "old address"],
)
async def test_what_is_wrong_with_a_link_is_said(door: Gateway, token: str, status: int, words: str) -> None:
    page = await door.stranger().get(f"{PAGE}?token={token}", headers={"accept-language": "pt-BR"})
    assert (page.status_code, words in page.text, "new-password" in page.text) == (status, True, False)


async def test_a_guest_of_two_companies_asks_at_each(door: Gateway) -> None:
    """A link of one does nothing at the other, though the address is known at both."""
    both = EVA.model_copy(update={"addresses": GINA.addresses, "version": 2})
    await door.hears(PersonRegistered(person=both), "outra")

    async def known() -> bool:
        return (await door.account(EVA.id) or {}).get("addresses") == list(GINA.addresses)

    await eventually(known)
    page = "/outra/password/forgotten"
    assert (await door.stranger().submit(page, page, address=GINA.addresses[0])).status_code == 200
    facts = await said(door)
    assert [(one["companyid"], one["data"]["recipient"]["person_id"]) for one in facts] == [("outra", "eva")]
    there = token_for(both, company_id="outra")
    refused = await door.stranger().submit(f"{PAGE}?token={token_for()}", PAGE, token=there, password=NEW)
    assert refused.status_code == 422
    assert (await door.sign_in(door.stranger(), GINA)).status_code == 201


async def test_asking_is_limited_per_address_and_per_client_whoever_is_meant(door: Gateway) -> None:
    for address in (GINA.addresses[0], "ninguem@cliente.test"):
        body = {"company": "agencia", "address": address}
        answers = [await door.stranger().post("/api/v1/passwords/forgotten", body) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    page = await door.stranger("203.0.113.8").submit(ASK, ASK, address=GINA.addresses[0])
    assert (page.status_code, "Muitas tentativas" in page.text) == (429, True)
    assert GINA.addresses[0] in page.text  # what was typed is kept
    assert int(page.headers["retry-after"]) > 0

    bodies = [{"company": "agencia", "address": f"a{n}@cliente.test"} for n in range(32)]
    asked = [door.stranger("203.0.113.7").post("/api/v1/passwords/forgotten", body) for body in bodies]
    many = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert set(many) == {202, 429}
    assert many.count(202) <= 30


async def test_the_form_counts_only_from_our_own_page_and_needs_an_address(door: Gateway) -> None:
    browser = door.stranger()
    await browser.get(ASK)
    foreign = await browser.http.post(ASK, data={"address": GINA.addresses[0], "csrf": "x"})
    empty = await browser.submit(ASK, ASK, address="gina")
    assert (foreign.status_code, empty.status_code, "Escreva o e-mail" in empty.text) == (403, 422, True)
    assert await said(door) == []


async def test_where_links_lead_nowhere_it_is_said_before_anything_is_typed(door: Gateway) -> None:
    door.behind.refusals["/invitations"] = (200, {"possible": False})
    page = await door.stranger().get(ASK)
    assert ("administrador" in page.text, 'name="address"' in page.text) == (True, False)
    body = {"company": "agencia", "address": GINA.addresses[0]}
    answer = await door.stranger().post("/api/v1/passwords/forgotten", body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:no-public-url")


async def test_while_the_notifier_is_away_the_link_is_asked_for_and_comes_later(door: Gateway) -> None:
    door.behind.refusals["/invitations"] = (503, {})
    page = await door.stranger().submit(ASK, ASK, address=GINA.addresses[0])
    assert (page.status_code, len(await said(door))) == (200, 1)


async def test_no_token_and_no_address_is_in_the_logs(door: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    token, browser = token_for(), door.stranger()
    await browser.submit(ASK, ASK, address=GINA.addresses[0])
    await browser.submit(f"{PAGE}?token={token}", PAGE, token=token, password=NEW)
    written = capsys.readouterr()
    assert token.rpartition(".")[2] not in written.out + written.err
    assert GINA.addresses[0] not in written.out + written.err
