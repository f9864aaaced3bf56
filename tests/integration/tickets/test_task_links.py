"""Linking a ticket to a task that exists and taking it off again: asked, answered, refused, late and for a thousand."""

from typing import Any

import pytest

from balcao.shared.events import (
    TaskCompleted,
    TaskLinkRefused,
    TaskPhaseEntered,
    TaskReopened,
    TaskTicketLinked,
    TaskTicketMoved,
)
from tests.integration.tickets.running import (
    AS_ANA,
    AS_CAIO,
    AS_DAVI,
    EVE,
    Desk,
    World,
    eventually,
    said_by_workflow,
    signed,
    task_of,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def link(desk: Desk, number: int = 1, task_id: str = "task-9", once: str | None = None) -> Any:
    """Ask for a link."""
    return await desk.call(
        "PUT",
        f"/v1/tickets/{number}/tasks/{task_id}",
        json={"number": 88, "title": "Arte"},
        headers=signed(AS_ANA) | ({"Idempotency-Key": once} if once else {}),
    )


async def unlink(desk: Desk, number: int = 1, task_id: str = "task-9") -> Any:
    """Take the ticket off."""
    return await desk.call("DELETE", f"/v1/tickets/{number}/tasks/{task_id}", headers=signed(AS_ANA))


def linked(ticket: dict[str, Any], version: int, **values: Any) -> Any:
    """Production's answer."""
    task = task_of(ticket, "task-9", version, **{"number": 88} | values)
    return said_by_workflow(
        TaskTicketLinked(task=task, ticket_id=ticket["id"], ticket_number=ticket["number"], asked_in=2)
    )


async def test_a_linked_ticket_follows_the_task_from_then_on(desk: Desk, outside: World) -> None:
    """H4, H5, H6: and the answer may come twice, and after what happened later."""
    ticket = await desk.opened()
    asked = await link(desk, once="abc")
    again = await link(desk, once="abc")
    assert (asked.status_code, again.json()["version"]) == (202, asked.json()["version"])
    assert [(one["number"], one["state"]) for one in asked.json()["tasks"]] == [(88, "requested")]
    assert asked.json()["stage"] == "analysis"
    for _ in range(2):
        await desk.following.follow_link(linked(ticket, 5, rounds=2))
    shown = await desk.ticket()
    assert (shown["stage"], shown["tasks"][0]["version"]) == ("production", 5)
    done = {"state": "completed", "phase_kind": "done", "rounds": 2, "number": 88}
    await desk.following.follow(said_by_workflow(TaskCompleted(task=task_of(ticket, "task-9", 6, **done))))
    await desk.following.follow_link(linked(ticket, 5, rounds=2))
    assert (await desk.ticket())["stage"] == "delivery"
    await eventually(lambda: len(outside.said("ticket.task_link_asked.v1")) == 1)
    assert len(outside.said("ticket.task_linked.v1")) == 1


async def test_finished_work_brings_a_ticket_that_is_linked_to_it_to_delivery(desk: Desk, outside: World) -> None:
    """H4: the fix is there already; the analyst is told."""
    ticket = await desk.opened()
    await link(desk)
    await desk.following.follow_link(linked(ticket, 5, state="completed", phase_kind="done"))
    assert (await desk.ticket())["stage"] == "delivery"
    await eventually(lambda: len(outside.finishes()) == 1)


async def test_a_refused_link_holds_nothing_up(desk: Desk, outside: World) -> None:
    """H5: what had finished meanwhile is delivered once the ticket does not wait for that task any more."""
    ticket = await desk.opened()
    own = {"state": "completed", "phase_kind": "done"}
    await link(desk)
    await desk.following.follow(said_by_workflow(TaskCompleted(task=task_of(ticket, "own", 2, **own))))
    assert (await desk.ticket())["stage"] == "production"
    refused = TaskLinkRefused(
        task=task_of(ticket, "task-9", 7, state="cancelled", number=88),
        ticket_id=ticket["id"],
        ticket_number=1,
        reason="task_cancelled",
        asked_in=2,
    )
    for _ in range(2):
        await desk.following.follow_link(said_by_workflow(refused))
    shown = await desk.ticket()
    assert (shown["stage"], [one["id"] for one in shown["tasks"]]) == ("delivery", ["own"])
    await eventually(lambda: len(outside.finishes()) == 1)


async def test_a_ticket_that_was_taken_off_a_task_does_not_hear_of_it(desk: Desk) -> None:
    """H5, H6: fails when it is not remembered, with a fact that still names the ticket."""
    ticket = await desk.opened()
    await link(desk)
    await desk.following.follow_link(linked(ticket, 5))
    gone = await unlink(desk)
    assert (gone.status_code, gone.json()["tasks"], gone.json()["stage"]) == (200, [], "production")
    assert (await unlink(desk)).status_code == 200
    before = (await desk.ticket())["version"]
    await desk.following.follow(
        said_by_workflow(TaskPhaseEntered(task=task_of(ticket, "task-9", 6, phase_kind="external_approval")))
    )
    assert (await desk.ticket())["version"] == before
    await link(desk)
    await desk.following.follow_link(linked(ticket, 9, rounds=2))
    assert [one["version"] for one in (await desk.ticket())["tasks"]] == [9]


async def test_only_the_desk_links_and_what_cannot_be_is_refused(desk: Desk) -> None:
    """W7: a guest, a producer and another company's people; a task that the ticket has not; a ticket that has ended."""
    await desk.opened()
    body = {"number": 88, "title": "Arte"}
    guest = AS_DAVI.model_copy(update={"roles": ()})
    producer = AS_CAIO.model_copy(update={"roles": ("producer",)})
    for who, status in ((guest, 404), (producer, 403), (EVE, 404)):
        answers = (
            await desk.call("PUT", "/v1/tickets/1/tasks/task-9", json=body, headers=signed(who)),
            await desk.call("DELETE", "/v1/tickets/1/tasks/task-9", headers=signed(who)),
        )
        assert [answer.status_code for answer in answers] == [status, status], who.name
    missing = await unlink(desk)
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:balcao:problem:unknown-task")
    await desk.post("/tickets/1/comments", {"text": "Pronto", "visible": True, "then": {"status": "resolved"}})
    refused = await link(desk)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:ticket-is-resolved")


async def test_work_taken_up_again_moves_the_ticket_that_took_the_other_one_in(desk: Desk, outside: World) -> None:
    """H5, W13, W15: in the merged one nobody would see it; once the merge is undone it is that one's again."""
    first = await desk.opened()
    second = await desk.opened(message_id="other", internet_message_id="<o@x.test>")
    done = {"state": "completed", "phase_kind": "done"}
    completed = said_by_workflow(TaskCompleted(task=task_of(second, "task-9", 2, **done)))
    await desk.following.follow(completed)
    await desk.post("/tickets/1/merge", {"numbers": [2]})
    await desk.following.follow(completed)
    assert (await desk.ticket(1))["tasks"] == []
    again = said_by_workflow(TaskCompleted(task=task_of(second, "task-9", 4, rounds=2, **done)))
    for event in (again, said_by_workflow(TaskReopened(task=task_of(second, "task-9", 3, rounds=2))), again):
        await desk.following.follow(event)
    shown = await desk.ticket(1)
    assert (shown["stage"], [one["version"] for one in shown["tasks"]]) == ("delivery", [4])
    merge = next(one["n"] for one in shown["timeline"] if one["type"] == "ticket.absorbed.v1")
    undone = await desk.post("/tickets/1/undo", {"entry": merge})
    assert (undone.status_code, undone.json()["tasks"]) == (200, [])
    assert [one["id"] for one in (await desk.ticket(2))["tasks"]] == ["task-9"]
    assert first["id"] != second["id"]


async def test_what_was_told_to_the_old_ticket_alone_reaches_the_one_a_task_moved_to(desk: Desk) -> None:
    """W14, H5: when the split is through, production says how the task stands."""
    ticket = await desk.opened()
    await desk.following.follow(said_by_workflow(TaskPhaseEntered(task=task_of(ticket, "task-9", 1))))
    await desk.post("/tickets/1/split", {"title": "Só a arte", "entries": [1], "tasks": ["task-9"]})
    new = await desk.ticket(2)
    task = task_of(new, "task-9", 3, state="completed", phase_kind="done")
    moved = TaskTicketMoved(task=task, before=ticket["id"], ticket_id=new["id"], ticket_number=2)
    for _ in range(2):
        await desk.following.follow_link(said_by_workflow(moved))
    assert (await desk.ticket(2))["stage"] == "delivery"


async def test_one_fact_advances_many_tickets_each_once_and_none_repeats_the_others_ids(
    desk: Desk, outside: World
) -> None:
    """H4, H5: a fix that ten clients asked for, here forty; told twice."""
    tickets = [await desk.opened(message_id=f"m-{n}", internet_message_id=f"<{n}@x.test>") for n in range(40)]
    ids = tuple(one["id"] for one in tickets)
    done = {"state": "completed", "phase_kind": "done", "ticket_ids": ids}
    event = said_by_workflow(TaskCompleted(task=task_of(tickets[0], "task-9", 5, **done)))
    for _ in range(2):
        await desk.following.follow(event)
    assert {one["stage"] for one in await desk.tickets()} == {"delivery"}
    await eventually(lambda: len(outside.finishes()) == len(ids))
    (kept,) = (await desk.ticket(40))["tasks"]
    assert kept["ticket_ids"] == [(await desk.ticket(40))["id"]]
