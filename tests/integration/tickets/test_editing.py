"""Editing fields over HTTP: one transaction, nobody's change lost, and the words that go with a promised date."""

import asyncio
from typing import Any

import pytest

from balcao.shared.tokens import Acting
from tests.integration.tickets.running import AS_ANA, AS_BIA, EVE, Desk, acting, signed
from tests.unit.tickets.builders import a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def patch(desk: Desk, body: Any, who: Acting = AS_ANA, number: int = 1, **headers: str) -> Any:
    """Edit a ticket's fields on somebody's behalf."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await desk.call("PATCH", f"/v1/tickets/{number}", json=body, headers=signed(who) | named)


async def test_a_promised_date_comes_with_words_that_nobody_has_to_send(desk: Desk) -> None:
    """W9: in the company's language, with "Exibir" ticked; and W17: later needs a note."""
    await desk.opened()
    before = await desk.call(
        "GET", "/v1/tickets/1/promise-words?promised_for=2026-03-20T21:00:00Z", headers=signed(AS_ANA)
    )
    first = await patch(desk, {"promised_for": "2026-03-20T21:00:00Z"})
    words = {"text": "Olá, Dora! A entrega do seu pedido #1 está prevista para 20/03/2026.", "visible": True}
    assert (before.json(), first.json()["suggested_comment"]) == (words, words)
    assert "ticket.replied.v1" not in [entry["type"] for entry in first.json()["timeline"]]
    refused = await patch(desk, {"promised_for": "2026-03-23T21:00:00Z"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:balcao:problem:extending-needs-note")
    moved = await patch(desk, {"promised_for": "2026-03-23T21:00:00Z", "note": "Faltou a foto"})
    assert moved.json()["suggested_comment"]["text"] == (
        "Olá, Dora! A entrega do seu pedido #1 agora está prevista para 23/03/2026, em vez de 20/03/2026."
    )
    assert "suggested_comment" not in (await patch(desk, {"kind": "fix"})).json()


async def test_two_who_edit_at_once_lose_nothing(desk: Desk) -> None:
    """W12: without If-Match both edits hold; with it the second hears what the first did."""
    await desk.opened()
    both = await asyncio.gather(patch(desk, {"priority": 80}), patch(desk, {"kind": "fix"}, AS_BIA))
    assert [answer.status_code for answer in both] == [200, 200]
    ticket = await desk.ticket()
    assert (ticket["priority"], ticket["kind"]) == (80, "fix")
    seen = f'"{ticket["version"]}"'
    assert (await patch(desk, {"priority": 40}, AS_BIA, if_match=seen)).status_code == 200
    refused = await patch(desk, {"priority": 20}, if_match=seen)
    assert refused.status_code == 409
    (change,) = refused.json()["changes"]
    assert (change["data"]["changes"], change["actor"]["name"]) == ({"priority": [80, 40]}, "Bia")


async def test_an_edit_asked_for_twice_happens_once(desk: Desk) -> None:
    """W12"""
    await desk.opened()
    for _ in range(2):
        answer = await patch(desk, {"priority": 80}, idempotency_key="abc", if_match='"1"')
        assert answer.status_code == 200
    assert await desk.count("timeline", type="ticket.edited.v1") == 1


async def test_the_workspace_of_a_first_ticket_is_remembered_for_the_next(desk: Desk) -> None:
    """O6, H7: in the same transaction; the profile's own choice is never overwritten."""
    await desk.opened()
    workspaces = (await desk.get("/company")).json()["workspaces"]
    loja, banco = (next(one["id"] for one in workspaces if one["name"] == name) for name in ("Loja", "Banco"))
    edited = (await patch(desk, {"workspace_id": loja})).json()
    assert (edited["workspace_id"], edited["analyst"]["person_id"]) == (loja, "caio")
    second = await desk.opened(message_id="message-7", internet_message_id="<7@cliente.test>")
    assert second["workspace_id"] == loja
    await patch(desk, {"workspace_id": banco}, number=2)
    third = await desk.opened(message_id="message-8", internet_message_id="<8@cliente.test>")
    assert third["workspace_id"] == loja


async def test_a_requester_nobody_knew_is_registered_with_the_edit(desk: Desk) -> None:
    """O3, O11: the same guest as if they had written."""
    await desk.opened()
    edited = await patch(desk, {"requester": {"address": "Novo@Cliente.test", "name": "Novo"}})
    requester = edited.json()["requester"]
    assert (requester["name"], requester["address"]) == ("Novo", "novo@cliente.test")
    person = await desk.desk.directory.person_at("agencia", "novo@cliente.test")
    assert person is not None
    assert person.id == requester["person_id"]
    again = await patch(desk, {"requester": {"address": "dora@cliente.test"}})
    assert again.json()["requester"]["name"] == "Dora"


async def test_what_is_not_known_is_refused_and_nothing_changes(desk: Desk) -> None:
    """W12: not even the fields that were right."""
    await desk.opened()
    for body, problem in (
        ({"priority": 80, "workspace_id": "padaria"}, "unknown-workspace"),
        ({"priority": 80, "project_id": "p"}, "unknown-project"),
        ({"priority": 80, "add_tags": ["t"]}, "unknown-tag"),
        ({"priority": 80, "analyst_id": "eve"}, "unknown-person"),
        ({"priority": 80, "add_watchers": [{"address": "oi@agencia.test"}]}, "own-address"),
        ({"priority": 83}, "invalid"),
        ({"title": None}, "invalid"),
    ):
        refused = await patch(desk, body)
        assert (refused.status_code, refused.json()["type"]) == (422, f"urn:balcao:problem:{problem}"), body
    assert (await desk.ticket())["version"] == 1


async def test_outsiders_edit_nothing(desk: Desk) -> None:
    """P5"""
    await desk.opened()
    dora = acting(a_requester(), person_id=(await desk.ticket())["requester"]["person_id"])
    for who in (EVE, dora):
        assert (await patch(desk, {"priority": 80}, who)).status_code == 404
        assert (await desk.get("/tickets/1/promise-words", who)).status_code == 404
    assert (await desk.ticket())["version"] == 1


async def test_tags_and_a_project_are_named_in_the_history(desk: Desk) -> None:
    """O14, W11"""
    await desk.opened()
    admin = AS_ANA.model_copy(update={"roles": ("admin", "agent")})
    loja = next(one["id"] for one in (await desk.get("/company")).json()["workspaces"] if one["name"] == "Loja")
    tag = (await desk.post("/tags", {"name": "Natal", "colour": "#aa0000"}, who=admin)).json()
    project = (await desk.post("/projects", {"name": "Vitrine", "workspace_id": loja}, who=admin)).json()
    edited = await patch(desk, {"workspace_id": loja, "project_id": project["id"], "add_tags": [tag["id"]]})
    assert (edited.json()["tags"], edited.json()["project_id"]) == ([tag["id"]], project["id"])
    sentences = [one["sentence"] for one in (await desk.get("/tickets/1/history", locale="pt-BR")).json()["items"]]
    assert "Ana mudou workspace de “nenhum” para “Loja”; projeto de “nenhum” para “Vitrine”" in sentences
    assert "Ana colocou as tags Natal" in sentences
