"""The desk's form for a new ticket at the gateway: who may, and what becomes of receipts."""

import pytest

from tests.integration.portal_api.running import ANA, GINA, Gateway
from tests.integration.portal_api.test_comments import upload

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_form_goes_to_tickets_with_the_files_of_its_receipts(gateway: Gateway) -> None:
    """O11"""
    ana = await gateway.program(ANA)
    kept = await upload(ana)
    body = {
        "title": "Banner",
        "html": f'<p><img src="cid:{kept["content_id"]}"></p>',
        "project_id": "vitrine",
        "analyst_id": "ana",
        "promised_for": "2027-01-02T12:00:00Z",
        "tags": ["t1"],
        "watchers": [{"address": "eva@cliente.test"}],
        "then": {"status": "waiting", "reason": "visit", "until": "2027-01-02T12:00:00Z"},
    }

    answer = await ana.post("/api/v1/tickets", {**body, "files": [kept["receipt"]]})

    assert answer.status_code == 201, answer.text
    sent = gateway.behind.last().body
    assert {name: sent[name] for name in body} == body
    assert [one["content_id"] for one in sent["files"]] == [kept["content_id"]]


async def test_a_draft_takes_files_and_leaves_them_when_none_are_named(gateway: Gateway) -> None:
    """O11, O12: an empty list takes them away, so what is not given must not be sent."""
    ana = await gateway.program(ANA)
    kept = await upload(ana)
    await ana.post("/api/v1/tickets/7/draft", {"files": [kept["receipt"]]})
    assert [one["name"] for one in gateway.behind.last().body["files"]] == ["logo.png"]
    await ana.post("/api/v1/tickets/7/draft", {"title": "Banner"})
    assert gateway.behind.last().body == {"title": "Banner"}


async def test_neither_a_guest_nor_a_forged_receipt_opens_anything(gateway: Gateway) -> None:
    """O11"""
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    assert (await gina.post("/api/v1/tickets", {"title": "Meu"})).status_code in (403, 404)
    forged = await ana.post("/api/v1/tickets", {"title": "Banner", "files": ["forjado"]})
    assert (forged.status_code, forged.json()["type"]) == (422, "urn:balcao:problem:attachment-expired")


async def test_tags_of_tasks_are_passed_on(gateway: Gateway) -> None:
    """O14"""
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    body = {"add": ["t1"], "remove": ["t2"]}
    answer = await ana.post("/api/v1/tasks/3/tags", body)
    assert answer.status_code == 200, answer.text
    assert gateway.behind.of("/tasks/3/tags")[-1].body == body
    assert (await gina.post("/api/v1/tasks/3/tags", body)).status_code in (403, 404)
    wanted = {"title": "Arte", "tags": ["t1"], "task_type": "video"}
    await ana.post("/api/v1/tickets/7/tasks", wanted)
    assert gateway.behind.of("/tickets/7/tasks")[-1].body == wanted
