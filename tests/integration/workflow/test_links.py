"""Tickets linked to tasks and taken off them, as `tickets` says it on the bus: twice, late, and while a ticket ends."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from balcao.shared.events import (
    TaskSnapshot,
    TicketCancelled,
    TicketReopened,
    TicketTaskLinkAsked,
    TicketTaskUnlinked,
)
from balcao.shared.ids import new_id
from balcao.workflow.store.tasks import Tasks
from tests.integration.workflow.running import (
    COMPANY,
    Workflow,
    World,
    asks_for_task,
    eventually,
    said_by_tickets,
    ticket_ref,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


def asks(task_id: str, number: int, version: int) -> object:
    """A ticket asks to be served by a task."""
    asked = TicketTaskLinkAsked(ticket=ticket_ref(number, version=version), task_id=task_id, task_number=1)
    return said_by_tickets(asked, COMPANY)


def leaves(task_id: str, number: int, version: int) -> object:
    """A ticket was taken off a task."""
    task = TaskSnapshot(id=task_id, number=1, version=1, title="Banner")
    return said_by_tickets(TicketTaskUnlinked(ticket=ticket_ref(number, version=version), task=task), COMPANY)


async def test_a_task_serves_tickets_that_ask_and_answers_each_once(workflow: Workflow, outside: World) -> None:
    """H6: fails with the version of the ticket not kept, and with the derived ids of entries gone."""
    task_id = (await outside.ask_for_task(workflow, ticket=7))["id"]
    event = asks(task_id, 8, 4)
    for _ in range(3):
        await outside.bus.publish(event)  # type: ignore[arg-type]
    await eventually(lambda: "task.ticket_linked.v1" in outside.said())
    await outside.bus.publish(leaves(task_id, 8, 6))  # type: ignore[arg-type]
    await eventually(lambda: serves(workflow, {7}))
    await outside.bus.publish(asks(task_id, 8, 5))  # type: ignore[arg-type]
    await outside.bus.publish(asks(task_id, 9, 2))  # type: ignore[arg-type]
    await eventually(lambda: serves(workflow, {7, 9}))
    assert outside.said().count("task.ticket_linked.v1") == 2
    timeline = [one["type"] for one in (await workflow.task(1))["timeline"]]
    assert timeline == [
        "task.created.v1",
        "task.ticket_linked.v1",
        "task.ticket_unlinked.v1",
        "task.ticket_linked.v1",
    ]
    assert await outside.dead_letters("workflow.link_tickets") == []


async def test_many_tickets_that_ask_for_one_task_together_are_all_linked_once(
    workflow: Workflow, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H6: a fix that many clients asked for. Doubled, mixed with another task and with one that isn't there yet."""
    saves: list[int] = []
    change_at_once = Tasks.change_at_once

    async def counted(self: Tasks, company_id: str, id_: str, steps: Sequence[Any]) -> None:
        saves.append(len(steps))
        await change_at_once(self, company_id, id_, steps)

    monkeypatch.setattr(Tasks, "change_at_once", counted)
    task_id = (await outside.ask_for_task(workflow, ticket=1))["id"]
    other_id = (await outside.ask_for_task(workflow, ticket=2))["id"]
    later_id = new_id()
    asked = [asks(task_id, number, 4) for number in range(10, 50)]
    asked += [*asked[:10], asks(later_id, 60, 4), *(asks(other_id, number, 4) for number in range(70, 75))]
    await asyncio.gather(*(outside.bus.publish(event) for event in asked))  # type: ignore[arg-type]
    await outside.bus.publish(asks_for_task(ticket=3, task_id=later_id))

    await eventually(lambda: serves(workflow, {1, *range(10, 50)}))
    await eventually(lambda: serves(workflow, {2, *range(70, 75)}, number=2))
    await eventually(lambda: serves(workflow, {3, 60}, number=3))
    await eventually(lambda: all_said(outside, 46))
    timeline = (await workflow.task(1))["timeline"]
    assert [one["n"] for one in timeline] == list(range(1, 42))
    assert max(saves) > 1
    assert await outside.dead_letters("workflow.link_tickets") == []


async def all_said(outside: World, wanted: int) -> bool:
    """Whether so many links were answered."""
    return outside.said().count("task.ticket_linked.v1") == wanted


async def test_a_cancelled_task_refuses_and_says_so(workflow: Workflow, outside: World) -> None:
    """H6"""
    task_id = (await outside.ask_for_task(workflow, ticket=7))["id"]
    await workflow.post("/tasks/1/cancel", {"reason": "não precisa"})
    await outside.bus.publish(asks(task_id, 8, 4))  # type: ignore[arg-type]
    await eventually(lambda: "task.link_refused.v1" in outside.said())
    assert await serves(workflow, {7})


async def test_a_ticket_that_ends_before_its_link_is_heard_is_marked_once_it_is(
    workflow: Workflow, outside: World
) -> None:
    """H5: the cancellation comes again until the task knows the ticket, and its way back in service after that."""
    task_id = (await outside.ask_for_task(workflow, ticket=7))["id"]
    cancelled = TicketCancelled(ticket=ticket_ref(8, version=5, status="cancelled"), open_tasks=(task_id,))
    await outside.bus.publish(said_by_tickets(cancelled, COMPANY))
    await outside.bus.publish(asks(task_id, 8, 4))  # type: ignore[arg-type]
    await eventually(lambda: is_marked(workflow, marked=True))
    reopened = TicketReopened(ticket=ticket_ref(8, version=6), before="cancelled", reason="team", tasks=(task_id,))
    for _ in range(2):
        await outside.bus.publish(said_by_tickets(reopened, COMPANY))
    await eventually(lambda: is_marked(workflow, marked=False))
    await outside.ask_for_task(workflow, ticket=9)
    entries = [one["type"] for one in (await workflow.task(1))["timeline"]]
    assert entries.count("task.ticket_reopened.v1") == 1
    assert await outside.dead_letters("workflow.follow_ticket") == []


async def test_finished_work_is_unmarked_too_when_its_ticket_comes_back(workflow: Workflow, outside: World) -> None:
    """H5: found by the model test: the ticket names no task then, since none has work left."""
    task_id = (await outside.ask_for_task(workflow, ticket=7))["id"]
    await outside.bus.publish(asks(task_id, 8, 4))  # type: ignore[arg-type]
    await eventually(lambda: serves(workflow, {7, 8}))
    await workflow.post("/tasks/1/complete", {"handover": "pronto"})
    cancelled = TicketCancelled(ticket=ticket_ref(8, version=5, status="cancelled"), open_tasks=())
    await outside.bus.publish(said_by_tickets(cancelled, COMPANY))
    await eventually(lambda: shows(workflow, "task.ticket_followed.v1"))
    reopened = TicketReopened(ticket=ticket_ref(8, version=6), before="cancelled", reason="team")
    await outside.bus.publish(said_by_tickets(reopened, COMPANY))
    await eventually(lambda: shows(workflow, "task.ticket_reopened.v1"))
    await workflow.post("/tasks/1/reopen")
    assert await is_marked(workflow, marked=False)


async def shows(workflow: Workflow, type_: str) -> bool:
    """Whether the first task's history has such an entry."""
    return type_ in [one["type"] for one in (await workflow.task(1))["timeline"]]


async def serves(workflow: Workflow, numbers: set[int], number: int = 1) -> bool:
    """Whether a task, the first unless said otherwise, serves these tickets."""
    return {one["number"] for one in (await workflow.task(number))["tickets"]} == numbers


async def is_marked(workflow: Workflow, *, marked: bool) -> bool:
    """Whether the first task says that one of its tickets was given up."""
    task = await workflow.task(1)
    return len(task["tickets"]) == 2 and bool(task["ticket_cancelled"]) is marked
