"""A split takes a task along, its undoing brings it home, and a late repeat of the first request does no harm."""

import pytest

from balcao.shared.events import LinkedTicket, TicketSplit, TicketStepUndone
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
NEW = LinkedTicket(id="ticket-9", number=9, title="Banner", version=1)
GIVES_BACK = NEW.model_copy(update={"version": 2})


async def test_a_task_serves_whichever_ticket_has_it(workflow: Workflow, outside: World) -> None:
    """W14, W15"""
    asked = asks_for_task(7)
    await outside.bus.publish(asked)
    await eventually(lambda: len(outside.heard) == 1)
    task_id = asked.data.task_id
    split = TicketSplit(ticket=ticket_ref(7, version=5), operation_id="op", into=NEW, tasks=(task_id,))
    event = said_by_tickets(split, COMPANY)
    for _ in range(2):
        await outside.bus.publish(event)
    await eventually(lambda: serves(workflow, 9))
    await outside.bus.publish(asked)
    undone = TicketStepUndone(
        ticket=ticket_ref(7, version=6),
        what="split",
        operation_id="op",
        entries=(2,),
        others=(GIVES_BACK,),
        tasks=(task_id,),
    )
    later = said_by_tickets(undone, COMPANY)
    await outside.bus.publish(later)
    await eventually(lambda: serves(workflow, 7))
    await outside.ask_for_task(workflow, ticket=8)
    moves = [one for one in (await workflow.task(1))["timeline"] if one["type"] == "task.ticket_moved.v1"]
    assert len(moves) == 2
    for name in ("workflow.create_task", "workflow.move_tasks"):
        assert await outside.dead_letters(name) == []


async def serves(workflow: Workflow, number: int) -> bool:
    """Whether the first task serves this ticket, and no other."""
    return [one["number"] for one in (await workflow.task(1))["tickets"]] == [number]


async def test_undoing_a_merge_moves_no_task(workflow: Workflow, outside: World) -> None:
    """W15"""
    await outside.ask_for_task(workflow, ticket=7)
    undone = TicketStepUndone(ticket=ticket_ref(7), what="merge", operation_id="op", entries=(2,), others=(NEW,))
    await outside.bus.publish(said_by_tickets(undone, COMPANY))
    await outside.ask_for_task(workflow, ticket=8)
    assert await serves(workflow, 7)
    assert (await workflow.task(1))["version"] == 1
    assert await outside.dead_letters("workflow.move_tasks") == []
