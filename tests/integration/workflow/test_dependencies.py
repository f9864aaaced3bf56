"""Tasks that wait for other tasks: no circles, whatever happens at once, and who waited is told when it is over."""

import asyncio
from datetime import datetime

import pytest

from tests.integration.workflow.running import Workflow, World, a_bus, eventually, running, settings_for

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def tasks(workflow: Workflow, count: int) -> None:
    """Tasks 1 to `count`."""
    for number in range(1, count + 1):
        await workflow.send("POST", "/tasks", {"title": f"Parte {number}"})


async def wait_for(workflow: Workflow, number: int, blocker: int) -> int:
    """Let a task wait for another; the answer's status."""
    return (await workflow.post(f"/tasks/{number}/blockers", {"number": blocker})).status_code


async def test_a_task_that_waits_can_only_be_worked_on_by_saying_so_and_is_told_when_it_is_free(
    workflow: Workflow, outside: World
) -> None:
    await tasks(workflow, 3)
    await outside.ask_for_task(workflow)
    for blocker in (1, 2):
        assert await wait_for(workflow, 4, blocker) == 200
    assert await wait_for(workflow, 4, 1) == 200, "that it waits already changes nothing"
    await workflow.post("/tasks/4/assign", {"person_id": "bia"})
    assert [one["number"] for one in (await workflow.get("/tasks")).json()["items"] if one["blocked"]] == [4]
    refused = await workflow.post("/tasks/4/phase", {"phase": "doing"})
    assert (refused.status_code, [one["number"] for one in refused.json()["blockers"]]) == (409, [1, 2])
    assert (await workflow.post("/tasks/4/complete")).status_code == 409
    said_so = await workflow.post("/tasks/4/phase", {"phase": "doing", "despite_blockers": True}, once="y")
    assert said_so.status_code == 200
    assert (await workflow.post("/tasks/4/phase", {"phase": "doing"}, once="y")).status_code == 200, "its own repeat"
    await workflow.post("/tasks/1/complete")
    await workflow.post("/tasks/2/cancel")
    assert (await workflow.task(4))["blocked"] is False, "none of them is left"

    async def told() -> bool:
        return bool((await workflow.task(4))["timeline"][-1]["type"] == "task.unblocked.v1")

    await eventually(told, 30)
    task = await workflow.task(4)
    entries = [entry for entry in task["timeline"] if entry["type"] == "task.unblocked.v1"]
    assert [entry["data"]["blocker"]["number"] for entry in entries] == [2]
    assert [one["person_id"] for one in entries[0]["data"]["people"]] == ["bia"]
    moved = next(entry for entry in task["timeline"] if entry["type"] == "task.phase_entered.v1")
    assert [one["number"] for one in moved["data"]["despite"]] == [1, 2]
    assert (await workflow.post("/tasks/4/complete")).status_code == 200
    assert [one["number"] for one in task["blocked_by"]] == [1, 2]
    assert [one["number"] for one in (await workflow.task(1))["blocks"]] == [4]


async def test_circles_are_refused_and_both_ends_of_a_dependency_know_it(workflow: Workflow) -> None:
    await tasks(workflow, 4)
    assert await wait_for(workflow, 1, 1) == 409
    for number, blocker in ((2, 1), (3, 2), (4, 3)):
        assert await wait_for(workflow, number, blocker) == 200
    for blocker in (2, 3, 4):
        assert await wait_for(workflow, 1, blocker) == 409
    assert await wait_for(workflow, 4, 99) == 404
    shown = await workflow.task(2)
    assert ([one["number"] for one in shown["blocked_by"]], [one["number"] for one in shown["blocks"]]) == ([1], [3])
    assert (await workflow.send("DELETE", "/tasks/3/blockers/2")).status_code == 200
    assert (await workflow.task(2))["blocks"] == []
    assert (await workflow.send("DELETE", "/tasks/3/blockers/2")).status_code == 404
    assert await wait_for(workflow, 1, 4) == 200, "the chain is cut"
    assert [entry["type"] for entry in (await workflow.task(2))["timeline"]][1:] == [
        "task.dependency_added.v1",
        "task.dependency_added.v1",
        "task.dependency_removed.v1",
    ]


async def test_no_circle_comes_of_what_two_replicas_add_at_once(
    workflow: Workflow, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    """A ring of six, each link asked for at the same time of one replica or the other: at least one is refused, and
    what is left has no way round."""
    ring = 6
    await tasks(workflow, ring)
    settings = settings_for(mongo_url, amqp_url, database_prefix)
    async with running(settings, a_bus(amqp_url, bus_prefix)) as other:
        answers = await asyncio.gather(
            *(wait_for((workflow, other)[n % 2], n, n % ring + 1) for n in range(1, ring + 1))
        )
    assert set(answers) <= {200, 409}
    after = [await workflow.task(number) for number in range(1, ring + 1)]
    waits = {task["number"]: {one["number"] for one in task["blocked_by"]} for task in after}
    assert sum(len(some) for some in waits.values()) == answers.count(200) == ring - 1
    for task in after:
        for one in task["blocked_by"]:
            assert task["number"] in {back["number"] for back in after[one["number"] - 1]["blocks"]}


async def test_nobody_is_told_twice_that_a_wait_is_over(workflow: Workflow) -> None:
    """A timer that two replicas fire, or one fires again after a kill, says it once."""
    await tasks(workflow, 2)
    await wait_for(workflow, 2, 1)
    await workflow.post("/tasks/1/complete")

    async def told() -> bool:
        return "task.unblocked.v1" in [entry["type"] for entry in (await workflow.task(2))["timeline"]]

    await eventually(told, 30)
    done = await workflow.task(1)
    timer = {
        "_id": "again",
        "company_id": "agencia",
        "kind": "unblock",
        "of": done["id"],
        "due": datetime.fromisoformat(done["closed_at"]),
        "at": datetime.fromisoformat(done["closed_at"]),
        "tries": 0,
    }
    database = workflow.service.mongo.db
    await database["timers"].insert_one(timer)

    async def fired() -> bool:
        return await database["timers"].count_documents({"_id": "again"}) == 0

    await eventually(fired, 30)
    entries = [e["type"] for e in (await workflow.task(2))["timeline"] if e["type"] == "task.unblocked.v1"]
    assert len(entries) == 1
