"""What a task holds, over HTTP: fields, checklist, files, comments, time; each command once, each in the history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.workflow.running import BIA, CAIO, GUEST, OUTSIDER, Workflow, World, eventually

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

LOGO = {
    "file_id": "sha256:" + "a" * 64,
    "name": "logo.png",
    "media_type": "image/png",
    "size": 3,
    "content_id": "aa@balcao",
}
SHEET = {"file_id": "sha256:" + "b" * 64, "name": "medidas.pdf", "media_type": "application/pdf", "size": 9}


async def own_task(workflow: Workflow, **values: Any) -> dict[str, Any]:
    """A task of the team's own."""
    answer = await workflow.send("POST", "/tasks", {"title": "Atualizar o manual", **values})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def kinds(task: dict[str, Any]) -> list[str]:
    """What its history says happened."""
    return [entry["type"].removeprefix("task.").removesuffix(".v1") for entry in task["timeline"]]


async def test_a_task_of_the_teams_own_holds_all_it_was_given_and_is_made_once(
    workflow: Workflow, outside: World
) -> None:
    await outside.hires(workflow, BIA)
    given = {
        "title": "  Vídeo  de Natal ",
        "html": '<p>Ver <b>roteiro</b><script>x</script> <img src="cid:aa@balcao"></p>',
        "files": [LOGO, SHEET],
        "executor_id": "bia",
        "estimate_minutes": 240,
        "checklist": ["Roteiro", "Locução"],
    }
    first = await workflow.send("POST", "/tasks", given, once="x")
    second = await workflow.send("POST", "/tasks", given, once="x")
    task = first.json()
    assert (first.status_code, second.json()["number"]) == (201, task["number"])
    assert (task["title"], task["description"]) == ("Vídeo de Natal", "Ver roteiro [logo.png]")
    assert "<script" not in task["description_html"]
    assert "cid:aa@balcao" in task["description_html"]
    assert [(one["name"], one["inline"]) for one in task["files"]] == [("logo.png", True), ("medidas.pdf", False)]
    assert ([one["text"] for one in task["checklist"]], task["tickets"]) == (["Roteiro", "Locução"], [])
    assert task["executor"]["name"] == "Bia"
    assert len(await workflow.tasks()) == 1
    for wrong in ({"executor_id": "caio"}, {"task_type": "nenhum"}, {"project_id": "p"}, {"tags": ["t"]}, {"x": 1}):
        assert (await workflow.send("POST", "/tasks", {"title": "a", **wrong})).status_code == 422, wrong
    assert len(await workflow.tasks()) == 1


async def test_fields_are_edited_one_by_one_and_the_history_keeps_what_was_there(workflow: Workflow) -> None:
    await own_task(workflow, files=[SHEET])
    due = datetime(2026, 12, 12, 18, 0, tzinfo=UTC)
    given = {"title": "Manual novo", "due": due.isoformat(), "estimate_minutes": 90}
    edited = await workflow.send("PATCH", "/tasks/1", given, once="e")
    assert (edited.json()["title"], edited.json()["due"], edited.json()["version"]) == (
        "Manual novo",
        "2026-12-12T18:00:00Z",
        2,
    )
    assert (await workflow.send("PATCH", "/tasks/1", given, once="e")).json()["version"] == 2
    shown = '<p>novo <img src="cid:aa@balcao"></p>'
    assert (await workflow.send("PATCH", "/tasks/1", {"html": shown})).status_code == 422, (
        "the image is none of its files"
    )
    await workflow.send("PATCH", "/tasks/1", {"html": shown, "files": [LOGO]})
    refused = await workflow.send("DELETE", "/tasks/1/files", file_id=LOGO["file_id"])
    assert refused.status_code == 409, "the description shows it"
    await workflow.send("PATCH", "/tasks/1", {"description": "sem imagem"})
    kept = (await workflow.send("DELETE", "/tasks/1/files", file_id=LOGO["file_id"])).json()
    assert [one["name"] for one in kept["files"]] == ["medidas.pdf"]
    stale = await workflow.post("/tasks/1/comments", {"text": "outro"}, if_match='"1"')
    assert (stale.status_code, stale.json()["current_version"]) == (409, kept["version"])
    task = await workflow.task(1)
    assert kinds(task) == [
        "created", "edited", "edited", "files_changed", "edited", "files_changed",
    ]  # fmt: skip
    assert task["timeline"][1]["data"]["changes"]["title"] == ["Atualizar o manual", "Manual novo"]


async def test_items_of_the_checklist_are_ticked_by_somebody_at_some_time_and_put_in_order(workflow: Workflow) -> None:
    task = await own_task(workflow, checklist=["a", "b"])
    first, second = (one["id"] for one in task["checklist"])
    added = (await workflow.post("/tasks/1/checklist", {"text": " c  d "}, once="c")).json()
    assert (await workflow.post("/tasks/1/checklist", {"text": "c d"}, once="c")).json()["checklist_of"] == 3
    third = added["checklist"][2]["id"]
    ticked = (await workflow.send("PATCH", f"/tasks/1/checklist/{second}", {"done": True}, CAIO)).json()
    assert (ticked["checklist"][1]["done_by"]["name"], ticked["checklist_done"]) == ("Caio", 1)
    assert ticked["checklist"][1]["done_at"] is not None
    moved = (await workflow.send("PATCH", f"/tasks/1/checklist/{third}", {"place": 0})).json()
    assert [one["text"] for one in moved["checklist"]] == ["c d", "a", "b"]
    renamed = (await workflow.send("PATCH", f"/tasks/1/checklist/{first}", {"text": "A"})).json()
    gone = (await workflow.send("DELETE", f"/tasks/1/checklist/{first}")).json()
    assert [one["text"] for one in gone["checklist"]] == ["c d", "b"]
    assert (await workflow.send("DELETE", f"/tasks/1/checklist/{first}")).status_code == 404
    assert (await workflow.send("PATCH", f"/tasks/1/checklist/{third}", {"done": True, "text": "x"})).status_code == 422
    timeline = (await workflow.task(1))["timeline"]
    assert [entry["data"].get("what") for entry in timeline[1:]] == ["added", "ticked", "moved", "renamed", "removed"]
    assert renamed["version"] == 5


async def test_time_is_entered_per_day_and_a_later_entry_corrects_an_earlier_one(workflow: Workflow) -> None:
    """Sums hold, on the task and in everybody's week, whatever is corrected and repeated."""
    await own_task(workflow, estimate_minutes=120)
    today = datetime.now(UTC).date()
    for minutes, who, key in ((60, BIA, "1"), (60, BIA, "1"), (45, BIA, "2"), (30, CAIO, "3"), (0, CAIO, "4")):
        answer = await workflow.send("POST", "/tasks/1/time", {"minutes": minutes}, who, once=key)
        assert answer.status_code == 200
    task = await workflow.task(1)
    assert (task["spent_minutes"], [one["minutes"] for one in task["spent"]]) == (45, [45])
    entered = [(e["data"]["before"], e["data"]["minutes"]) for e in task["timeline"] if "time_logged" in e["type"]]
    assert entered == [(0, 60), (60, 45), (0, 30), (30, 0)]
    late = {"minutes": 5, "day": (today + timedelta(days=2)).isoformat()}
    assert (await workflow.send("POST", "/tasks/1/time", late)).status_code == 422
    people = (await workflow.get("/workload", weeks=1)).json()["items"]
    spent = {one["person"]["person_id"]: one["weeks"][0]["spent"] for one in people if one["person"]}
    assert sum(spent.values()) == 45


async def test_who_is_mentioned_is_told_and_only_people_of_the_team_can_be(workflow: Workflow, outside: World) -> None:
    """W7: words of the team stay in the team."""
    await outside.hires(workflow, CAIO)
    await own_task(workflow)
    said = {"html": "<p><b>Caio</b>, pode revisar?</p>", "mentions": ["caio", "caio"]}
    answer = await workflow.post("/tasks/1/comments", said, once="m")
    assert (
        (await workflow.post("/tasks/1/comments", said, once="m")).json()["comments"] == answer.json()["comments"] == 1
    )
    for wrong in ({"text": "oi", "mentions": ["dora"]}, {"text": "  "}, {"text": "oi", "mentions": ["eva"]}):
        assert (await workflow.post("/tasks/1/comments", wrong)).status_code == 422
    for nobody in (GUEST, OUTSIDER):
        assert (await workflow.post("/tasks/1/comments", {"text": "oi"}, nobody)).status_code == 404
    entry = (await workflow.task(1))["timeline"][-1]
    assert (entry["data"]["text"], entry["public"]) == ("Caio, pode revisar?", False)
    assert [one["address"] for one in entry["data"]["mentions"]] == ["caio@agencia.test"]

    async def all_said() -> bool:
        return await workflow.unsaid() == 0

    await eventually(all_said, 30)


async def test_another_companys_people_find_no_task_to_write_on(workflow: Workflow) -> None:
    await own_task(workflow)
    item = "00000000-0000-0000-0000-000000000000"
    for method, path, body in (
        ("PATCH", "/tasks/1", {"title": "x"}),
        ("POST", "/tasks/1/checklist", {"text": "x"}),
        ("PATCH", f"/tasks/1/checklist/{item}", {"done": True}),
        ("POST", "/tasks/1/files", {"files": [SHEET]}),
        ("POST", "/tasks/1/time", {"minutes": 5}),
        ("POST", "/tasks/1/blockers", {"number": 1}),
    ):
        for nobody in (GUEST, OUTSIDER):
            answer = await workflow.send(method, path, body, nobody)
            assert answer.status_code == 404, (path, nobody.name)
    assert (await workflow.task(1))["version"] == 1
