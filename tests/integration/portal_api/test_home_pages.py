"""Home, today's work, held messages, notices and the desk's profile: to outsiders they are not there."""

from typing import Any

import pytest

from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAM = ("/_home_lists", "/notices", "/_notices", "/_bell", "/profile")
MAIL = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"
AGENTS = ("/_home_numbers", "/today", "/_today", "/held", "/_held", "/held/m1")


async def test_outsiders_find_nothing_and_producers_only_what_is_theirs(gateway: Gateway) -> None:
    """O3, W17: whoever may not decide about a message learns nothing of it."""
    gina, eva, paulo = await gateway.browser(GINA), await gateway.browser(EVA, "outra"), await gateway.browser(PAULO)
    for page in (*TEAM, *AGENTS):
        assert (await gina.get(f"/agencia/desk{page}")).status_code == 404, page
        assert (await eva.get(f"/agencia/desk{page}")).status_code == 404, page
    for page in AGENTS:
        assert (await paulo.get(f"/agencia/desk{page}")).status_code == 403, page
    assert gateway.behind.of("/held") == []
    assert (await gina.get("/agencia/desk")).headers["location"] == "/agencia/my/tickets"


async def test_a_decision_comes_from_our_own_pages_and_is_one_that_there_is(gateway: Gateway) -> None:
    """W2"""
    ana = await gateway.browser(ANA)
    assert (await ana.http.post("/agencia/desk/held/m1/discard", data={})).status_code == 403
    assert (await ana.submit("/agencia/password", "/agencia/desk/held/m1/publish")).status_code == 404
    assert [one for one in gateway.behind.asked if one.method == "POST"] == []


async def test_a_forged_message_says_so_with_what_the_mail_server_found(gateway: Gateway) -> None:
    """O1, W2"""
    said = {"by": "mx.agencia.test", "dmarc": "fail", "spf": "pass", "authenticated": False}
    held: dict[str, Any] = {
        "id": "m1",
        "message_id": None,
        "at": "2026-11-20T14:05:00Z",
        "rule": "subject_tag",
        "disproven": True,
        "authentication": said,
        "ticket_number": 7,
        "sender": {"name": "Ana", "address": "ana@agencia.test"},
        "subject": "[#7] Pode encerrar",
        "state": "waiting",
        "files": [],
    }
    gateway.behind.refusals["/held"] = (200, {"items": [held]})
    page = (await (await gateway.browser(ANA)).get("/agencia/desk/held/m1")).text

    assert "Aponta para o ticket #7, mas o servidor de e-mail diz que não vem do remetente." in page
    assert "mx.agencia.test diz que ele não vem do domínio do remetente: o endereço pode ser falso." in page
    assert "DMARC: falhou · SPF: passou" in page


def a_held_mail(**values: Any) -> dict[str, Any]:
    """A row of the ledger that is held and waits."""
    start = {"id": MAIL, "outcome": "held", "rule": "own_address", "subject": "Banner <de> Natal", "sender": {}}
    return {**start, "received_at": "2026-03-02T09:00:00Z", "may_be_let_in": True, **values}


async def test_what_intake_holds_is_read_with_its_files_and_decided_about(gateway: Gateway) -> None:
    """O3"""
    gateway.behind.mails = [a_held_mail()]
    ana = await gateway.browser(ANA)
    page = (await ana.get(f"/agencia/desk/held/{MAIL}?state=unread")).text
    for shown in ("Banner &lt;de&gt; Natal", "Preciso de um banner.", "arte.pdf", "Fazer dela um ticket"):
        assert shown in page
    assert "O solicitante será a própria empresa" in page
    assert "O e-mail original" not in page, "the original is for administrators"
    assert "state=unread&amp;before=2026-03-02T09%3A00%3A00Z" in page, "there are older ones"
    assert gateway.behind.of("/messages")[-1].query["state"] == "waiting"

    done = await ana.submit("/agencia/password", f"/agencia/desk/held/{MAIL}/let-in", state="unread")
    assert done.headers["location"] == "/agencia/desk/held?state=unread&let_in=1"
    done = await ana.submit("/agencia/password", f"/agencia/desk/held/{MAIL}/put-aside", state="unread")
    assert done.headers["location"] == f"/agencia/desk/held?state=unread&aside={MAIL}"
    assert f"/agencia/desk/held/{MAIL}/wait-again" in (await ana.get(done.headers["location"])).text
    asked = [one.path for one in gateway.behind.asked if one.service == "intake" and one.method == "POST"]
    assert asked == [f"/messages/{MAIL}/{decision}" for decision in ("let-in", "put-aside")]


async def test_without_a_sender_there_is_no_ticket_to_make_and_it_is_said_why(gateway: Gateway) -> None:
    gateway.behind.mails = [a_held_mail(rule="no_sender", may_be_let_in=False)]
    page = (await (await gateway.browser(ANA)).get(f"/agencia/desk/held/{MAIL}?state=unread")).text
    assert "Fazer dela um ticket" not in page
    assert "não haveria a quem responder" in page
    assert "Deixar de lado" in page


async def test_what_was_decided_meanwhile_is_said_in_words(gateway: Gateway) -> None:
    gateway.behind.mails = [a_held_mail()]
    gateway.behind.refusals[f"/messages/{MAIL}/let-in"] = (409, {"type": "urn:balcao:problem:message-is-decided"})
    ana = await gateway.browser(ANA)
    refused = await ana.submit("/agencia/password", f"/agencia/desk/held/{MAIL}/let-in", state="unread")
    assert refused.status_code == 409
    assert "Alguém já decidiu sobre esta mensagem" in refused.text


async def test_what_was_put_aside_is_listed_apart_and_can_wait_again(gateway: Gateway) -> None:
    gateway.behind.mails = [a_held_mail(decision={"what": "put_aside"})]
    ana = await gateway.browser(ANA)
    page = (await ana.get(f"/agencia/desk/held/{MAIL}?state=aside")).text
    assert "Deixar aguardar de novo" in page or f"/held/{MAIL}/wait-again" in page
    assert gateway.behind.of("/messages")[-1].query["state"] == "put_aside"
    assert (await ana.get(f"/agencia/desk/held/{MAIL}?state=unread")).status_code == 404


async def test_mails_that_intake_holds_count_beside_the_page(gateway: Gateway) -> None:
    gateway.behind.mails = [a_held_mail()]
    counts = (await (await gateway.browser(ANA)).get("/agencia/desk/_rail")).json()
    assert counts["held"]["count"] == 1
