"""Saved replies in use: words, fields and count in one change, seen by whom they belong to (W18)."""

import asyncio
from typing import Any

import pytest

from tests.integration.tickets.running import AS_ANA, AS_BIA, AS_CAIO, Desk
from tests.integration.tickets.test_directory import ADMIN, GUEST, added, patched, send

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

WORDS = "<p>Olá, {{solicitante.primeiro_nome}}! O ticket {{ticket.numero}} foi atendido.</p>"


async def listed(desk: Desk, who: Any = AS_BIA, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.get("/saved-replies", who, **query)).json()["items"]
    return items


async def test_using_a_reply_says_its_words_sets_its_fields_and_counts_in_one_change(desk: Desk) -> None:
    """W18, W8. Fails when a part of it is a change of its own: the version would grow by more than one."""
    tag = await added(desk, "/tags", {"name": "Atendido"})
    sets = {"priority": 50, "add_tags": [tag["id"]], "workspace_id": "banco", "then": {"status": "resolved"}}
    body = {"title": "Concluído", "html": WORDS, "shared": True, "visible": False, "sets": sets}
    reply = await added(desk, "/saved-replies", body, AS_ANA)
    await desk.opened()
    filled = (await desk.get(f"/saved-replies/{reply['id']}/rendered", AS_BIA, ticket=1)).json()
    assert (filled["text"], filled["missing"], filled["left_out"]) == (
        "Olá, Dora! O ticket #1 foi atendido.",
        [],
        [],
    )
    answers = [
        await desk.post(
            "/tickets/1/comments", {"saved_reply_id": reply["id"]}, AS_BIA, idempotency_key="uma", if_match='"1"'
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    ticket = await desk.ticket()
    assert (ticket["version"], ticket["priority"], ticket["workspace_id"], ticket["status"]) == (
        2,
        50,
        "banco",
        "resolved",
    )
    assert ticket["tags"] == [tag["id"]]
    notes = [one["data"]["text"] for one in ticket["timeline"] if one["type"] == "ticket.noted.v1"]
    assert notes == ["Olá, Dora! O ticket #1 foi atendido."]
    assert [one["uses"] for one in await listed(desk)] == [1]
    profile = (await desk.get(f"/people/{ticket['requester']['person_id']}", AS_BIA)).json()
    assert profile["default_workspace_id"] == "banco", "the workspace is remembered as with any edit (O6)"


async def test_ones_own_words_and_situation_go_before_the_replys(desk: Desk) -> None:
    """W18."""
    body = {"title": "Espera", "text": "Aguarde", "shared": True, "sets": {"then": {"status": "resolved"}}}
    reply = await added(desk, "/saved-replies", body, AS_ANA)
    await desk.opened()
    body = {
        "saved_reply_id": reply["id"],
        "text": "Aguarde um pouco",
        "then": {"status": "waiting", "reason": "case_launched"},
    }
    answer = await desk.post("/tickets/1/comments", body, AS_BIA)
    assert answer.status_code == 200, answer.text
    ticket = await desk.ticket()
    assert ticket["status"] == "waiting"
    assert [one["data"]["text"] for one in ticket["timeline"] if one["type"] == "ticket.noted.v1"] == [
        "Aguarde um pouco"
    ]


async def test_the_replys_situation_counts_unless_somebody_says_that_it_stays(desk: Desk) -> None:
    """W18."""
    body = {
        "title": "Pronto",
        "text": "Pronto",
        "shared": True,
        "visible": False,
        "sets": {"then": {"status": "resolved"}},
    }
    reply = await added(desk, "/saved-replies", body, AS_ANA)
    await desk.opened()
    said = {"saved_reply_id": reply["id"], "text": "Quase pronto"}
    for then, status in (({"then": None}, "open"), ({}, "resolved")):
        answer = await desk.post("/tickets/1/comments", said | then, AS_BIA)
        assert answer.status_code == 200, answer.text
        assert (await desk.ticket())["status"] == status


async def test_uses_at_the_same_moment_all_count(desk: Desk) -> None:
    """W18. Fails when the count is not guarded by its version."""
    reply = await added(desk, "/saved-replies", {"title": "Oi", "text": "Oi", "shared": True, "visible": False})
    for n in range(4):
        await desk.opened(message_id=f"m{n}", internet_message_id=f"<{n}@x.test>")
    answers = await asyncio.gather(
        *(desk.post(f"/tickets/{n}/comments", {"saved_reply_id": reply["id"]}, AS_BIA) for n in (1, 2, 3, 4))
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [one["uses"] for one in await listed(desk)] == [4]


async def test_ones_own_reply_is_nobody_elses_and_a_shared_one_is_changed_by_its_author_or_an_admin(
    desk: Desk,
) -> None:
    """W18."""
    own = await added(desk, "/saved-replies", {"title": "Meu", "text": "segredo meu"}, AS_BIA)
    shared = await added(desk, "/saved-replies", {"title": "Nosso", "text": "nosso", "shared": True}, AS_BIA)
    assert [one["title"] for one in await listed(desk, AS_CAIO)] == ["Nosso"]
    assert {one["title"] for one in await listed(desk)} == {"Meu", "Nosso"}
    assert [one["title"] for one in await listed(desk, AS_BIA, q="SEGRÊDO")] == ["Meu"]
    await desk.opened()
    for path in (f"/saved-replies/{own['id']}", f"/saved-replies/{own['id']}/rendered?ticket=1"):
        assert (await send(desk, "GET", path, who=ADMIN)).status_code == 404
    assert (await patched(desk, f"/saved-replies/{own['id']}", {"title": "x"})).status_code == 404
    using = await desk.post("/tickets/1/comments", {"saved_reply_id": own["id"]}, AS_CAIO)
    assert using.status_code == 404
    assert (await patched(desk, f"/saved-replies/{shared['id']}", {"title": "x"}, AS_CAIO)).status_code == 403
    changed = await patched(desk, f"/saved-replies/{shared['id']}", {"archived": True}, ADMIN, if_match='"1"')
    assert (changed.status_code, changed.json()["archived"]) == (200, True)
    assert [one["title"] for one in await listed(desk)] == ["Meu"]
    assert (await desk.get("/saved-replies", GUEST)).status_code == 404


async def test_what_makes_no_sense_is_refused_at_saving(desk: Desk) -> None:
    """W18."""
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"text": "{{solicitante.cpf}}"}, 422, "unknown-placeholder"),
        ({"text": ""}, 422, "empty-comment"),
        ({"text": "a", "html": "<p>b</p>"}, 422, "invalid"),
        ({"text": "a", "sets": {"add_tags": ["nenhuma"]}}, 422, "unknown-tag"),
        ({"text": "a", "sets": {"workspace_id": "nenhum"}}, 422, "unknown-workspace"),
        ({"text": "a", "sets": {"priority": 3}}, 422, "invalid"),
        ({"text": "a", "sets": {"then": {"status": "waiting"}}}, 422, "invalid"),
    ]
    for body, status, what in wrong:
        answer = await send(desk, "POST", "/saved-replies", {"title": "T", **body}, AS_BIA)
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:balcao:problem:{what}"), body
    assert await listed(desk) == []
    sanitised = await added(
        desk, "/saved-replies", {"title": "T", "html": "<p onclick='x()'>Oi<script>y()</script></p>"}
    )
    assert sanitised["html"] == "<p>Oi</p>"


async def test_a_reply_named_as_another_is_refused_with_that_one(desk: Desk) -> None:
    """W18."""
    first = await added(desk, "/saved-replies", {"title": "Oi", "text": "a", "shared": True}, AS_BIA)
    mine = await added(desk, "/saved-replies", {"title": "Oi", "text": "b"}, AS_BIA)
    assert (await send(desk, "POST", "/saved-replies", {"title": "ÓI", "text": "c"}, AS_BIA)).status_code == 409
    sharing = await patched(desk, f"/saved-replies/{mine['id']}", {"shared": True}, AS_BIA)
    assert (sharing.status_code, sharing.json()["id"]) == (409, first["id"])
