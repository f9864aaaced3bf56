"""Lists and pages: the board's order, complete and without repeats."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.workflow.running import (
    BIA,
    CAIO,
    OTHER_COMPANY,
    OUTSIDER,
    Workflow,
    World,
    asks_for_task,
    eventually,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def titles(workflow: Workflow, **query: Any) -> list[str]:
    answer = await workflow.get("/tasks", **query)
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()["items"]]


@pytest.fixture
async def board(workflow: Workflow, outside: World) -> Workflow:
    """Six tasks of Bia's and Caio's in all states, and one of another company."""
    asked = [
        ("sem data", None, BIA),
        ("depois", datetime(2026, 12, 12, tzinfo=UTC), BIA),
        ("antes", datetime(2026, 12, 1, tzinfo=UTC), CAIO),
        ("pronta", datetime(2026, 1, 1, tzinfo=UTC), BIA),
        ("pronta depois", None, CAIO),
        ("desistida", datetime(2026, 1, 1, tzinfo=UTC), BIA),
    ]
    for title, due, who in asked:
        await outside.ask_for_task(workflow, title=title, due=due, executor=who.party())
    await outside.ask_for_task(workflow, company_id=OTHER_COMPANY, title="de outra empresa", executor=BIA.party())
    await workflow.post("/tasks/2/phase", {"phase": "doing"})
    await workflow.post("/tasks/4/complete")
    await workflow.post("/tasks/5/complete")
    await workflow.post("/tasks/6/cancel")
    return workflow


async def test_the_list_is_in_the_boards_order_and_of_one_company(board: Workflow) -> None:
    expected = ["antes", "depois", "sem data", "pronta depois", "pronta", "desistida"]
    assert await titles(board) == expected
    assert [task["title"] for task in await board.tasks(OUTSIDER)] == ["de outra empresa"]


async def test_filters_leave_what_they_say(board: Workflow, subtests: pytest.Subtests) -> None:
    """H9"""
    expectations: list[tuple[dict[str, Any], list[str]]] = [
        ({"executor": "me"}, ["depois", "sem data", "pronta", "desistida"]),
        ({"executor": "caio"}, ["antes", "pronta depois"]),
        ({"executor": "me", "state": "open"}, ["depois", "sem data"]),
        ({"executor": "ninguém"}, []),
        ({"state": "open"}, ["antes", "depois", "sem data"]),
        ({"state": "completed"}, ["pronta depois", "pronta"]),
        ({"state": "cancelled"}, ["desistida"]),
        ({"phase_kind": "doing"}, ["depois"]),
        ({"phase_kind": "todo", "state": "open"}, ["antes", "sem data"]),
    ]
    for query, expected in expectations:
        with subtests.test(str(query)):
            assert await titles(board, **query) == expected


async def test_pages_put_together_are_the_whole_list(board: Workflow, subtests: pytest.Subtests) -> None:
    questions: list[dict[str, Any]] = [{}, {"executor": "me"}, {"state": "open"}, {"phase_kind": "todo"}]
    for query in questions:
        whole = (await board.get("/tasks", **query)).json()
        assert whole["next"] is None
        for limit in (1, 2, 3):
            with subtests.test(str(query), limit=limit):
                assert await _page_by_page(board, limit, query) == whole["items"]


async def test_a_page_goes_on_where_it_ended_though_tasks_came_and_went_meanwhile(
    board: Workflow, outside: World
) -> None:
    first = (await board.get("/tasks", limit=2)).json()
    await board.post("/tasks/3/complete")
    await outside.ask_for_task(board, title="urgente", due=datetime(2026, 11, 30, tzinfo=UTC))
    second = (await board.get("/tasks", limit=1, after=first["next"])).json()
    assert [task["title"] for task in second["items"]] == ["sem data"]


async def test_a_question_that_makes_no_sense_is_refused(workflow: Workflow, subtests: pytest.Subtests) -> None:
    questions: list[dict[str, Any]] = [
        {"after": "3"},
        {"after": "0.1"},
        {"limit": 0},
        {"limit": 201},
        {"state": "ready"},
        {"phase_kind": "x"},
        {"executor": ""},
    ]
    for query in questions:
        with subtests.test(str(query)):
            answer = await workflow.get("/tasks", **query)
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_a_list_does_not_carry_what_only_the_page_of_a_task_shows(workflow: Workflow, outside: World) -> None:
    await outside.bus.publish(asks_for_task(description="muito longa"))
    await eventually(lambda: bool(outside.heard))
    [task] = await workflow.tasks()
    assert "description" not in task
    assert (await workflow.task(1))["description"] == "muito longa"


async def _page_by_page(board: Workflow, limit: int, query: dict[str, Any]) -> list[dict[str, Any]]:
    collected: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        page = (await board.get("/tasks", limit=limit, **query, **after)).json()
        assert 0 < len(page["items"]) <= limit
        collected += page["items"]
        if page["next"] is None:
            return collected
        after = {"after": page["next"]}
