"""Invitations at the door: a signed link sets one first password, once (O3)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from balcao.shared.events import PersonProfile, PersonRegistered
from balcao.shared.tokens import Invitation, address_digest, sign_invitation
from tests.integration.portal_api.running import (
    ANA,
    EVA,
    GINA,
    HUGO,
    PAULO,
    SECRET,
    Gateway,
    eventually,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "farol-de-mil-lumes"  # pragma: allowlist secret
PAGE = "/agencia/invitation"


@pytest_asyncio.fixture(loop_scope="module")
async def newcomer(gateway: Gateway) -> Gateway:
    """Gina has no password yet."""
    await gateway.service.mongo.db["accounts"].update_one({"_id": GINA.id}, {"$unset": {"password_hash": ""}})
    gateway.behind.refusals["/invitations"] = (200, {"possible": True})
    return gateway


def token_for(who: PersonProfile = GINA, *, days: float = 14, secret: str = SECRET, **values: Any) -> str:
    """A token as the notifier makes it."""
    fields: dict[str, Any] = {
        "company_id": "agencia",
        "person_id": who.id,
        "expires_at": datetime.now(UTC) + timedelta(days=days),
        "nonce": "delivery-1",
        "to": address_digest(who.addresses[0]),
    }
    return sign_invitation(Invitation(**fields | values), secret)


async def test_a_guest_sets_a_password_by_the_link_and_is_in_without_javascript(newcomer: Gateway) -> None:
    link = f"{PAGE}?token={token_for()}"
    browser = newcomer.stranger()
    page = await browser.get(link)
    assert (page.status_code, page.headers["cache-control"], page.headers["referrer-policy"]) == (
        200,
        "no-store",
        "strict-origin",
    )
    assert 'autocomplete="new-password"' in page.text

    sent = await browser.submit(link, PAGE, token=token_for(), password=PASSWORD)

    assert (sent.status_code, sent.headers["location"]) == (303, "/agencia/my/tickets")
    assert (await browser.get("/api/v1/me")).json()["id"] == GINA.id
    assert (await newcomer.sign_in(newcomer.stranger(), GINA, password=PASSWORD)).status_code == 201


async def test_by_json_the_answer_is_a_session(newcomer: Gateway) -> None:
    program = newcomer.stranger()
    answer = await program.post("/api/v1/invitations", {"token": token_for(), "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    program.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
    assert (await program.get("/api/v1/me")).json()["name"] == "Gina Lima"


async def test_it_works_once_also_for_two_at_the_same_time_and_later_ones_say_so(newcomer: Gateway) -> None:
    """Fails when the password is written whatever is there."""
    body = {"token": token_for(), "password": PASSWORD}
    both = await asyncio.gather(*(newcomer.stranger().post("/api/v1/invitations", body) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]

    again = await newcomer.stranger().post("/api/v1/invitations", {**body, "password": "outra-senha-qualquer"})
    another = await newcomer.stranger().post("/api/v1/invitations", {**body, "token": token_for(nonce="delivery-2")})
    page = await newcomer.stranger().get(f"{PAGE}?token={token_for()}")

    for answer in (again, another):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:invitation-used")
    assert (page.status_code, "já foi usado" in page.text, "new-password" in page.text) == (409, True, False)
    assert (await newcomer.sign_in(newcomer.stranger(), GINA, password=PASSWORD)).status_code == 201


async def test_a_link_that_was_used_stays_used_when_an_operator_takes_the_password_away(newcomer: Gateway) -> None:
    body = {"token": token_for(), "password": PASSWORD}
    await newcomer.stranger().post("/api/v1/invitations", body)
    await newcomer.service.mongo.db["accounts"].update_one({"_id": GINA.id}, {"$unset": {"password_hash": ""}})
    assert (await newcomer.stranger().post("/api/v1/invitations", body)).status_code == 409


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("", 422, "incompleto"),
        ("abc.def.ghi", 422, "incompleto"),
        (token_for(secret=SECRET + "!"), 422, "incompleto"),
        (token_for(EVA, company_id="outra"), 422, "incompleto"),
        (token_for(days=-0.001), 409, "não vale mais"),
        (token_for(to=address_digest("gina.antiga@cliente.test")), 409, "não vale mais"),
        (token_for(HUGO), 409, "já foi usado"),
        (token_for(GINA, person_id="ninguem"), 503, "Nada se perdeu"),
    ],
    ids=["none", "garbage", "forged", "other company", "expired", "old address", "has a password", "not known yet"],
)
async def test_what_is_wrong_with_a_link_is_said_on_a_page_and_as_a_problem(
    newcomer: Gateway, token: str, status: int, words: str
) -> None:
    page = await newcomer.stranger().get(f"{PAGE}?token={token}", headers={"accept-language": "pt-BR"})
    assert (page.status_code, "new-password" in page.text) == (status, False)
    assert words in page.text
    if token and words != "incompleto":
        answer = await newcomer.stranger().post("/api/v1/invitations", {"token": token, "password": PASSWORD})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_who_left_is_not_let_in(newcomer: Gateway) -> None:
    gone = GINA.model_copy(update={"active": False, "version": 2})
    await newcomer.hears(PersonRegistered(person=gone))

    async def left() -> bool:
        return (await newcomer.account(GINA.id) or {}).get("active") is False

    await eventually(left)
    answer = await newcomer.stranger().post("/api/v1/invitations", {"token": token_for(), "password": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:invitation-expired")


async def test_a_password_that_does_not_do_leaves_the_invitation_good(newcomer: Gateway) -> None:
    link, browser = f"{PAGE}?token={token_for()}", newcomer.stranger()
    refused = await browser.submit(link, PAGE, token=token_for(), password="curta")
    assert (refused.status_code, "new-password" in refused.text) == (422, True)
    assert (await browser.submit(link, PAGE, token=token_for(), password=PASSWORD)).status_code == 303


async def test_the_form_counts_only_from_our_own_page(newcomer: Gateway) -> None:
    browser = newcomer.stranger()
    await browser.get(f"{PAGE}?token={token_for()}")
    sent = await browser.http.post(PAGE, data={"token": token_for(), "password": PASSWORD, "csrf": "x"})
    assert sent.status_code == 403
    assert "password_hash" not in (await newcomer.account(GINA.id) or {})


async def test_trying_links_from_one_place_is_stopped(newcomer: Gateway) -> None:
    body = {"token": "x", "password": PASSWORD}
    answers = [await newcomer.stranger("203.0.113.7").post("/api/v1/invitations", body) for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {422}
    assert (answers[30].status_code, int(answers[30].headers["retry-after"]) > 0) == (429, True)


async def test_an_agent_invites_again_until_it_is_too_often(newcomer: Gateway) -> None:
    ana = await newcomer.program(ANA)
    path = f"/api/v1/people/{GINA.id}/invitation"
    answers = [await ana.post(path) for _ in range(6)]
    assert [answer.status_code < 300 for answer in answers] == [True] * 5 + [False]
    assert answers[5].status_code == 429
    asked = [one for one in newcomer.behind.asked if one.method == "POST" and one.path.endswith("/invitation")]
    assert [(one.service, one.path, one.acting.person_id) for one in asked] == [
        ("tickets", f"/people/{GINA.id}/invitation", ANA.id)
    ] * 5


async def test_who_has_a_password_is_not_invited_and_neither_guests_nor_producers_invite(newcomer: Gateway) -> None:
    ana = await newcomer.program(ANA)
    answer = await ana.post(f"/api/v1/people/{HUGO.id}/invitation")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:has-password")
    hugo, paulo = await newcomer.program(HUGO), await newcomer.program(PAULO)
    assert (await hugo.post(f"/api/v1/people/{GINA.id}/invitation")).status_code == 404
    assert (await paulo.post(f"/api/v1/people/{GINA.id}/invitation")).status_code == 403


async def test_without_a_public_address_nobody_is_invited(newcomer: Gateway) -> None:
    """There would be no link to send."""
    newcomer.behind.refusals["/invitations"] = (200, {"possible": False})
    answer = await (await newcomer.program(ANA)).post(f"/api/v1/people/{GINA.id}/invitation")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:no-public-url")


async def test_no_token_of_a_link_is_in_the_logs(newcomer: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    token = token_for()
    browser = newcomer.stranger()
    await browser.submit(f"{PAGE}?token={token}", PAGE, token=token, password=PASSWORD)
    await browser.get(f"{PAGE}?token={token}")
    written = capsys.readouterr()
    assert token not in written.out + written.err
    assert token.rpartition(".")[2] not in written.out + written.err
