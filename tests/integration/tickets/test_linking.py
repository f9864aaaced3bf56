"""Merging, splitting and undoing on the real database: all of it or nothing, once, and never past a contradiction."""

import asyncio
from typing import Any

import pytest

from balcao.shared.events import TaskCompleted, TaskCreated, TaskReopened, TaskTicketLinked
from tests.integration.tickets.running import (
    AS_ANA,
    AS_BIA,
    Desk,
    World,
    answer_to,
    eventually,
    said_by_workflow,
    task_of,
)
from tests.unit.tickets.builders import EVA

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def two(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """Dora's ticket 1 and Eva's ticket 2."""
    first = await desk.opened()
    second = await desk.opened(message_id="message-9", sender=EVA, internet_message_id="<9@cliente.test>")
    return first, second


async def merge(desk: Desk, **headers: Any) -> Any:
    """Ana merges 2 into 1."""
    return await desk.post("/tickets/1/merge", {"numbers": [2], "comment": "o mesmo pedido"}, **headers)


def types(ticket: dict[str, Any]) -> list[str]:
    """What the history says, in order."""
    return [entry["type"] for entry in ticket["timeline"]]


async def test_merged_tickets_change_together_and_later_mails_go_to_the_survivor(desk: Desk) -> None:
    """W2, W13: also along a chain of merges."""
    _, second = await two(desk)
    await desk.opened(message_id="message-3", internet_message_id="<3@cliente.test>")
    answer = await merge(desk)
    assert (answer.status_code, answer.json()["number"]) == (200, 1)
    gone = await desk.ticket(2)
    assert (gone["status"], gone["resolution"], gone["merged_into"]) == ("resolved", "merged", answer.json()["id"])
    assert types(gone)[1:] == ["ticket.merged.v1", "ticket.noted.v1", "ticket.resolved.v1"]
    assert [one["address"] for one in answer.json()["watchers"]] == ["eva@cliente.test"]
    assert (await desk.post("/tickets/3/merge", {"numbers": [1]})).status_code == 200
    await desk.desk.take_message(answer_to(second, sender=EVA))
    assert "ticket.requester_replied.v1" in types(await desk.ticket(3))
    assert (await desk.ticket(2))["version"] == gone["version"]
    assert (await desk.ticket(1))["status"] == "resolved"


async def test_a_refused_merge_changes_nothing_and_names_all_reasons(desk: Desk) -> None:
    """W13"""
    await two(desk)
    await desk.post("/tickets/2/tasks", {"title": "Arte"})
    before = [await desk.ticket(n) for n in (1, 2)]
    refused = await merge(desk)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:cannot-merge")
    assert refused.json()["tickets"] == [{"number": 2, "reasons": [{"code": "open-tasks", "tasks": [0]}]}]
    assert [await desk.ticket(n) for n in (1, 2)] == before


async def test_of_two_agents_who_merge_the_same_tickets_one_wins(desk: Desk) -> None:
    """W13: each into the other one; fails when only one of the tickets is guarded by its version."""
    await two(desk)
    answers = await asyncio.gather(
        desk.post("/tickets/1/merge", {"numbers": [2]}, AS_ANA), desk.post("/tickets/2/merge", {"numbers": [1]}, AS_BIA)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    tickets = [await desk.ticket(n) for n in (1, 2)]
    assert sorted(one["status"] for one in tickets) == ["open", "resolved"]
    assert sum(one["merged_into"] is not None for one in tickets) == 1


async def test_a_merge_asked_for_twice_happens_once(desk: Desk) -> None:
    """W13: the repeat would be refused, its ticket being merged."""
    await two(desk)
    answers = [await merge(desk, idempotency_key="abc") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert await desk.count("timeline", type="ticket.merged.v1") == 1


async def test_who_decided_on_an_older_version_merges_nothing(desk: Desk) -> None:
    """W13: of the survivor by If-Match, of the others by their versions."""
    await two(desk)
    await desk.post("/tickets/1/comments", {"text": "nota"}, AS_BIA)
    assert (await merge(desk, if_match='"1"')).status_code == 409
    await desk.post("/tickets/2/comments", {"text": "nota"}, AS_BIA)
    stale = await desk.post("/tickets/1/merge", {"numbers": [2], "versions": {"2": 1}})
    assert (stale.status_code, stale.json()["number"], stale.json()["current_version"]) == (409, 2, 2)
    assert (await desk.ticket(2))["status"] == "open"


@pytest.mark.parametrize("asked_at", [1, 2])
async def test_a_merge_is_undone_from_either_ticket(desk: Desk, asked_at: int) -> None:
    """W15: the history is marked, not rewritten."""
    await two(desk)
    await merge(desk)
    history = (await desk.ticket(2))["timeline"]
    undone = await desk.post(f"/tickets/{asked_at}/undo", {"entry": 2}, idempotency_key="abc")
    assert undone.status_code == 200, undone.text
    survivor, back = await desk.ticket(1), await desk.ticket(2)
    assert (back["status"], back["merged_into"], back["links"]) == ("open", None, [])
    assert (survivor["links"], survivor["watchers"]) == ([], [])
    assert back["timeline"][: len(history)] == history
    again = await desk.post(f"/tickets/{asked_at}/undo", {"entry": 2})
    assert (again.status_code, again.json()["type"]) == (409, "urn:balcao:problem:undone-already")
    repeated = await desk.post(f"/tickets/{asked_at}/undo", {"entry": 2}, idempotency_key="abc")
    assert repeated.status_code == 200


async def test_a_merge_is_not_undone_past_words_that_belong_to_the_merged_ticket(desk: Desk) -> None:
    """W15: the refusal names the later entry."""
    _, second = await two(desk)
    await merge(desk)
    await desk.desk.take_message(answer_to(second, sender=EVA))
    refused = await desk.post("/tickets/2/undo", {"entry": 2})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:cannot-undo")
    (reason,) = refused.json()["reasons"]
    assert (reason["code"], reason["number"], reason["type"]) == ("words-since", 1, "ticket.requester_replied.v1")
    assert (await desk.ticket(1))["timeline"][-1]["n"] == reason["entry"]
    assert (await desk.ticket(2))["status"] == "resolved"


async def test_a_part_is_split_off_with_a_task_and_the_task_is_followed_there(desk: Desk) -> None:
    """W14, H5"""
    ticket = await desk.opened()
    task = task_of(ticket, "task-9", 1)
    await desk.following.follow(said_by_workflow(TaskCreated(task=task)))
    answer = await desk.post(
        "/tickets/1/split", {"title": "Só a arte", "entries": [1], "tasks": ["task-9"]}, idempotency_key="abc"
    )
    assert answer.status_code == 201, answer.text
    new = answer.json()["new"]
    assert (new["number"], new["requested"], new["stage"]) == (2, "Preciso de um banner.", "production")
    await desk.following.follow(
        said_by_workflow(TaskCompleted(task=task.model_copy(update={"version": 2, "state": "completed"})))
    )
    assert (await desk.ticket(2))["stage"] == "delivery"
    assert (await desk.ticket(1))["tasks"] == []
    again = await desk.post(
        "/tickets/1/split", {"title": "Só a arte", "entries": [1], "tasks": ["task-9"]}, idempotency_key="abc"
    )
    assert (again.status_code, again.json()["new"]["number"]) == (201, 2)
    assert len(await desk.tickets()) == 2


async def test_a_split_is_undone_until_somebody_works_on_it(desk: Desk) -> None:
    """W15"""
    await desk.opened()
    await desk.post("/tickets/1/split", {"title": "Parte", "text": "algo"})
    await desk.post("/tickets/2/comments", {"text": "começando"}, AS_BIA)
    refused = await desk.post("/tickets/1/undo", {"entry": 2})
    assert refused.status_code == 409
    reason = refused.json()["reasons"][0]
    assert (reason["code"], reason["number"], reason["by"]) == ("worked-on-since", 2, "Bia")
    await desk.post("/tickets/1/split", {"title": "Outra", "text": "algo"})
    entry = next(e["n"] for e in reversed((await desk.ticket())["timeline"]) if e["type"] == "ticket.split.v1")
    undone = await desk.post("/tickets/1/undo", {"entry": entry})
    assert (undone.status_code, (await desk.ticket(3))["status"]) == (200, "cancelled")
    assert [link["number"] for link in undone.json()["links"]] == [2]


async def test_an_ordinary_entry_is_not_undone(desk: Desk) -> None:
    """W15"""
    await desk.opened()
    refused = await desk.post("/tickets/1/undo", {"entry": 1})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:nothing-to-undo")
    assert (await desk.post("/tickets/1/undo", {"entry": 99})).status_code == 404


async def test_a_task_inherited_by_a_merge_is_linked_and_given_back_when_the_merge_is_undone(
    desk: Desk, outside: World
) -> None:
    """W13, W15, H5: production has to know the survivor, whose end and return name the task."""
    _, second = await two(desk)
    done = {"state": "completed", "phase_kind": "done"}
    await desk.following.follow(said_by_workflow(TaskCompleted(task=task_of(second, "task-9", 2, **done))))
    await merge(desk)
    reopened = said_by_workflow(TaskReopened(task=task_of(second, "task-9", 3, rounds=2)))
    for _ in range(2):
        await desk.following.follow(reopened)
    await eventually(lambda: len(outside.said("ticket.task_link_asked.v1")) == 1)
    (asked,) = outside.said("ticket.task_link_asked.v1")
    assert (asked.data.ticket.number, asked.data.task_id, asked.data.inherited) == (1, "task-9", True)
    survivor = await desk.ticket(1)
    both = (second["id"], survivor["id"])
    answer = TaskTicketLinked(
        task=task_of(survivor, "task-9", 4, rounds=2), ticket_id=survivor["id"], ticket_number=1, asked_in=3
    )
    await desk.following.follow_link(said_by_workflow(answer))
    await desk.following.follow(
        said_by_workflow(TaskCompleted(task=task_of(survivor, "task-9", 5, rounds=2, ticket_ids=both, **done)))
    )
    assert (await desk.ticket(1))["stage"] == "delivery"
    undone = await desk.post("/tickets/1/undo", {"entry": 2})
    assert undone.status_code == 200, undone.text
    assert [[one["id"] for one in (await desk.ticket(n))["tasks"]] for n in (1, 2)] == [[], ["task-9"]]
    await eventually(lambda: len(outside.said("ticket.task_unlinked.v1")) == 1)
    (unlinked,) = outside.said("ticket.task_unlinked.v1")
    assert (unlinked.data.ticket.number, unlinked.data.task.id) == (1, "task-9")
