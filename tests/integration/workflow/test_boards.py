"""Boards and load over HTTP, from tasks as they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.workflow.running import ADMIN, BIA, CAIO, GUEST, OUTSIDER, Workflow, World

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def make(workflow: Workflow, count: int, **values: Any) -> None:
    """Tasks of the team's own."""
    for n in range(count):
        answer = await workflow.send("POST", "/tasks", {"title": f"Tarefa {n}", **values})
        assert answer.status_code == 201, answer.text


async def test_a_board_shows_each_phase_with_its_count_and_pages_each_column_by_itself(workflow: Workflow) -> None:
    await make(workflow, 9)
    for number in (1, 2, 3):
        await workflow.post(f"/tasks/{number}/phase", {"phase": "doing"})
    for number in (4, 5):
        await workflow.post(f"/tasks/{number}/complete")
    await workflow.post("/tasks/6/cancel")
    type_id = (await workflow.get("/task-types")).json()["items"][0]["id"]
    board = (await workflow.get(f"/boards/{type_id}", limit=2)).json()
    columns = {column["phase"]["id"]: column for column in board["columns"]}
    assert [(id_, one["count"], len(one["items"])) for id_, one in columns.items()] == [
        ("todo", 3, 2),
        ("doing", 3, 2),
        ("internal_review", 0, 0),
        ("external_approval", 0, 0),
        ("done", 2, 2),
    ]
    assert [one["number"] for one in columns["done"]["items"]] == [5, 4], "the latest first"
    after = columns["doing"]["next"]
    rest = (await workflow.get(f"/boards/{type_id}/columns/doing", after=after, limit=2)).json()
    assert ([one["number"] for one in rest["items"]], rest["next"]) == ([3], None)
    by_kind = (await workflow.get("/tasks", phase_kind="doing")).json()["items"]
    assert [one["number"] for one in by_kind] == [1, 2, 3]
    for nobody in (GUEST, OUTSIDER):
        assert (await workflow.get(f"/boards/{type_id}", nobody)).status_code == 404


async def test_a_board_and_lists_can_show_one_persons_tasks_in_one_phase(workflow: Workflow) -> None:
    """H6: what each of them executes now."""
    await make(workflow, 4)
    for number in (1, 2, 4):
        await workflow.post(f"/tasks/{number}/assign", {"person_id": "bia"})
    await workflow.post("/tasks/1/phase", {"phase": "doing"})
    await workflow.post("/tasks/3/phase", {"phase": "doing"})
    type_id = (await workflow.get("/task-types")).json()["items"][0]["id"]

    board = (await workflow.get(f"/boards/{type_id}", executor="me", limit=1)).json()
    columns = {one["phase"]["id"]: one for one in board["columns"]}
    assert [one["number"] for one in columns["doing"]["items"]] == [1]
    assert (columns["todo"]["count"], columns["todo"]["more"]) == (1, True), "counted no further than it is shown"
    path = f"/boards/{type_id}/columns/todo"
    rest = (await workflow.get(path, executor="me", after=columns["todo"]["next"])).json()
    assert [one["number"] for one in rest["items"]] == [4]

    def numbers(answer: Any) -> list[int]:
        return [one["number"] for one in answer.json()["items"]]

    assert numbers(await workflow.get("/tasks", phase="doing", task_type=type_id)) == [1, 3]
    assert numbers(await workflow.get("/tasks", phase="doing", executor="me")) == [1]
    assert numbers(await workflow.get("/tasks", task_type="another")) == []


async def test_late_work_is_what_is_open_and_past_its_date(workflow: Workflow) -> None:
    now = datetime.now(UTC)
    await make(workflow, 2, due=(now - timedelta(days=1)).isoformat())
    await make(workflow, 1, due=(now + timedelta(days=1)).isoformat())
    await make(workflow, 1)
    await workflow.post("/tasks/2/complete")
    assert [one["number"] for one in (await workflow.get("/tasks", late=True)).json()["items"]] == [1]
    assert (await workflow.get("/tasks", late=True, executor="me")).json()["items"] == []


async def test_the_workload_is_what_is_left_by_week_against_what_somebody_takes(
    workflow: Workflow, outside: World
) -> None:
    await outside.hires(workflow, BIA, CAIO)
    now = datetime.now(UTC)
    assert (await workflow.send("PUT", "/capacities/bia", {"minutes_per_day": 300}, BIA)).status_code == 403
    assert (await workflow.send("PUT", "/capacities/dora", {"minutes_per_day": 300}, ADMIN)).status_code == 404
    for minutes in (240, 300, 300):
        answer = await workflow.send("PUT", "/capacities/bia", {"minutes_per_day": minutes}, ADMIN)
        assert answer.json() == {"minutes_per_day": minutes}
    bias = {"executor_id": "bia", "estimate_minutes": 120}
    await make(workflow, 1, due=(now - timedelta(days=30)).isoformat(), **bias)
    await make(workflow, 1, due=(now + timedelta(days=7)).isoformat(), **bias)
    await make(workflow, 1, due=(now + timedelta(days=70)).isoformat(), **bias)
    await make(workflow, 1, executor_id="bia")
    await make(workflow, 1, estimate_minutes=60)
    await workflow.send("POST", "/tasks/1/time", {"minutes": 50}, BIA)
    answer = await workflow.get("/workload", weeks=2)
    found = {one["person"]["name"] if one["person"] else None: one for one in answer.json()["items"]}
    bia = found["Bia"]
    assert (bia["minutes_per_day"], found["Caio"]["minutes_per_day"]) == (300, 480)
    assert [(one["planned"], one["tasks"], one["spent"]) for one in bia["weeks"]] == [(70, 1, 50), (120, 1, 0)]
    assert all(one["capacity"] % 300 == 0 and one["capacity"] <= 1500 for one in bia["weeks"])
    assert (bia["undated"], bia["later"], found[None]["undated_minutes"]) == (1, 1, 60)
    assert (await workflow.get("/workload", GUEST)).status_code == 404


async def test_throughput_counts_what_is_completed_now(workflow: Workflow) -> None:
    """What was reopened or cancelled since does not count; completed again, it counts once."""
    await make(workflow, 4)
    for number in (1, 2, 3, 4):
        await workflow.post(f"/tasks/{number}/phase", {"phase": "doing"})
        await workflow.post(f"/tasks/{number}/complete")
    await workflow.post("/tasks/1/reopen")
    await workflow.post("/tasks/2/reopen")
    await workflow.post("/tasks/2/cancel")
    await workflow.post("/tasks/3/reopen")
    await workflow.post("/tasks/3/complete")
    (report,) = (await workflow.get("/throughput", weeks=3)).json()["items"]
    assert report["together"]["completed"] == 2
    assert [one["completed"] for one in report["weeks"]] == [0, 0, 2]
    third = await workflow.task(3)
    assert third["started_at"] < third["closed_at"], "what it took goes on counting when it is reopened"
    assert (
        0 < report["together"]["cycle_p50_s"] <= report["together"]["cycle_p85_s"] <= report["together"]["lead_p85_s"]
    )
