"""Commands of the team: nothing is lost between two of them, a repeat acts once, bad input is answered in words."""

import asyncio
from typing import Any

import pytest

from balcao.shared.tokens import sign_acting
from tests.integration.tickets.running import AS_ANA, AS_BIA, AS_CAIO, EVE, SECRET, Desk, World, eventually, signed

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_commands_at_once_all_happen_each_once(desk: Desk) -> None:
    """W7, W8. Fails when a save is not guarded by the version: entries then share numbers and changes overwrite."""
    await desk.opened()
    notes = [desk.post("/tickets/1/comments", {"text": f"nota {n}"}, (AS_ANA, AS_BIA)[n % 2]) for n in range(6)]
    others = [
        desk.post("/tickets/1/action-plan", {"text": "Fazer um banner"}, AS_CAIO),
        desk.post("/tickets/1/stage-assignee", {"stage": "delivery", "person_id": "davi"}, AS_CAIO),
    ]
    answers = await asyncio.gather(*notes, *others)
    assert [answer.status_code for answer in answers] == [200] * 8
    ticket = await desk.ticket()
    entries = ticket["timeline"]
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
    assert {e["data"]["text"] for e in entries if e["type"] == "ticket.noted.v1"} == {f"nota {n}" for n in range(6)}
    assert (ticket["version"], ticket["action_plan"]) == (9, "Fazer um banner")
    assert ticket["stage_assignees"]["delivery"]["person_id"] == "davi"


async def test_who_saw_an_older_version_is_told_the_current_one(desk: Desk) -> None:
    await desk.opened()
    seen = (await desk.get("/tickets/1")).headers["etag"]
    assert seen == '"1"'
    await desk.post("/tickets/1/comments", {"text": "primeiro"}, AS_BIA)
    refused = await desk.post("/tickets/1/comments", {"text": "segundo"}, if_match=seen)
    problem = refused.json()
    assert (refused.status_code, problem["type"], problem["current_version"]) == (409, "urn:balcao:problem:stale", 2)
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await desk.ticket())["version"] == 2
    done = await desk.post("/tickets/1/comments", {"text": "segundo"}, if_match='"2"')
    assert (done.status_code, done.headers["etag"]) == (200, '"3"')


async def test_of_two_who_saw_the_same_version_one_is_told(desk: Desk) -> None:
    """Fails when the version is compared only at loading."""
    await desk.opened()
    plans = [desk.post("/tickets/1/action-plan", {"text": f"plano {n}"}, if_match='"1"') for n in range(5)]
    answers = await asyncio.gather(*plans)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (await desk.ticket())["action_plan"] == winner["action_plan"]


async def test_a_repeated_request_acts_once(desk: Desk) -> None:
    """Fails when the cause is not derived from the key: the comment is there twice."""
    await desk.opened()
    again: dict[str, Any] = {"idempotency_key": "abc", "if_match": '"1"'}
    body = {"text": "resposta", "visible": True, "then": {"status": "resolved"}}
    answers = [await desk.post("/tickets/1/comments", body, **again) for _ in range(3)]
    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(200, 2)] * 3
    assert await desk.count("timeline", type="ticket.replied.v1") == 1
    other = await desk.post("/tickets/1/comments", body, AS_BIA, **again)
    assert (other.status_code, other.json()["type"]) == (409, "urn:balcao:problem:stale")


async def test_a_ticket_opened_twice_by_one_request_is_opened_once(desk: Desk) -> None:
    """O11, O13"""
    answers = [await desk.post("/tickets", {"title": "Banner"}, idempotency_key="abc") for _ in range(2)]
    assert [(answer.status_code, answer.json()["number"]) for answer in answers] == [(201, 1), (201, 1)]
    assert len(await desk.tickets()) == 1


async def test_a_task_asked_for_twice_by_one_request_is_asked_for_once(desk: Desk, outside: World) -> None:
    """H3"""
    await desk.opened()
    body = {"title": "Arte", "task_type": "video"}
    answers = [await desk.post("/tickets/1/tasks", body, idempotency_key="abc") for _ in range(2)]
    assert len({answer.json()["task_id"] for answer in answers}) == 1
    await eventually(lambda: len(outside.said("ticket.task_requested.v1")) == 1)
    (asked,) = outside.said("ticket.task_requested.v1")
    assert asked.data.task_type == "video"
    assert len((await desk.ticket())["tasks"]) == 1


async def test_each_command_moves_the_tickets_time_to_its_own(desk: Desk) -> None:
    opened = await desk.opened()
    await desk.post("/tickets/1/comments", {"text": "nota"})
    after = await desk.ticket()
    assert after["updated_at"] > opened["updated_at"]
    assert after["opened_at"] == opened["opened_at"]


REFUSED: list[tuple[str, Any, int, str]] = [
    ("/tickets/1/stage", {"stage": "nowhere"}, 422, "invalid"),
    ("/tickets/1/stage", {}, 422, "invalid"),
    ("/tickets/1/stage", {"stage": "planning", "x": 1}, 422, "invalid"),
    ("/tickets/1/comments", {"text": "  "}, 422, "empty-comment"),
    ("/tickets/1/comments", {"text": ["a"]}, 422, "invalid"),
    ("/tickets/1/comments", {"text": "a" * 100_001}, 422, "invalid"),
    ("/tickets/1/analyst", {"person_id": "ninguem"}, 422, "unknown-person"),
    ("/tickets/1/tasks", {"executor_id": "ninguem"}, 422, "unknown-person"),
    ("/tickets/1/tasks", {"due": "amanhã"}, 422, "invalid"),
    ("/tickets/1/wait", {"reason": "lazy"}, 422, "invalid"),
    ("/tickets/1/wait", {"reason": "visit", "until": "2026-03-02T10:00:00"}, 422, "invalid"),
    ("/tickets/1/resolve", {"method": "magic"}, 422, "invalid"),
    ("/tickets/1/reopen", None, 409, "nothing-to-reopen"),
    ("/tickets/99/cancel", None, 404, "not-found"),
    ("/tickets/99/comments", {"text": "a"}, 404, "not-found"),
    ("/tickets/one/cancel", None, 422, "invalid"),
    ("/tickets", {"title": ""}, 422, "invalid"),
    ("/tickets", {"title": "a", "priority": 3}, 422, "invalid"),
    ("/tickets", {"title": "a", "requester": {"address": "not an address"}}, 422, "invalid"),
    ("/held/none/accept", None, 404, "not-found"),
    ("/nothing", None, 404, "http-404"),
]


async def test_what_makes_no_sense_is_answered_in_words_and_changes_nothing(desk: Desk) -> None:
    await desk.opened()
    for path, body, status, what in REFUSED:
        refused = await desk.post(path, body)
        problem = refused.json()
        expected = (path, status, f"urn:balcao:problem:{what}")
        assert (path, refused.status_code, problem["type"]) == expected
        assert refused.headers["content-type"] == "application/problem+json"
        assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (status, True, True)
    assert (await desk.ticket())["version"] == 1
    assert len(await desk.tickets()) == 1


async def test_what_is_no_json_or_too_much_of_it_is_refused(desk: Desk) -> None:
    await desk.opened()
    headers = signed(AS_ANA) | {"Content-Type": "application/json"}
    for content, status in ((b"{", 422), (b"", 422), (b"[1]", 422), (b'"' + b"a" * 2_000_000 + b'"', 413)):
        refused = await desk.call("POST", "/v1/tickets/1/comments", content=content, headers=headers)
        assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")


async def test_without_a_service_token_that_holds_nothing_is_answered(desk: Desk) -> None:
    await desk.opened()
    forged = sign_acting(AS_ANA, "another secret, as long as the real one", "tickets")
    for_another_service = sign_acting(AS_ANA, SECRET, "workflow")
    tokens = ("", "Bearer ", "Bearer abc", "Basic YTpi", f"Bearer {forged}", f"Bearer {for_another_service}")
    for authorization in tokens:
        for method, path in (("GET", "/v1/tickets"), ("GET", "/v1/tickets/1"), ("POST", "/v1/tickets/1/cancel")):
            refused = await desk.call(method, path, headers={"Authorization": authorization})
            assert (refused.status_code, refused.json()["type"]) == (401, "urn:balcao:problem:not-signed-in")
    assert (await desk.ticket())["version"] == 1


async def test_if_match_must_be_a_version(desk: Desk) -> None:
    await desk.opened()
    assert (await desk.post("/tickets/1/cancel", if_match="abc")).status_code == 422
    assert (await desk.post("/tickets/1/comments", {"text": "a"}, if_match="*")).status_code == 200
    assert (await desk.post("/tickets/1/comments", {"text": "b"}, if_match='W/"2"')).status_code == 200


async def test_a_person_of_another_company_is_nobody_here(desk: Desk) -> None:
    """H8"""
    await desk.opened()
    refused = await desk.post("/tickets/1/analyst", {"person_id": EVE.person_id})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:balcao:problem:unknown-person")
