"""What the team does to tasks over HTTP, and what the others hear of it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.integration.workflow.running import BIA, CAIO, Workflow, World, eventually

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

NONSENSE: list[tuple[str, str, Any, int, str]] = [
    ("unknown phase", "/tasks/1/phase", {"phase": "filmagem"}, 422, "Homologação externa"),
    ("no phase", "/tasks/1/phase", {}, 422, "body.phase"),
    ("a list for a phase", "/tasks/1/phase", {"phase": ["done"]}, 422, "body.phase"),
    ("no body", "/tasks/1/phase", None, 422, "body"),
    ("misspelt field", "/tasks/1/complete", {"hand_over": "x"}, 422, "body.hand_over"),
    ("endless handover", "/tasks/1/complete", {"handover": "x" * 20_001}, 422, "20000"),
    ("somebody without a name", "/tasks/1/assign", {"person_id": "caio"}, 422, "name"),
    ("nobody said", "/tasks/1/assign", {}, 422, "body.person_id"),
    ("open already", "/tasks/1/reopen", None, 409, "can be moved, assigned, completed or cancelled"),
    ("unknown number", "/tasks/2/complete", None, 404, "#2"),
    ("number zero", "/tasks/0/complete", None, 422, "path.number"),
    ("number beyond all", "/tasks/99999999999999999999/complete", None, 422, "path.number"),
    ("no number", "/tasks/x/complete", None, 422, "path.number"),
]
"""What is wrong, path, body, the answer's status and words in it."""


async def test_a_task_goes_through_its_phases_and_each_step_is_told_once_in_order(
    workflow: Workflow, outside: World
) -> None:
    """H4, H5"""
    await outside.ask_for_task(workflow)
    await workflow.post("/tasks/1/assign", {"person_id": "bia"})
    await workflow.post("/tasks/1/phase", {"phase": "Produzindo"})
    await workflow.post("/tasks/1/phase", {"phase": "homologacao externa"})
    await workflow.post("/tasks/1/complete", {"handover": "Arquivo na pasta"})
    await workflow.post("/tasks/1/reopen")
    await workflow.post("/tasks/1/phase", {"phase": "done"})
    await workflow.post("/tasks/1/phase", {"phase": "doing"})
    last = await workflow.post("/tasks/1/cancel", {"reason": "desistiram"})
    assert (last.status_code, last.headers["etag"], last.json()["version"]) == (200, '"9"', 9)
    steps = [
        ("task.created.v1", "todo", "open"),
        ("task.assigned.v1", "todo", "open"),
        ("task.phase_entered.v1", "doing", "open"),
        ("task.phase_entered.v1", "external_approval", "open"),
        ("task.completed.v1", "done", "completed"),
        ("task.reopened.v1", "doing", "open"),
        ("task.completed.v1", "done", "completed"),
        ("task.reopened.v1", "doing", "open"),
        ("task.cancelled.v1", "doing", "cancelled"),
    ]
    await eventually(lambda: len(outside.heard) == len(steps))
    heard = sorted(outside.heard, key=lambda event: event.data.task.version)
    assert [(e.type, e.data.task.phase_kind, e.data.task.state) for e in heard] == steps
    assert [event.data.task.version for event in heard] == list(range(1, 10))
    assert heard[1].data.task.executor == BIA.party()
    assert (heard[4].data.handover, heard[8].data.reason) == ("Arquivo na pasta", "desistiram")
    timeline = (await workflow.task(1))["timeline"]
    assert [(entry["n"], entry["type"]) for entry in timeline] == [
        (n, step[0]) for n, step in enumerate(steps, start=1)
    ]
    assert {entry["actor"]["name"] for entry in timeline[1:]} == {"Bia"}


async def test_everything_a_task_says_carries_who_did_it_and_the_request_that_led_to_it(
    workflow: Workflow, outside: World
) -> None:
    await outside.ask_for_task(workflow)
    await workflow.post("/tasks/1/complete", acting=CAIO)
    await eventually(lambda: len(outside.heard) == 2)
    created, completed = sorted(outside.heard, key=lambda event: event.data.task.version)
    assert completed.actor == CAIO.party()
    assert completed.causationid == completed.correlationid != created.correlationid


async def test_commands_at_once_on_one_task_are_all_applied(workflow: Workflow, outside: World) -> None:
    """The loser of a race decides again on what the winner left; none is answered as done and lost."""
    await outside.ask_for_task(workflow)
    people = [f"person-{n}" for n in range(6)]
    answers = await asyncio.gather(
        *(workflow.post("/tasks/1/assign", {"person_id": who, "name": who.title()}) for who in people),
        workflow.post("/tasks/1/phase", {"phase": "doing"}),
    )
    assert [answer.status_code for answer in answers] == [200] * 7
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 9))
    task = await workflow.task(1)
    assert (task["version"], task["phase"]["id"]) == (8, "doing")
    assigned = [
        entry["data"]["task"]["executor"]["person_id"] for entry in task["timeline"] if "assigned" in entry["type"]
    ]
    assert sorted(assigned) == people
    await eventually(lambda: len(outside.heard) == 8)
    assert sorted(event.data.task.version for event in outside.heard) == list(range(1, 9))


async def test_two_who_complete_at_once_complete_it_once(workflow: Workflow, outside: World) -> None:
    """H5"""
    await outside.ask_for_task(workflow)
    answers = await asyncio.gather(*(workflow.post("/tasks/1/complete", {"handover": who}) for who in ("a", "b")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["type"], refused["possible"]) == ("urn:balcao:problem:task-is-completed", ["reopen", "phase"])
    await workflow.post("/tasks/1/reopen")
    await eventually(lambda: len(outside.heard) == 3)
    assert sorted(outside.said()) == ["task.completed.v1", "task.created.v1", "task.reopened.v1"]


async def test_a_command_repeated_under_its_key_acts_once_and_is_answered_as_the_first_time(
    workflow: Workflow, outside: World
) -> None:
    """H5: an answer may be lost on its way; also one that comes late, after a reopening, completes nothing again."""
    await outside.ask_for_task(workflow)
    first = await workflow.post("/tasks/1/complete", {"handover": "a"}, once="key-1")
    repeated = await workflow.post("/tasks/1/complete", {"handover": "a"}, once="key-1")
    somebody_else = await workflow.post("/tasks/1/complete", {"handover": "a"}, CAIO, once="key-1")
    await workflow.post("/tasks/1/reopen", once="key-2")
    late = await workflow.post("/tasks/1/complete", {"handover": "a"}, once="key-1")
    assert [one.status_code for one in (first, repeated, somebody_else, late)] == [200, 200, 409, 200]
    assert (repeated.json(), late.json()["state"]) == (first.json(), "open")
    await eventually(lambda: len(outside.heard) == 3)
    assert sorted(outside.said()) == ["task.completed.v1", "task.created.v1", "task.reopened.v1"]


async def test_whoever_insists_on_a_version_is_told_when_it_is_gone(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow)
    answers = await asyncio.gather(
        workflow.post("/tasks/1/phase", {"phase": "doing"}, if_match='"1"'),
        workflow.post("/tasks/1/assign", {"person_id": "bia"}, if_match="1"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    stale = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (stale["type"], stale["current_version"]) == ("urn:balcao:problem:stale", 2)
    assert (await workflow.task(1))["version"] == 2
    assert (await workflow.post("/tasks/1/cancel", if_match='"2"')).status_code == 200


async def test_a_move_to_where_the_task_is_says_nothing(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow)
    answer = await workflow.post("/tasks/1/phase", {"phase": "todo"})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len((await workflow.task(1))["timeline"]) == 1


async def test_assigning_to_nobody_frees_the_task(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow, executor=BIA.party())
    answer = await workflow.post("/tasks/1/assign", {"person_id": None})
    assert answer.json()["executor"] is None
    assert (await workflow.get("/tasks", executor="me")).json()["items"] == []


async def test_a_request_that_makes_no_sense_is_answered_in_words_and_changes_nothing(
    workflow: Workflow, outside: World, subtests: pytest.Subtests
) -> None:
    await outside.ask_for_task(workflow)
    for what, path, body, status, words in NONSENSE:
        with subtests.test(what):
            answer = await workflow.post(path, body)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
            assert words in answer.json()["detail"]
    assert (await workflow.task(1))["version"] == 1


async def test_broken_json_and_a_broken_version_are_refused(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow)
    header = {**_token_of(await workflow.get("/tasks")), "Content-Type": "application/json"}
    broken = await workflow.call("POST", "/v1/tasks/1/phase", content=b'{"phase": ', headers=header)
    unclear = await workflow.post("/tasks/1/cancel", if_match='"latest"')
    assert (broken.status_code, unclear.status_code) == (422, 422)
    assert (await workflow.task(1))["version"] == 1


def _token_of(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": answer.request.headers["authorization"]}
