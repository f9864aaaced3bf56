"""Administrators arrange task types while tasks are in their phases."""

from typing import Any

import pytest

from tests.integration.workflow.running import ADMIN, BIA, CAIO, GUEST, OUTSIDER, Workflow, World, eventually

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def the_type(workflow: Workflow) -> dict[str, Any]:
    """The company's default type."""
    found: dict[str, Any] = (await workflow.get("/task-types")).json()["items"][0]
    return found


def wanted(phases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Phases as they are asked for again."""
    return [{"id": one["id"], "name": one["name"], "kind": one["kind"]} for one in phases]


async def test_a_phase_with_tasks_is_removed_only_with_a_word_about_where_they_go(
    workflow: Workflow, outside: World
) -> None:
    """H4: its tasks go to the phase named, once, and their tickets hear of it."""
    for ticket in (7, 8):
        await outside.ask_for_task(workflow, ticket=ticket)
    await workflow.post("/tasks/1/phase", {"phase": "Revisão interna"})
    await workflow.post("/tasks/2/phase", {"phase": "Revisão interna"})
    await workflow.post("/tasks/2/cancel")
    task_type = await the_type(workflow)
    left = [one for one in wanted(task_type["phases"]) if one["id"] != "internal_review"]
    path = f"/task-types/{task_type['id']}/phases"
    refused = await workflow.send("PUT", path, {"phases": left}, ADMIN)
    assert (refused.status_code, refused.json()["phases"]) == (409, {"internal_review": 2})
    moved = {"phases": left, "moves": {"internal_review": "Homologação externa"}}
    assert (await workflow.send("PUT", path, moved, ADMIN)).status_code == 200

    async def both_moved() -> bool:
        shown = [await workflow.task(number) for number in (1, 2)]
        return [one["timeline"][-1]["type"] for one in shown] == ["task.phase_entered.v1", "task.phase_renamed.v1"]

    await eventually(both_moved, 30)
    first, second = await workflow.task(1), await workflow.task(2)
    assert (first["phase"]["id"], first["state"]) == ("external_approval", "open")
    assert (second["phase"]["id"], second["state"]) == ("external_approval", "cancelled")
    assert "phase_entered" in " ".join(outside.said())
    # The old name still leads there: who had it in hand is not refused.
    await workflow.post("/tasks/1/phase", {"phase": "doing"})
    back = await workflow.post("/tasks/1/phase", {"phase": "internal_review"})
    assert back.json()["phase"]["id"] == "external_approval"


async def test_a_renamed_phase_is_called_so_on_every_task_and_its_kind_stays_while_it_has_some(
    workflow: Workflow, outside: World
) -> None:
    await outside.ask_for_task(workflow)
    await outside.ask_for_task(workflow, ticket=8)
    await workflow.post("/tasks/2/complete")
    task_type = await the_type(workflow)
    phases = wanted(task_type["phases"])
    path = f"/task-types/{task_type['id']}/phases"
    other_kind = [{**phases[0], "kind": "doing"}, *phases[1:]]
    assert (await workflow.send("PUT", path, {"phases": other_kind}, ADMIN)).status_code == 409
    phases[0]["name"], phases[-1]["name"] = "Na fila", "Entregue"
    phases.insert(1, {"name": "Pauta", "kind": "todo"})
    after = (await workflow.send("PUT", path, {"phases": phases}, ADMIN)).json()
    assert [one["id"] for one in after["phases"]][:2] == ["todo", "pauta"]
    assert [one["phase"]["name"] for one in await workflow.tasks()] == ["Na fila", "Entregue"]

    async def renamed() -> bool:
        return bool((await workflow.task(1))["timeline"][-1]["type"] == "task.phase_renamed.v1")

    await eventually(renamed, 30)
    assert (await workflow.task(1))["timeline"][-1]["data"]["task"]["phase"] == "Na fila"


async def test_tasks_go_to_whom_the_type_names_for_a_phase_and_begin_in_the_default_type(
    workflow: Workflow, outside: World
) -> None:
    await outside.hires(workflow, BIA, CAIO)
    phases = [
        {"name": "Briefing", "kind": "todo", "assignee_id": "caio"},
        {"name": "Arte", "kind": "doing", "assignee_id": "bia"},
        {"name": "Pronto", "kind": "done"},
    ]
    given = {"name": "Vídeo", "default": True, "work_minutes": 960, "phases": phases}
    added = await workflow.send("POST", "/task-types", given, ADMIN, once="a")
    again = await workflow.send("POST", "/task-types", given, ADMIN, once="a")
    assert (added.status_code, added.json()["id"]) == (201, again.json()["id"])
    assert (await workflow.send("POST", "/task-types", {"name": "vídeo"}, ADMIN)).status_code == 409
    task = await outside.ask_for_task(workflow)
    assert (task["phase"]["name"], task["executor"]["name"]) == ("Briefing", "Caio")
    assert task["due"] is not None, "two days of work lead to a due date"
    moved = (await workflow.post("/tasks/1/phase", {"phase": "Arte"})).json()
    assert (moved["executor"]["name"], moved["started_at"] is None) == ("Bia", False)
    types = (await workflow.get("/task-types")).json()["items"]
    assert [(one["name"], one["default"]) for one in types] == [("Vídeo", True), ("Produção", False)]
    refused = await workflow.send("PATCH", f"/task-types/{added.json()['id']}", {"archived": True}, ADMIN)
    assert refused.status_code == 422
    await workflow.send("PATCH", f"/task-types/{types[1]['id']}", {"default": True}, ADMIN)
    gone = await workflow.send("PATCH", f"/task-types/{added.json()['id']}", {"archived": True}, ADMIN)
    assert gone.json()["archived"]
    assert [one["name"] for one in (await workflow.get("/task-types")).json()["items"]] == ["Produção"]
    assert (await outside.ask_for_task(workflow, ticket=9, task_type="Vídeo"))["phase"]["name"] == "A fazer"


async def test_who_changed_a_type_or_a_rule_last_and_when_is_known(workflow: Workflow) -> None:
    type_id = (await the_type(workflow))["id"]
    path = f"/task-types/{type_id}"
    untouched = (await workflow.get(f"{path}/last-change", ADMIN)).json()
    assert untouched == {"at": None, "actor": None}
    for name in ("Arte", "Produção gráfica"):
        await workflow.send("PATCH", path, {"name": name}, ADMIN)
    body = {"name": "Prometer", "task_type_id": type_id, "phase_id": "doing", "promise": "due"}
    rule = await workflow.send("POST", "/rules", body, ADMIN)
    for thing in (path, f"/rules/{rule.json()['id']}"):
        last = (await workflow.get(f"{thing}/last-change", ADMIN)).json()
        assert (last["actor"]["person_id"], last["at"] is not None) == (ADMIN.person_id, True)
        for outsider, status in ((BIA, 403), (GUEST, 404), (OUTSIDER, 404)):
            assert (await workflow.get(f"{thing}/last-change", outsider)).status_code == status


@pytest.mark.parametrize(("acting", "status"), [(BIA, 403), (CAIO, 403), (GUEST, 404), (OUTSIDER, 404)])
async def test_only_administrators_arrange(workflow: Workflow, acting: Any, status: int) -> None:
    type_id = (await the_type(workflow))["id"]
    for method, path, body in (
        ("PATCH", f"/task-types/{type_id}", {"name": "Outra"}),
        ("PUT", f"/task-types/{type_id}/phases", {"phases": [{"name": "A", "kind": "todo"}]}),
    ):
        assert (await workflow.send(method, path, body, acting)).status_code == status
