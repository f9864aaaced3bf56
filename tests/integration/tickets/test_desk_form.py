"""The desk's form for a new ticket: all of it in one transaction, or nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.running import AS_ANA, AS_BIA, AS_CAIO, Desk, signed

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

IMAGE = {"file_id": "blob:aa", "name": "logo.png", "media_type": "image/png", "size": 9, "content_id": "aa@balcao"}
SHEET = {"file_id": "blob:bb", "name": "planilha.csv", "media_type": "text/csv", "size": 5}
HTML = '<p>Veja o <b>logo</b>: <img src="cid:aa@balcao"></p><script>x</script>'


async def a_tag(desk: Desk, name: str = "Fiscal") -> str:
    made = await desk.post("/tags", {"name": name, "colour": "#aa0000"}, AS_ANA)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def form(tag: str, **values: Any) -> dict[str, Any]:
    """A full form."""
    return {
        "title": "Banner",
        "html": HTML,
        "files": [IMAGE, SHEET],
        "kind": "quote",
        "priority": 55,
        "workspace_id": "loja",
        "requester": {"name": "Rita", "address": "Rita@cliente.test"},
        "analyst_id": "davi",
        "promised_for": (datetime.now(UTC) + timedelta(days=9)).isoformat(),
        "tags": [tag],
        "watchers": [{"name": "Eva", "address": "eva@cliente.test"}],
        **values,
    }


async def test_the_whole_form_opens_one_ticket_in_triage(desk: Desk) -> None:
    """O11, O13: with its Idempotency-Key once, however often it is sent. Fails when a part of the form is left out."""
    tag = await a_tag(desk)
    answers = [await desk.post("/tickets", form(tag), AS_BIA, idempotency_key="k") for _ in range(2)]
    assert [(one.status_code, one.json()["number"]) for one in answers] == [(201, 1), (201, 1)], answers[0].text
    ticket = await desk.ticket()
    assert (ticket["status"], ticket["progress"], ticket["stage"], ticket["version"]) == ("open", "todo", "triage", 1)
    assert (ticket["kind"], ticket["priority"], ticket["workspace_id"]) == ("quote", 55, "loja")
    assert (ticket["requester"]["address"], ticket["analyst"]["name"]) == ("rita@cliente.test", "Davi")
    assert (ticket["tags"], [one["address"] for one in ticket["watchers"]]) == ([tag], ["eva@cliente.test"])
    assert ticket["promised_for"] is not None
    assert ticket["requested_html"] == '<p>Veja o <b>logo</b>: <img src="cid:aa@balcao"></p>'
    assert ticket["requested"] == "Veja o logo: [logo.png]"
    assert [(one["name"], one["inline"]) for one in ticket["requested_files"]] == [
        ("logo.png", True),
        ("planilha.csv", False),
    ]
    requester = AS_ANA.model_copy(update={"person_id": ticket["requester"]["person_id"], "roles": ()})
    seen = await desk.ticket(who=requester)
    assert (seen["requested_html"], len(seen["requested_files"])) == (ticket["requested_html"], 2)
    assert await desk.count("timers", kind="promise_reached") == 1
    listed = (await desk.get("/tickets", status="any", tag=tag)).json()["items"]
    assert [one["number"] for one in listed] == [1]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"tags": ["t-9"]}, "unknown-tag"),
        ({"workspace_id": "vendida"}, "unknown-workspace"),
        ({"analyst_id": "ninguem"}, "unknown-person"),
        ({"watchers": [{"address": "oi@agencia.test"}]}, "own-address"),
        ({"html": '<img src="cid:zz@balcao">'}, "unknown-image"),
        ({"description": "e texto"}, "invalid"),
        ({"then": {"status": "waiting"}}, "invalid"),
        ({"then": {"status": "waiting", "reason": "visit"}}, "wait-is-incomplete"),
    ],
)
async def test_a_form_with_something_wrong_opens_nothing(desk: Desk, wrong: dict[str, Any], problem: str) -> None:
    """O11"""
    refused = await desk.post("/tickets", form(await a_tag(desk), **wrong))
    assert refused.json()["type"] == f"urn:balcao:problem:{problem}", refused.text
    assert refused.status_code == 422
    assert await desk.tickets() == []


async def test_a_ticket_begins_in_the_situation_that_the_form_says(desk: Desk) -> None:
    """O11, W4, W5"""
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    for title, then in (
        ("Visita", {"status": "waiting", "reason": "visit", "until": until}),
        ("Lixo", {"status": "resolved", "method": "spam"}),
    ):
        answer = await desk.post("/tickets", {"title": title, "then": then}, AS_CAIO)
        assert answer.status_code == 201, answer.text
    waiting, spam = await desk.ticket(1), await desk.ticket(2)
    assert (waiting["status"], waiting["wait"]["reason"], waiting["stage"]) == ("waiting", "visit", "triage")
    assert (spam["status"], spam["resolution"]) == ("closed", "spam")
    assert await desk.count("timers", kind="wait_over") == 1


async def test_a_draft_has_rich_words_and_files_and_takes_the_other_fields_by_edit(desk: Desk) -> None:
    """O11, O12"""
    tag = await a_tag(desk)
    begun = await desk.post("/drafts", {"title": "Rascunho", "html": HTML, "files": [IMAGE]})
    assert begun.status_code == 201, begun.text
    assert "<b>logo</b>" in begun.json()["requested_html"]
    more = await desk.post("/tickets/1/draft", {"files": [IMAGE, SHEET], "kind": "quote"})
    assert [(one["name"], one["inline"]) for one in more.json()["requested_files"]] == [
        ("logo.png", True),
        ("planilha.csv", False),
    ]
    lost = await desk.post("/tickets/1/draft", {"files": [SHEET]})
    assert lost.json()["type"] == "urn:balcao:problem:unknown-image"
    edited = await desk.call(
        "PATCH",
        "/v1/tickets/1",
        json={"add_tags": [tag], "analyst_id": "davi", "requester": {"address": "rita@cliente.test"}},
        headers=signed(AS_ANA),
    )
    assert edited.status_code == 200, edited.text
    submitted = await desk.post("/tickets/1/submit")
    ticket = submitted.json()
    assert (ticket["status"], ticket["stage"], ticket["tags"]) == ("open", "triage", [tag])
    assert ticket["analyst"]["name"] == "Davi"
    plain = await desk.post("/drafts", {"html": HTML, "files": [IMAGE]})
    changed = await desk.post(f"/tickets/{plain.json()['number']}/draft", {"description": "só texto"})
    assert (changed.json()["requested"], changed.json()["requested_html"]) == ("só texto", "")
