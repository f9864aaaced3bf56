"""Production moves the ticket: task facts as they come on the bus, twice, late, at once, and after a crash."""

import asyncio
import random
from typing import Any

import pytest

from balcao.shared.events import AnyEnvelope, TaskCancelled, TaskCompleted, TaskCreated, TaskPhaseEntered, TaskReopened
from tests.integration.tickets.running import (
    AS_ANA,
    Desk,
    World,
    a_bus,
    answer_to,
    eventually,
    running,
    said_by_workflow,
    settings_for,
    task_of,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def asked(desk: Desk, ticket: dict[str, Any], count: int = 1) -> list[str]:
    """Ids of tasks the ticket asked for."""
    path = f"/tickets/{ticket['number']}/tasks"
    return [(await desk.post(path, {"title": f"Arte {n}"})).json()["task_id"] for n in range(count)]


def life_of(ticket: dict[str, Any], task_id: str) -> list[AnyEnvelope]:
    """Created, in approval, not approved, completed, reopened, completed."""
    done = {"state": "completed", "phase_kind": "done"}
    facts = [
        TaskCreated(task=task_of(ticket, task_id, 1)),
        TaskPhaseEntered(task=task_of(ticket, task_id, 2, phase_kind="external_approval")),
        TaskPhaseEntered(task=task_of(ticket, task_id, 3, phase_kind="doing", rounds=2)),
        TaskCompleted(task=task_of(ticket, task_id, 4, rounds=2, **done)),
        TaskReopened(task=task_of(ticket, task_id, 5, rounds=3)),
        TaskCompleted(task=task_of(ticket, task_id, 6, rounds=3, **done)),
    ]
    return [said_by_workflow(fact) for fact in facts]


async def followed(desk: Desk, count: int) -> None:
    await eventually(lambda: desk.bus.handled["tickets.follow_task"] == count, within_s=40)


async def test_the_main_job_runs_through_real_parts(desk: Desk, outside: World) -> None:
    """H2, H3, H4, W2"""
    await desk.opened()
    await desk.post("/tickets/1/action-plan", {"text": "Fazer um banner"})
    ticket = await desk.ticket()
    assert ticket["stage"] == "analysis"
    (task_id,) = await asked(desk, ticket)
    await eventually(lambda: len(outside.said("ticket.task_requested.v1")) == 1)
    (request,) = outside.said("ticket.task_requested.v1")
    assert (request.data.task_id, request.data.description) == (task_id, "Fazer um banner")
    for number, fact in enumerate(life_of(ticket, task_id)[:2], start=1):
        await outside.say(fact)
        await followed(desk, number)
    ticket = await desk.ticket()
    assert (ticket["stage"], ticket["highlight"], ticket["assignee"]["person_id"]) == ("delivery", "delivery", "bia")
    await desk.post("/tickets/1/comments", {"text": "Segue", "visible": True, "then": {"status": "resolved"}})
    await desk.desk.take_message(answer_to(ticket))
    ticket = await desk.ticket()
    assert (ticket["status"], ticket["stage"]) == ("open", "delivery")
    await eventually(lambda: len(outside.said("ticket.requester_replied.v1")) == 1)
    assert len(outside.finishes()) == 1


async def test_every_transition_happens_once_though_each_fact_comes_twice(desk: Desk, outside: World) -> None:
    """H5. Fails without the comparison of versions and the derived ids of entries: each of the two holds by itself."""
    ticket = await desk.opened()
    (task_id,) = await asked(desk, ticket)
    for number, fact in enumerate(life_of(ticket, task_id), start=1):
        await outside.say(fact, fact)
        await followed(desk, 2 * number)
    await eventually(lambda: len(outside.finishes()) == 3)
    moves = [e["data"]["stage"] for e in (await desk.ticket())["timeline"] if e["type"] == "ticket.stage_entered.v1"]
    assert moves == ["analysis", "production", "delivery", "production", "delivery", "production", "delivery"]


@pytest.mark.parametrize("seed", range(5))
async def test_late_doubled_and_at_once_it_ends_in_delivery_and_tells_no_finish_twice(
    desk: Desk, outside: World, seed: int
) -> None:
    """H5"""
    ticket = await desk.opened()
    ids = await asked(desk, ticket, 3)
    given_up = [
        said_by_workflow(TaskCreated(task=task_of(ticket, ids[2], 1))),
        said_by_workflow(TaskCancelled(task=task_of(ticket, ids[2], 2, state="cancelled"))),
    ]
    facts = [*life_of(ticket, ids[0]), *life_of(ticket, ids[1]), *given_up]
    arriving = facts + random.Random(seed).choices(facts, k=8)
    random.Random(seed).shuffle(arriving)
    await outside.say(*arriving)
    await followed(desk, len(arriving))
    ticket = await desk.ticket()
    assert ticket["stage"] == "delivery"
    assert sorted((task["version"], task["state"]) for task in ticket["tasks"]) == [
        (2, "cancelled"),
        (6, "completed"),
        (6, "completed"),
    ]
    assert [entry["n"] for entry in ticket["timeline"]] == list(range(1, len(ticket["timeline"]) + 1))
    entered = [e["data"] for e in ticket["timeline"] if e["type"] == "ticket.stage_entered.v1"]
    finishes = [move for move in entered if move["reason"] == "production_finished"]
    assert finishes[-1] == entered[-1]
    await eventually(lambda: len(outside.finishes()) == len(finishes))
    assert len({event.id for event in outside.finishes()}) == len(finishes)


async def test_a_task_for_two_tickets_moves_both(desk: Desk, outside: World) -> None:
    """H3"""
    first, second = await desk.opened(), await desk.opened(message_id="other", internet_message_id="<o@x.test>")
    both = {"ticket_ids": (first["id"], second["id"])}
    await outside.say(said_by_workflow(TaskCreated(task=task_of(first, "task-1", 1, **both))))
    await followed(desk, 1)
    assert [(await desk.ticket(n))["stage"] for n in (1, 2)] == ["production", "production"]


async def test_a_finish_is_told_after_a_crash_between_commit_and_publish(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    """H5: the notice is in the outbox, and the next process says it once."""
    settings = settings_for(mongo_url, amqp_url, database_prefix)
    async with running(settings, a_bus(amqp_url, bus_prefix)) as first:
        await first.set_up_company()
        ticket = await first.opened()
        facts = life_of(ticket, (await asked(first, ticket))[0])
        await outside.say(facts[0])
        await followed(first, 1)
        first.bus.mute = True
        await outside.say(facts[1])
        await followed(first, 2)
        assert (await first.ticket())["stage"] == "delivery"
    assert outside.finishes() == []
    async with running(settings, a_bus(amqp_url, bus_prefix)) as second:
        await outside.say(facts[1])
        await followed(second, 1)
        await eventually(lambda: len(outside.finishes()) == 1)
        await eventually(lambda: _nothing_unsaid(second))
        assert len(outside.finishes()) == 1


async def test_the_team_busy_on_the_ticket_loses_no_task_fact_and_no_comment(desk: Desk, outside: World) -> None:
    """H5: version conflicts between commands and facts are decided again."""
    ticket = await desk.opened()
    ids = await asked(desk, ticket, 4)
    done = {"state": "completed", "phase_kind": "done"}
    facts = [said_by_workflow(TaskCompleted(task=task_of(ticket, id_, 2, **done))) for id_ in ids]
    comments = [desk.post("/tickets/1/comments", {"text": f"nota {n}"}, AS_ANA) for n in range(4)]
    answers, _ = await asyncio.gather(asyncio.gather(*comments), outside.say(*facts))
    await followed(desk, 4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert (await desk.ticket())["stage"] == "delivery"
    assert await desk.count("timeline", type="ticket.task_followed.v1") == 4
    await eventually(lambda: len(outside.finishes()) == 1)


async def _nothing_unsaid(desk: Desk) -> bool:
    return await desk.count("outbox") == 0
