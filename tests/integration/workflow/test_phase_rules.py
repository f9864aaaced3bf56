"""Rules on top over HTTP and the bus: arranged by administrators, fired once, answered by requesters."""

from typing import Any

import pytest

from balcao.shared.events import AnyEnvelope, TicketApprovalAnswered, TicketTaskLinkAsked, TicketTaskUnlinked
from balcao.shared.tokens import sign_acting
from tests.integration.workflow.running import (
    BIA,
    CAIO,
    COMPANY,
    GUEST,
    OUTSIDER,
    SECRET,
    Workflow,
    World,
    eventually,
    said_by_tickets,
    ticket_ref,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = CAIO.model_copy(update={"roles": ("admin", "agent")})


async def rule(workflow: Workflow, **values: Any) -> Any:
    """Add a rule that asks for approval."""
    (usual,) = (await workflow.get("/task-types")).json()["items"]
    body = {
        "name": "Homologar",
        "task_type_id": usual["id"],
        "phase_id": "external_approval",
        "approval": {"approved_phase": "done", "changes_phase": "doing", "words": "Podemos publicar?"},
    }
    return await workflow.post("/rules", body | values, ADMIN)


def fired(outside: World) -> list[AnyEnvelope]:
    """Rules that fired so far, each as often as it was said."""
    return [event for event in outside.heard if event.type == "task.rule_fired.v1"]


def answered(task_id: str, asked_in: int, verdict: Any, text: str = "") -> AnyEnvelope:
    """The requester's answer."""
    ref = ticket_ref(7, version=9)
    fact = TicketApprovalAnswered(
        ticket=ref,
        approval_id="a",
        task_id=task_id,
        asked_in=asked_in,
        author=ref.requester,
        verdict=verdict,
        text=text,
    )
    return said_by_tickets(fact, COMPANY)


async def test_a_rule_fires_once_and_the_requesters_answer_moves_the_task(workflow: Workflow, outside: World) -> None:
    """H4, H5: fails without the version that was asked about, and with the derived ids of entries gone."""
    assert (await rule(workflow)).status_code == 201
    task_id = (await outside.ask_for_task(workflow, ticket=7))["id"]
    for _ in range(2):
        await workflow.post("/tasks/1/phase", {"phase": "external_approval"}, once="the-same")
    await eventually(lambda: len(fired(outside)) == 1)
    asked_in = fired(outside)[0].data.task.version
    event = answered(task_id, asked_in, "changes", "Logo maior")
    for _ in range(3):
        await outside.bus.publish(event)
    await eventually(lambda: in_phase(workflow, "doing"))
    await outside.bus.publish(answered(task_id, asked_in, "approved"))
    await workflow.post("/tasks/1/phase", {"phase": "external_approval"})
    await eventually(lambda: len(fired(outside)) == 2)
    await outside.bus.publish(answered(task_id, fired(outside)[1].data.task.version, "approved"))
    await eventually(lambda: in_phase(workflow, "done"))
    types = [one["type"] for one in (await workflow.task(1))["timeline"]]
    assert types.count("task.approval_answered.v1") == 2
    assert types.count("task.rule_fired.v1") == 2
    assert types.count("task.completed.v1") == 1
    assert await outside.dead_letters("workflow.follow_approval") == []


async def test_of_two_tickets_one_approves_and_the_other_leaves(workflow: Workflow, outside: World) -> None:
    """H4: the task would wait for ever for a ticket that it serves no more."""
    assert (await rule(workflow)).status_code == 201
    task_id = (await outside.ask_for_task(workflow, ticket=7))["id"]
    asks = TicketTaskLinkAsked(ticket=ticket_ref(8, version=4), task_id=task_id, task_number=1)
    await outside.bus.publish(said_by_tickets(asks, COMPANY))
    await eventually(lambda: "task.ticket_linked.v1" in outside.said())
    await workflow.post("/tasks/1/phase", {"phase": "external_approval"})
    await eventually(lambda: len(fired(outside)) == 1)
    asked = fired(outside)[0].data.task
    await outside.bus.publish(answered(task_id, asked.version, "approved"))
    leaves = TicketTaskUnlinked(ticket=ticket_ref(8, version=5), task=asked)
    await outside.bus.publish(said_by_tickets(leaves, COMPANY))
    await eventually(lambda: in_phase(workflow, "done"))
    assert await outside.dead_letters("workflow.link_tickets") == []


async def in_phase(workflow: Workflow, phase: str) -> bool:
    """Where the first task is."""
    return bool((await workflow.task(1))["phase"]["id"] == phase)


async def test_rules_are_checked_versioned_and_taken_out_of_force(workflow: Workflow, outside: World) -> None:
    refused = await rule(workflow, phase_id="nowhere")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:balcao:problem:bad-phase-rule")
    assert (await rule(workflow, approval=None)).status_code == 422
    made = (await rule(workflow, approval=None, promise="days", promise_days=3)).json()
    path = f"/v1/rules/{made['id']}"
    headers = {**signed(ADMIN), "If-Match": '"9"'}
    assert (await workflow.call("PATCH", path, json={"promise_days": 5}, headers=headers)).status_code == 409
    headers["If-Match"] = f'"{made["version"]}"'
    changed = await workflow.call("PATCH", path, json={"promise_days": 5}, headers=headers)
    assert (changed.status_code, changed.json()["promise_days"], changed.json()["version"]) == (200, 5, 2)
    await outside.ask_for_task(workflow, ticket=7)
    await workflow.post("/tasks/1/phase", {"phase": "external_approval"})
    await eventually(lambda: len(fired(outside)) == 1)
    assert fired(outside)[0].data.promise_days == 5
    assert (await workflow.call("DELETE", path, headers=signed(ADMIN))).status_code == 204
    assert (await workflow.get("/rules", ADMIN)).json() == {"items": []}
    await workflow.post("/tasks/1/phase", {"phase": "doing"})
    await workflow.post("/tasks/1/phase", {"phase": "external_approval"})
    await outside.ask_for_task(workflow, ticket=8)
    assert len(fired(outside)) == 1


async def test_only_administrators_arrange_rules(workflow: Workflow) -> None:
    """To guests and other companies there are none."""
    made = (await rule(workflow)).json()
    path = f"/v1/rules/{made['id']}"
    for who, reads, writes in ((CAIO, 200, 403), (BIA, 403, 403), (GUEST, 404, 404)):
        assert (await workflow.get("/rules", who)).status_code == reads
        body = {"name": "x", "task_type_id": "t", "phase_id": "p"}
        assert (await workflow.post("/rules", body, who)).status_code == writes
        assert (await workflow.call("PATCH", path, json={"enabled": False}, headers=signed(who))).status_code == writes
        assert (await workflow.call("DELETE", path, headers=signed(who))).status_code == writes
    assert (await workflow.get("/rules", OUTSIDER)).json() == {"items": []}
    assert (await workflow.call("DELETE", path, headers=signed(OUTSIDER))).status_code == 404


async def test_what_is_handed_over_travels_with_the_completion(workflow: Workflow, outside: World) -> None:
    """H4"""
    await outside.ask_for_task(workflow, ticket=7)
    bad = await workflow.post("/tasks/1/complete", {"links": [{"url": "javascript:alert(1)"}]})
    assert (bad.status_code, bad.json()["type"]) == (422, "urn:balcao:problem:bad-link")
    file = {"file_id": "sha256:b", "name": "banner.png", "media_type": "image/png", "size": 10}
    body = {"handover": "Pronto", "files": [file], "links": [{"url": "https://provas.test/1", "title": "Prova"}]}
    done = await workflow.post("/tasks/1/complete", body)
    assert done.json()["delivered"]["handover"] == "Pronto"
    await eventually(lambda: "task.completed.v1" in outside.said())
    said = next(event.data for event in outside.heard if event.type == "task.completed.v1")
    assert (said.task.delivered.files[0].name, said.links[0].url) == ("banner.png", "https://provas.test/1")
    reopened = await workflow.post("/tasks/1/reopen")
    assert reopened.json()["delivered"] is None


def signed(who: Any) -> dict[str, str]:
    """The header that says who is acting."""
    return {"Authorization": f"Bearer {sign_acting(who, SECRET, 'workflow')}"}
