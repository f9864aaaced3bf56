"""A ticket's life over HTTP: drafts, taking, resolving with words, the requester's end, and two agents at once."""

from datetime import datetime
from typing import Any

import pytest

from balcao.shared.tokens import Acting
from tests.integration.tickets.running import AS_BIA, AS_CAIO, Desk, World, acting, eventually
from tests.integration.tickets.test_timers import set_policies
from tests.unit.tickets.builders import EVA, a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]
REQUESTER = {"name": "Dora", "address": "dora@cliente.test"}
COMPLETE = {"title": "Banner", "description": "Um banner", "kind": "quote", "requester": REQUESTER}


def guest(person_id: str | None, address: str = "dora@cliente.test") -> Acting:
    return acting(a_requester(), person_id=person_id or "nobody", address=address)


async def test_a_draft_gets_its_number_and_is_submitted_when_complete(desk: Desk, outside: World) -> None:
    """O12, O13"""
    begun = await desk.post("/drafts", {}, idempotency_key="a")
    again = await desk.post("/drafts", {}, idempotency_key="a")
    assert (begun.status_code, begun.json()["status"], begun.json()["number"]) == (201, "draft", 1)
    assert again.json()["id"] == begun.json()["id"]
    refused = await desk.post("/tickets/1/submit")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:draft-is-incomplete")
    assert refused.json()["missing"] == ["title", "description", "kind", "requester"]
    for name, value in COMPLETE.items():
        assert (await desk.post("/tickets/1/draft", {name: value})).status_code == 200
    assert outside.said("ticket.opened.v1") == []
    submitted = await desk.post("/tickets/1/submit")
    assert (submitted.status_code, submitted.json()["status"], submitted.json()["progress"]) == (200, "open", "todo")
    assert submitted.json()["due"] is not None
    await eventually(lambda: len(outside.said("ticket.opened.v1")) == 1)
    assert outside.said("ticket.opened.v1")[0].data.excerpt == "Um banner"


async def test_a_draft_is_seen_by_the_team_only(desk: Desk) -> None:
    """O12, P5"""
    ticket = (await desk.post("/drafts", COMPLETE)).json()
    who = guest(ticket["requester"]["person_id"])
    assert (await desk.get("/tickets/1", who)).status_code == 404
    assert await desk.tickets(who) == []
    assert (await desk.post("/tickets/1/end", {"outcome": "solved"}, who)).status_code == 404
    await desk.post("/tickets/1/cancel")
    assert (await desk.get("/tickets/1", who)).status_code == 404
    assert await desk.tickets(who) == []
    assert (await desk.post("/tickets/1/reopen")).json()["status"] == "draft"
    await desk.post("/tickets/1/submit")
    assert [one["number"] for one in await desk.tickets(who)] == [1]
    shown = (await desk.get("/tickets/1", who)).json()
    assert [entry["type"] for entry in shown["timeline"]] == ["ticket.opened.v1"]


async def test_the_workspace_of_a_submitted_draft_becomes_its_requesters_own(desk: Desk) -> None:
    """O6, O12: with the submitting, not while it is being written."""
    ticket = (await desk.post("/drafts", COMPLETE | {"workspace_id": "loja"})).json()
    person = f"/people/{ticket['requester']['person_id']}"
    assert (await desk.get(person)).json()["default_workspace_id"] is None
    assert (await desk.post("/tickets/1/submit")).status_code == 200
    assert (await desk.get(person)).json()["default_workspace_id"] == "loja"


async def test_two_tabs_that_write_one_draft_lose_nothing_silently(desk: Desk) -> None:
    """O12"""
    await desk.post("/drafts", {"title": "Banner"})
    assert (await desk.post("/tickets/1/draft", {"title": "Faixa"}, if_match='"1"')).status_code == 200
    refused = await desk.post("/tickets/1/draft", {"title": "Cartaz"}, AS_BIA, if_match='"1"')
    assert refused.status_code == 409
    (change,) = refused.json()["changes"]
    assert change["data"]["changes"] == {"title": ["Banner", "Faixa"]}


async def test_what_one_opened_last_is_one_click_away(desk: Desk) -> None:
    """O12"""
    await desk.post("/tickets", {"title": "Primeiro"})
    await desk.post("/drafts", {"title": "Segundo"})
    await desk.post("/tickets", {"title": "De outra pessoa"}, AS_BIA)
    await desk.opened()
    items = (await desk.get("/recent-tickets")).json()["items"]
    assert [(one["number"], one["title"], one["status"]) for one in items] == [
        (2, "Segundo", "draft"),
        (1, "Primeiro", "open"),
    ]
    assert (await desk.get("/recent-tickets", limit=1)).json()["items"] == items[:1]
    assert (await desk.get("/recent-tickets", AS_CAIO)).json()["items"] == []
    assert (await desk.get("/recent-tickets", guest("ana"))).status_code == 404


async def test_taken_given_back_and_rejected(desk: Desk) -> None:
    """W3"""
    await desk.opened()
    taken = (await desk.post("/tickets/1/take", None, AS_CAIO)).json()
    assert (taken["analyst"]["person_id"], taken["progress"]) == ("caio", "in_progress")
    refused = await desk.post("/tickets/1/reject", {"remark": "não é meu"}, AS_BIA)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:not-your-ticket")
    rejected = (await desk.post("/tickets/1/reject", {"remark": "sem acesso"}, AS_CAIO)).json()
    assert (rejected["analyst"], rejected["progress"]) == (None, "todo")
    assert (await desk.post("/tickets/1/take")).json()["analyst"]["person_id"] == "ana"
    assert (await desk.post("/tickets/1/give-back")).json()["progress"] == "todo"


async def test_resolving_needs_the_words_the_company_asks_for(desk: Desk) -> None:
    """W5"""
    await desk.opened()
    await set_policies(desk, resolution_required="note", undo_seconds=0)
    refused = await desk.post("/tickets/1/resolve", {"method": "answered"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:words-needed")
    assert refused.json()["required"] == "note"
    assert (await desk.ticket())["status"] == "open"
    await desk.post("/tickets/1/comments", {"text": "resolvido por telefone"})
    resolved = (await desk.post("/tickets/1/resolve", {"method": "answered"})).json()
    ticked = next(one for one in resolved["timeline"] if one["n"] == resolved["resolution_entry"])
    assert (ticked["type"], ticked["data"]["text"]) == ("ticket.noted.v1", "resolvido por telefone")


async def test_its_requester_ends_a_ticket_as_solved_or_not_needed(desk: Desk) -> None:
    """P4, P5"""
    first = await desk.opened(others=(EVA,))
    await desk.opened(message_id="message-9", internet_message_id="<9@cliente.test>")
    who = guest(first["requester"]["person_id"])
    ended = await desk.post("/tickets/1/end", {}, who)
    assert (ended.status_code, ended.json()["status"], ended.json()["resolution"]) == (200, "resolved", "answered")
    assert "priority" not in ended.json()
    given_up = await desk.post("/tickets/2/end", {"outcome": "not_needed"}, who)
    assert given_up.json()["status"] == "cancelled"
    assert [(one["number"], one["status"]) for one in await desk.tickets()] == [(2, "cancelled"), (1, "resolved")]
    again = await desk.post("/tickets/2/end", {"outcome": "solved"}, who)
    assert (again.status_code, again.json()["type"]) == (409, "urn:balcao:problem:ticket-is-cancelled")


async def test_what_the_requester_says_at_the_end_is_public_once_and_never_lost(desk: Desk) -> None:
    """P4, P5: a repeat says it no second time; words for what is resolved already are refused, not dropped."""
    who = guest((await desk.opened())["requester"]["person_id"])
    body = {"outcome": "solved", "text": "Ficou ótimo"}
    answers = [await desk.post("/tickets/1/end", body, who, idempotency_key="a") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200], [one.text for one in answers]
    ended = answers[-1]
    said = [one["data"] for one in ended.json()["timeline"] if one["type"] == "ticket.resolved.v1"]
    assert [(one["by"], one["text"]) for one in said] == [("requester", "Ficou ótimo")]
    refused = await desk.post("/tickets/1/end", body, who, idempotency_key="b")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:ticket-is-resolved")


async def test_a_note_does_not_show_in_when_the_requester_last_heard_of_it(desk: Desk) -> None:
    """P5: their list tells how far it is, and nothing of when the team worked on it."""
    who = guest((await desk.opened())["requester"]["person_id"])
    (before,) = await desk.tickets(who)
    await desk.post("/tickets/1/comments", {"text": "só entre nós"})
    (after,) = await desk.tickets(who)
    assert after["updated_at"] == before["updated_at"]
    assert (before["how_far"], after["how_far"]) == ({"code": "received"}, {"code": "analysis"})
    await desk.post("/tickets/1/resolve", {"method": "answered"})
    (resolved,) = await desk.tickets(who)
    assert resolved["updated_at"] > before["updated_at"]
    assert (await desk.get("/tickets/1", who)).json()["updated_at"] > before["updated_at"]


async def test_nobody_else_ends_it(desk: Desk) -> None:
    """P4, P5"""
    await desk.opened(others=(EVA,))
    assert (await desk.post("/tickets/1/end", {}, guest("eva", "eva@cliente.test"))).status_code == 403
    assert (await desk.post("/tickets/1/end", {}, guest("zoe", "zoe@longe.test"))).status_code == 404
    assert (await desk.ticket())["version"] == 1


async def test_who_was_too_late_is_told_what_the_other_did(desk: Desk) -> None:
    """If-Match: RFC 9457 details with the current version and all entries since the caller's."""
    await desk.opened()
    await desk.post("/tickets/1/action-plan", {"text": "Fazer o banner"}, AS_BIA)
    await desk.post("/tickets/1/cancel", None, AS_CAIO)
    refused = await desk.post("/tickets/1/stage", {"stage": "planning"}, if_match='"1"')
    problem = refused.json()
    assert (refused.status_code, problem["seen_version"], problem["current_version"]) == (409, 1, 3)
    assert [(one["type"], one["actor"]["name"]) for one in problem["changes"]] == [
        ("ticket.action_plan_written.v1", "Bia"),
        ("ticket.stage_entered.v1", "Bia"),
        ("ticket.cancelled.v1", "Caio"),
    ]
    assert refused.headers["content-type"] == "application/problem+json"
    newer = (await desk.post("/tickets/1/reopen", if_match='"2"')).json()
    assert [one["type"] for one in newer["changes"]] == ["ticket.cancelled.v1"]


WAITS: list[tuple[dict[str, Any], str | None]] = [
    ({"reason": "follow_up"}, "wait-is-incomplete"),
    ({"reason": "visit"}, "wait-is-incomplete"),
    ({"reason": "visit", "until": "2020-01-01T10:00:00Z"}, "time-has-passed"),
    ({"reason": "case_launched", "days": 3}, "wait-is-incomplete"),
    ({"reason": "more_information", "days": 400}, "invalid"),
    ({"reason": "more_information"}, None),
    ({"reason": "more_information", "days": 2, "close_if_no_answer": True}, None),
    ({"reason": "split"}, None),
]


async def test_each_reason_to_wait_says_what_it_needs(desk: Desk) -> None:
    """W4"""
    await desk.opened()
    for body, problem in WAITS:
        answer = await desk.post("/tickets/1/wait", body)
        if problem is None:
            assert (body, answer.status_code, answer.json()["wait"]["reason"]) == (body, 200, body["reason"])
        else:
            assert (body, answer.status_code, answer.json()["type"]) == (body, 422, f"urn:balcao:problem:{problem}")


async def test_a_visit_is_due_on_its_day(desk: Desk) -> None:
    """W4, W16"""
    await desk.opened()
    shown = (await desk.post("/tickets/1/wait", {"reason": "visit", "until": "2999-01-07T12:00:00Z"})).json()
    assert datetime.fromisoformat(shown["due"]) == datetime.fromisoformat("2999-01-07T21:00:00Z")
