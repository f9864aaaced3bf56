"""A ticket asks, production makes the task: once, with a number of its own, whatever the bus does."""

import asyncio
from collections import Counter

import aio_pika
import pytest
from pymongo.errors import DuplicateKeyError

from balcao.shared.events import Party
from tests.integration.workflow.running import (
    BIA,
    COMPANY,
    OTHER_COMPANY,
    OUTSIDER,
    Workflow,
    World,
    asks_for_task,
    eventually,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_a_requested_task_is_created_and_told(workflow: Workflow, outside: World) -> None:
    """H3"""
    task = await outside.ask_for_task(workflow, description="Cores novas", executor=BIA.party())
    assert (task["number"], task["state"], task["phase"]["name"], task["version"]) == (1, "open", "A fazer", 1)
    await eventually(lambda: outside.said() == ["task.created.v1"])
    event = outside.heard[0]
    assert (event.subject, event.companyid, event.source) == (task["id"], COMPANY, "workflow")
    assert (event.data.task.ticket_ids, event.data.task.executor) == (("ticket-7",), BIA.party())
    detail = await workflow.task(1)
    assert (detail["description"], detail["title"]) == ("Cores novas", "Produzir o banner")
    assert [(entry["n"], entry["type"]) for entry in detail["timeline"]] == [(1, "task.created.v1")]
    assert detail["timeline"][0]["actor"]["name"] == "Caio"


async def test_the_same_request_heard_again_and_again_is_one_task(workflow: Workflow, outside: World) -> None:
    """H5: nothing happens twice. The last request, which comes after all repeats, shows that they were handled.

    Repeats may spend numbers: which of five that come together is the one is anybody's guess."""
    event = asks_for_task()
    for _ in range(5):
        await outside.bus.publish(event)
    last = await outside.ask_for_task(workflow, ticket=8)
    await eventually(lambda: len(outside.heard) >= 2)
    await eventually(lambda: _all_handled(workflow, outside))
    tasks = await workflow.tasks()
    assert len(tasks) == 2
    assert tasks[1]["number"] == last["number"]
    assert outside.said() == ["task.created.v1"] * 2
    assert await outside.dead_letters("workflow.create_task") == []


async def test_requests_that_come_together_get_different_numbers_without_gaps(
    workflow: Workflow, outside: World
) -> None:
    asked = [asks_for_task(ticket) for ticket in range(20)] + [asks_for_task(1, OTHER_COMPANY) for _ in range(3)]
    await asyncio.gather(*(outside.bus.publish(event) for event in asked))
    await eventually(lambda: len(outside.heard) == 23)
    assert sorted(task["number"] for task in await workflow.tasks()) == list(range(1, 21))
    assert sorted(task["number"] for task in await workflow.tasks(OUTSIDER)) == [1, 2, 3]


async def test_the_database_itself_refuses_a_number_twice_in_a_company(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow)
    tasks = workflow.service.mongo.db["tasks"]
    await tasks.insert_one({"_id": "elsewhere", "company_id": OTHER_COMPANY, "number": 1})
    with pytest.raises(DuplicateKeyError):
        await tasks.insert_one({"_id": "again", "company_id": COMPANY, "number": 1})


async def test_a_task_id_that_another_ticket_uses_goes_to_the_dead_letters_with_its_reason(
    workflow: Workflow, outside: World
) -> None:
    first = await outside.ask_for_task(workflow, ticket=7)
    await outside.bus.publish(asks_for_task(ticket=8, task_id=first["id"], title="Outra coisa"))
    letters: list[aio_pika.abc.AbstractIncomingMessage] = []

    async def arrived() -> bool:
        letters.extend(await outside.dead_letters("workflow.create_task"))
        return bool(letters)

    await eventually(arrived)
    assert letters[0].headers["x-error"] == "TaskIdTaken"
    assert [task["title"] for task in await workflow.tasks()] == ["Produzir o banner"]


async def test_an_unknown_task_type_gets_the_default_rather_than_no_task(workflow: Workflow, outside: World) -> None:
    task = await outside.ask_for_task(workflow, task_type="Holograma")
    types = (await workflow.get("/task-types")).json()["items"]
    assert [(one["id"], one["name"], one["default"]) for one in types] == [(task["type_id"], "Produção", True)]


async def test_a_company_gets_its_default_type_once_however_many_ask(workflow: Workflow) -> None:
    answers = await asyncio.gather(*(workflow.get("/task-types") for _ in range(10)))
    assert len({answer.text for answer in answers}) == 1
    assert [phase["kind"] for phase in answers[0].json()["items"][0]["phases"]] == [
        "todo",
        "doing",
        "internal_review",
        "external_approval",
        "done",
    ]
    assert await workflow.service.mongo.db["task_types"].count_documents({}) == 1


async def test_an_executor_without_a_directory_entry_is_kept_as_given(workflow: Workflow, outside: World) -> None:
    task = await outside.ask_for_task(workflow, executor=Party(name="Freela", address="freela@fora.test"))
    assert task["executor"]["address"] == "freela@fora.test"


async def _all_handled(workflow: Workflow, outside: World) -> bool:
    """Nothing waits in the queue or the outbox, and each task was told."""
    told = Counter(event.subject for event in outside.heard)
    return await workflow.unsaid() == 0 and set(told) == {task["id"] for task in await workflow.tasks()}
