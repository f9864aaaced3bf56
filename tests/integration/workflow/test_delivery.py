"""What was decided is told though the bus or the process fails; what comes twice, early or broken does no harm."""

import asyncio
from datetime import datetime
from functools import partial

import aio_pika
import pytest
from prometheus_client import REGISTRY

from balcao.shared.events import Fact
from tests.integration.workflow.running import (
    PATIENT_RETRIES,
    Workflow,
    World,
    a_bus,
    asks_for_task,
    cancels,
    eventually,
    running,
    settings_for,
    world,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_what_could_not_be_published_is_published_by_the_sweeper(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow)
    await eventually(lambda: outside.said() == ["task.created.v1"])
    await eventually(lambda: _nothing_unsaid(workflow))
    workflow.bus.mute = True
    assert (await workflow.post("/tasks/1/complete", {"handover": "Pronto"})).status_code == 200
    assert await workflow.unsaid() == 1
    assert outside.said() == ["task.created.v1"]
    await eventually(lambda: len(outside.heard) == 2)
    await eventually(lambda: _nothing_unsaid(workflow))
    assert (outside.heard[1].type, outside.heard[1].data.handover) == ("task.completed.v1", "Pronto")


async def test_a_process_that_dies_between_commit_and_publish_leaves_it_to_the_next(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    settings = settings_for(mongo_url, amqp_url, database_prefix)
    async with running(settings, a_bus(amqp_url, bus_prefix)) as first:
        await outside.ask_for_task(first)
        await eventually(lambda: outside.said() == ["task.created.v1"])
        await eventually(lambda: _nothing_unsaid(first))
        first.bus.mute = True
        await first.post("/tasks/1/complete")
        assert await first.unsaid() == 1
    assert outside.said() == ["task.created.v1"]
    async with running(settings, a_bus(amqp_url, bus_prefix)) as second:
        await eventually(lambda: outside.said() == ["task.created.v1", "task.completed.v1"])
        await eventually(lambda: _nothing_unsaid(second))
        assert (await second.task(1))["version"] == 2


async def test_what_came_while_the_service_was_away_is_done_when_it_starts(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    await asyncio.gather(*(outside.bus.publish(asks_for_task(ticket)) for ticket in range(30)))
    async with running(settings_for(mongo_url, amqp_url, database_prefix), a_bus(amqp_url, bus_prefix)) as workflow:
        await eventually(lambda: len(outside.heard) == 30)
        assert sorted(task["number"] for task in await workflow.tasks()) == list(range(1, 31))


async def test_two_replicas_share_the_work_and_the_numbers(
    workflow: Workflow, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    async with running(settings_for(mongo_url, amqp_url, database_prefix), a_bus(amqp_url, bus_prefix)) as other:
        await asyncio.gather(*(outside.bus.publish(asks_for_task(ticket)) for ticket in range(30)))
        await eventually(lambda: len(outside.heard) == 30)
        assert sorted(task["number"] for task in await workflow.tasks()) == list(range(1, 31))
        replicas = (workflow, other)
        answers = await asyncio.gather(
            *(replicas[n % 2].post("/tasks/1/assign", {"person_id": f"person-{n}", "name": "Alguém"}) for n in range(4))
        )
        assert [answer.status_code for answer in answers] == [200] * 4
        assert (await workflow.task(1))["version"] == 5


async def test_a_cancelled_ticket_marks_its_tasks_once_and_their_work_goes_on(
    workflow: Workflow, outside: World
) -> None:
    mine = [await outside.ask_for_task(workflow, ticket=7) for _ in range(2)]
    await outside.ask_for_task(workflow, ticket=8)
    event = cancels(7, tuple(task["id"] for task in mine))
    for _ in range(3):
        await outside.bus.publish(event)
    await outside.bus.publish(cancels(8))
    await eventually(lambda: _marked(workflow, 3))
    for number in (1, 2, 3):
        task = await workflow.task(number)
        assert (task["state"], task["version"], task["ticket_cancelled"]) == ("open", 2, True)
        assert [entry["type"] for entry in task["timeline"]] == ["task.created.v1", "task.ticket_followed.v1"]
    answer = await workflow.post("/tasks/1/complete")
    assert (answer.status_code, answer.json()["ticket_cancelled"]) == (200, False)
    assert answer.json()["tickets"][0]["cancelled_at"] is not None


async def test_a_cancellation_that_overtakes_the_request_for_a_task_waits_for_it(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    settings, bus = settings_for(mongo_url, amqp_url, database_prefix), partial(a_bus, retry_after_s=PATIENT_RETRIES)
    async with (
        world(amqp_url, bus_prefix, retry_after_s=PATIENT_RETRIES) as outside,
        running(settings, bus(amqp_url, bus_prefix)) as workflow,
    ):
        early = asks_for_task(7)
        await outside.bus.publish(cancels(7, (early.data.task_id,)))
        await eventually(lambda: _failures(bus_prefix + "workflow.follow_ticket") > 0)
        await outside.bus.publish(early)
        await eventually(lambda: _marked(workflow, 1))
        assert await outside.dead_letters("workflow.follow_ticket") == []


async def test_a_cancelled_ticket_of_another_company_marks_nothing_here(workflow: Workflow, outside: World) -> None:
    await outside.ask_for_task(workflow, ticket=7)
    await outside.bus.publish(cancels(7, company_id="outra"))
    await outside.bus.publish(cancels(7))
    await eventually(lambda: _marked(workflow, 1))
    assert (await workflow.task(1))["version"] == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"{", "JSON"), (b'{"specversion": "1.0"}', "subject: Field required"), (b"\xff\x00", "JSON")],
    ids=["cut off", "empty", "not text"],
)
async def test_an_event_that_nobody_will_understand_goes_to_the_dead_letters_and_holds_nothing_up(
    workflow: Workflow, outside: World, body: bytes, reason: str
) -> None:
    await outside.bus.publish_raw(
        body, type_="ticket.task_requested.v1", message_id="broken", correlation_id=None, traceparent=None
    )
    letters: list[aio_pika.abc.AbstractIncomingMessage] = []

    async def arrived() -> bool:
        letters.extend(await outside.dead_letters("workflow.create_task"))
        return bool(letters)

    await eventually(arrived)
    assert letters[0].body == body
    assert letters[0].headers["x-error"] == "Malformed"
    assert reason in str(letters[0].headers["x-reason"])
    assert (await outside.ask_for_task(workflow))["number"] == 1


async def test_a_due_date_without_a_zone_is_kept_for_an_operator_not_guessed(
    workflow: Workflow, outside: World
) -> None:
    await outside.bus.publish(asks_for_task(due=datetime(2026, 12, 12)))  # noqa: DTZ001
    letters: list[aio_pika.abc.AbstractIncomingMessage] = []

    async def arrived() -> bool:
        letters.extend(await outside.dead_letters("workflow.create_task"))
        return bool(letters)

    await eventually(arrived)
    assert "zone" in str(letters[0].headers["x-reason"])
    assert await workflow.tasks() == []


def test_every_fact_of_production_has_a_queue_that_hears_it_but_for_what_only_the_history_tells() -> None:
    """A fact nobody hears is lost without a word."""
    from balcao.shared.events import FACTS
    from balcao.shared.topology import QUEUES, UNHEARD

    said: set[type[Fact]] = {fact for type_, fact in FACTS.items() if type_.startswith("task.")}
    heard = {fact for queue in QUEUES for fact in queue.hears}
    only_history = {fact.type for fact in UNHEARD if fact.type.startswith("task.")}
    assert {fact.type for fact in said - heard} == only_history
    assert said - heard <= UNHEARD


def _failures(queue: str) -> float:
    """How often the queue's handler has failed, as the metrics say."""
    return REGISTRY.get_sample_value("balcao_handler_seconds_count", {"queue": queue, "outcome": "failed"}) or 0


async def _nothing_unsaid(workflow: Workflow) -> bool:
    return await workflow.unsaid() == 0


async def _marked(workflow: Workflow, count: int) -> bool:
    return len([task for task in await workflow.tasks() if task["ticket_cancelled"]]) == count
