"""What a task holds, task types, boards and recurrences through the door: passed on whole, and by whom."""

from typing import Any

import pytest

from balcao.portal_api.store import Store
from tests.integration.portal_api.running import ANA, GINA, PAULO, Gateway, Somebody, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUI = person("rui", "Rui Alves", roles=("admin", "agent"))
ITEM = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"
TYPE = {"name": "Vídeo", "default": True, "work_minutes": 960, "phases": []}
PHASES = {"phases": [{"id": None, "name": "A", "kind": "todo", "assignee_id": None}], "moves": {"doing": "A"}}
PLAN = {
    "task": {
        "title": "Relatório",
        "description": "",
        "html": None,
        "files": [],
        "task_type": None,
        "executor_id": None,
        "tags": [],
        "project_id": None,
        "estimate_minutes": 60,
        "checklist": ["Números"],
    },
    "rule": "FREQ=WEEKLY",
    "starts": "2026-12-01T09:00",
    "day_off": "next",
    "due_days": None,
}
BY_TEAM: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/tasks", {"title": "Manual", "estimate_minutes": 90}),
    ("PATCH", "/tasks/5", {"due": None, "project_id": "p"}),
    ("POST", "/tasks/5/checklist", {"text": "Roteiro"}),
    ("PATCH", f"/tasks/5/checklist/{ITEM}", {"done": False}),
    ("DELETE", f"/tasks/5/checklist/{ITEM}", None),
    ("POST", "/tasks/5/comments", {"text": "oi", "mentions": ["ana"]}),
    ("POST", "/tasks/5/time", {"day": "2026-11-02", "minutes": 30, "note": ""}),
    ("POST", "/tasks/5/blockers", {"number": 4}),
    ("DELETE", "/tasks/5/blockers/4", None),
)
BY_DESK: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/recurrences", PLAN),
    ("PUT", "/recurrences/3", PLAN),
    ("POST", "/recurrences/3/skip", {}),
)
BY_ADMIN: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/task-types", TYPE),
    ("PATCH", "/task-types/t1", {"archived": True}),
    ("PUT", "/task-types/t1/phases", PHASES),
    ("PUT", "/capacities/ana", {"minutes_per_day": 300}),
)
READS = ("/task-types/t1/due", "/boards/t1", "/workload", "/throughput", "/recurrences", "/recurrences/3")


async def send(somebody: Somebody, method: str, path: str, body: Any) -> Any:
    """One command, named so that it acts once."""
    return await somebody.http.request(method, f"/api/v1{path}", json=body, headers={"Idempotency-Key": "once-1"})


async def administrator(gateway: Gateway) -> Somebody:
    """An administrator of the company, at the door."""
    await Store(gateway.service.mongo).learn_person("agencia", RUI)
    hashed = {"$set": {"password_hash": gateway.password_hash}}
    await gateway.service.mongo.db["accounts"].update_one({"_id": RUI.id}, hashed)
    return await gateway.program(RUI)


@pytest.mark.parametrize(("method", "path", "body"), BY_TEAM + BY_DESK + BY_ADMIN)
async def test_a_command_goes_through_as_it_was_given_and_to_the_team_only(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    """W7: guests find nothing of production; producers work, agents plan, administrators arrange."""
    rui = await administrator(gateway)
    await send(rui, method, path, body)
    asked = gateway.behind.last()
    assert (asked.service, asked.method, asked.path) == ("workflow", method, path)
    assert asked.body == body
    assert asked.headers["idempotency-key"] == "once-1"
    rows = (method, path, body)
    refused = [GINA, *([PAULO] if rows not in BY_TEAM else []), *([ANA] if rows in BY_ADMIN else [])]
    for who in refused:
        before = len(gateway.behind.asked)
        answer = await send(await gateway.program(who), method, path, body)
        assert answer.status_code in (403, 404), (who.name, answer.status_code)
        assert len(gateway.behind.asked) == before


@pytest.mark.parametrize("path", READS)
async def test_boards_and_load_are_the_teams_to_read(gateway: Gateway, path: str) -> None:
    await (await gateway.program(PAULO)).get(f"/api/v1{path}")
    assert gateway.behind.asked[-1].path == path
    before = len(gateway.behind.asked)
    assert (await (await gateway.program(GINA)).get(f"/api/v1{path}")).status_code == 404
    assert len(gateway.behind.asked) == before


async def test_files_of_a_task_are_attached_by_receipt_and_opened_with_the_task_only(gateway: Gateway) -> None:
    paulo, gina = await gateway.program(PAULO), await gateway.program(GINA)
    kept = await paulo.http.post("/api/v1/files?name=arte.png", content=b"png", headers={"content-type": "image/png"})
    receipt = kept.json()["receipt"]
    await send(paulo, "POST", "/tasks/5/files", {"files": [receipt]})
    (ref,) = gateway.behind.last().body["files"]
    assert (ref["name"], ref["file_id"][:7]) == ("arte.png", "sha256:")
    assert (await send(paulo, "POST", "/tasks/5/files", {"files": ["forged"]})).status_code == 422
    gateway.behind.task["files"] = [ref]
    number = gateway.behind.task["number"]
    opened = await paulo.get(f"/api/v1/tasks/{number}/files/{ref['file_id']}")
    assert (opened.status_code, opened.content) == (200, b"png")
    assert opened.headers["content-disposition"].startswith("attachment")
    assert (await paulo.get(f"/api/v1/tasks/{number}/files/sha256:{'0' * 64}")).status_code == 404
    assert (await gina.get(f"/api/v1/tasks/{number}/files/{ref['file_id']}")).status_code == 404
