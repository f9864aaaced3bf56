"""Finished work on its way to the requester: the drafted answer, the question for approval, and what they see of it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from balcao.shared.clock import now
from balcao.shared.events import (
    ApprovalWanted,
    Deliverables,
    DeliveredLink,
    FileRef,
    TaskCompleted,
    TaskPhaseEntered,
    TaskReopened,
    TaskRuleFired,
)
from tests.integration.tickets.running import (
    AS_ANA,
    AS_BIA,
    AS_DAVI,
    EVE,
    Desk,
    World,
    eventually,
    said_by_workflow,
    signed,
    task_of,
)
from tests.integration.tickets.test_comments import with_window

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

BANNER = FileRef(file_id="sha256:banner", name="banner.png", media_type="image/png", size=10)
PAGE = DeliveredLink(url="https://provas.test/1", title="Prova")
MADE = Deliverables(handover="Nos três tamanhos.", files=(BANNER,), links=(PAGE,))
SECRETS = ("Arte secreta", "Cor do cliente chato", "Caio Produtor")


def made(ticket: dict[str, Any], version: int, **values: Any) -> Any:
    """The task, with names that nobody outside may read."""
    executor = {"person_id": "caio", "name": "Caio Produtor", "address": "caio@agencia.test"}
    inside = {"title": SECRETS[0], "phase": SECRETS[1], "executor": executor, "delivered": MADE}
    return task_of(ticket, "task-9", version, **inside | values)


DONE = {"state": "completed", "phase_kind": "done", "phase_id": "done"}
IN_APPROVAL = {"phase_kind": "external_approval", "phase_id": "external"}


def requester_of(ticket: dict[str, Any]) -> Any:
    """The guest who asked."""
    party = ticket["requester"]
    values = {"person_id": party["person_id"], "name": party["name"], "address": party["address"], "roles": ()}
    return AS_DAVI.model_copy(update=values)


async def unsent(desk: Desk, who: Any = AS_ANA) -> list[dict[str, Any]]:
    """Somebody's unsent words on the first ticket."""
    items: list[dict[str, Any]] = (await desk.get("/tickets/1/unsent", who)).json()["items"]
    return items


async def bytes_for_a_guest(desk: Desk, ticket: dict[str, Any]) -> str:
    """All that the requester can read of the ticket."""
    who = requester_of(ticket)
    answers = [
        await desk.get("/tickets", who),
        *[await desk.get(f"/tickets/1{path}", who, locale=one) for path in ("", "/history") for one in ("pt-BR", "en")],
        await desk.get("/tickets/1/export", who),
    ]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.text for answer in answers)


async def test_the_answer_is_drafted_checked_and_sent_and_only_then_the_requester_sees_what_was_made(
    desk: Desk,
) -> None:
    """H4, W7, P5: one's own words stay as they are."""
    ticket = await desk.opened()
    await desk.call("PUT", "/v1/tickets/1/unsent", json={"text": "Minhas palavras"}, headers=signed(AS_ANA))
    await desk.following.follow(said_by_workflow(TaskCompleted(task=made(ticket, 2, **DONE))))
    own, draft = await unsent(desk)
    assert (own["text"], own["drafted_from"]) == ("Minhas palavras", [])
    assert (draft["files"][0]["name"], draft["visible"], draft["drafted_from"]) == ("banner.png", True, [1])
    assert PAGE.url in draft["text"]
    assert [one["id"] for one in await unsent(desk, AS_BIA)] == [draft["id"]]
    before = await bytes_for_a_guest(desk, ticket)
    for word in (*SECRETS, MADE.handover, BANNER.file_id, PAGE.url):
        assert word not in before, word
    body = {
        "text": draft["text"],
        "visible": True,
        "files": draft["files"],
        "unsent": {"id": draft["id"], "revision": draft["revision"]},
        "confirm": [],
    }
    sent = await desk.post("/tickets/1/comments", body)
    assert sent.status_code == 200, sent.text
    if sent.json()["accepted"]["reply_id"]:
        await desk.post(f"/tickets/1/outgoing/{sent.json()['accepted']['reply_id']}/send-now")
    assert [one["text"] for one in await unsent(desk)] == ["Minhas palavras"]
    after = await bytes_for_a_guest(desk, ticket)
    assert BANNER.file_id in after
    assert not any(word in after for word in SECRETS)
    shown = (await desk.get("/tickets/1", requester_of(ticket))).json()
    assert [one["files"][0]["name"] for one in shown["deliverables"]] == ["banner.png"]


async def test_words_that_a_drafted_answer_became_still_hand_the_work_over(desk: Desk) -> None:
    """H4, W7: kept while one types, loaded again, sent, taken back and sent once more."""
    await with_window(desk, 60)
    ticket = await desk.opened()
    await desk.following.follow(said_by_workflow(TaskCompleted(task=made(ticket, 2, **DONE))))
    (draft,) = await unsent(desk)
    body = {"text": "Pronto, segue.", "visible": True, "made_of": draft["id"]}
    await desk.call("PUT", "/v1/tickets/1/unsent", json=body, headers=signed(AS_ANA))
    assert [one["made_of"] for one in await unsent(desk)] == [draft["id"], ""]

    answer = {"text": "Pronto, segue.", "visible": True, "unsent": {"id": draft["id"], "revision": 1}}
    sent = await desk.post("/tickets/1/comments", answer)
    back = await desk.post(f"/tickets/1/outgoing/{sent.json()['accepted']['reply_id']}/undo")
    returned = next(one for one in back.json()["unsent"] if one["returned"] == "undone")
    again = {"id": returned["made_of"], "revision": 1}
    sent = await desk.post("/tickets/1/comments", answer | {"unsent": again})
    await desk.post(f"/tickets/1/outgoing/{sent.json()['accepted']['reply_id']}/send-now")
    handed_out = (await desk.get("/tickets/1")).json()["handed_out"]
    assert [(one["task_id"], one["sent"]) for one in handed_out] == [("task-9", True)]


async def test_work_taken_up_again_withdraws_the_draft_and_dropping_it_is_for_everybody(desk: Desk) -> None:
    """H5"""
    ticket = await desk.opened()
    await desk.following.follow(said_by_workflow(TaskCompleted(task=made(ticket, 2, **DONE))))
    await desk.following.follow(said_by_workflow(TaskReopened(task=made(ticket, 3, rounds=2, delivered=None))))
    assert await unsent(desk) == []
    await desk.following.follow(said_by_workflow(TaskCompleted(task=made(ticket, 4, rounds=2, **DONE))))
    (draft,) = await unsent(desk)
    dropped = await desk.call("DELETE", f"/v1/tickets/1/unsent/{draft['id']}", headers=signed(AS_ANA))
    assert dropped.status_code == 204
    assert await unsent(desk, AS_BIA) == []


async def test_the_requester_reads_how_far_it_is_in_their_language(desk: Desk) -> None:
    """P5"""
    ticket = await desk.opened()
    await desk.following.follow(said_by_workflow(TaskPhaseEntered(task=made(ticket, 1, delivered=None))))
    await desk.call("PATCH", "/v1/tickets/1", json={"promised_for": "2026-12-12T15:00:00Z"}, headers=signed(AS_ANA))
    who = requester_of(ticket)
    for locale, words in (
        ("pt-BR", "em produção, previsto para 12/12/2026"),
        ("en", "in production, expected for 12 Dec 2026"),
    ):
        assert (await desk.get("/tickets/1", who, locale=locale)).json()["how_far"]["text"] == words


def fired(ticket: dict[str, Any], version: int, **values: Any) -> Any:
    """A rule that asks."""
    wanted = ApprovalWanted(words="Podemos publicar?", valid_days=7)
    fields: dict[str, Any] = {"rule_id": "r", "rule_name": "Homologar", "approval": wanted}
    fact = TaskRuleFired(task=made(ticket, version, **IN_APPROVAL), **fields | values)
    return said_by_workflow(fact, at=now())


async def test_the_requester_is_asked_once_and_answers_once(desk: Desk, outside: World) -> None:
    """H4, P5: fails with the derived ids of entries gone; of two answers at once one counts."""
    ticket = await desk.opened()
    await desk.following.follow(said_by_workflow(TaskPhaseEntered(task=made(ticket, 2, **IN_APPROVAL))))
    event = fired(ticket, 2)
    await outside.say(event, event)
    await eventually(lambda: desk.bus.handled["tickets.apply_rule"] == 2)
    who = requester_of(ticket)
    shown = (await desk.get("/tickets/1", who)).json()
    (asked,) = shown["approvals"]
    assert (asked["text"], asked["handover"]) == ("Podemos publicar?", MADE.handover)
    assert shown["how_far"]["code"] == "your_approval"
    everything = await bytes_for_a_guest(desk, ticket)
    assert not any(word in everything for word in SECRETS)
    path = f"/v1/approvals/{ticket['id']}/{asked['id']}"
    for stranger in (AS_DAVI.model_copy(update={"roles": ()}), AS_ANA, EVE):
        for method in ("GET", "POST"):
            answer = await desk.call(method, path, json={"verdict": "approved"}, headers=signed(stranger))
            assert answer.status_code == 404, stranger.name
    looked = await desk.call("GET", path, headers=signed(who))
    assert (looked.status_code, any(word in looked.text for word in SECRETS)) == (200, False)
    bodies = [{"verdict": "approved"}, {"verdict": "changes", "comment": "Logo maior"}]
    answers = await asyncio.gather(*(desk.call("POST", path, json=one, headers=signed(who)) for one in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await desk.call("GET", path, headers=signed(who))).json()["type"] == "urn:balcao:problem:approval-answered"
    await eventually(lambda: len(outside.said("ticket.approval_answered.v1")) == 1)
    assert len(outside.said("ticket.approval_asked.v1")) == 1
    timeline = json.dumps((await desk.get("/tickets/1", locale="pt-BR")).json()["timeline"], ensure_ascii=False)
    assert "Regra “Homologar”: a tarefa T-1 entrou em Cor do cliente chato" in timeline


async def test_a_link_is_good_for_as_long_as_it_says(desk: Desk) -> None:
    """Whoever is signed in may answer later."""
    ticket = await desk.opened()
    event = fired(ticket, 2).model_copy(update={"time": now() - timedelta(days=8)})
    await desk.following.follow(said_by_workflow(TaskPhaseEntered(task=made(ticket, 2, **IN_APPROVAL))))
    await desk.service.http.state.ruling.apply(event)
    who = requester_of(ticket)
    (asked,) = (await desk.get("/tickets/1", who)).json()["approvals"]
    path = f"/v1/approvals/{ticket['id']}/{asked['id']}"
    late = await desk.call("POST", path, json={"verdict": "approved", "channel": "mail"}, headers=signed(who))
    assert (late.status_code, late.json()["type"]) == (409, "urn:balcao:problem:approval-expired")
    assert (await desk.call("POST", path, json={"verdict": "approved"}, headers=signed(who))).status_code == 200
