"""Home, today's work, held messages, notices and the desk's profile: to outsiders they are not there."""

from typing import Any

import pytest

from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAM = ("/_home_lists", "/notices", "/_notices", "/_bell", "/profile")
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
