"""What trackers elsewhere tell us: signed messages become tasks and move them, in whatever order they come."""

import asyncio
import base64
import hashlib
import hmac
import json
from functools import partial
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from pymongo.errors import ConnectionFailure

from balcao.notifier.letters.case import NOTHING, Case
from balcao.shared.events import CompanyConfigured, CompanyProfile
from balcao.shared.tokens import Acting, sign_acting
from balcao.workflow.store.trackers import Items
from tests.integration.workflow.running import (
    BIA,
    COMPANY,
    GUEST,
    OUTSIDER,
    SECRET,
    Workflow,
    World,
    a_bus,
    eventually,
    running,
    said_by_tickets,
    settings_for,
)
from tests.support import tracker_payloads as payloads

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = BIA.model_copy(update={"roles": ("admin",)})
NOBODY = Acting(company_id="", person_id="hooks", name="", address="")
CALLBACK = "https://balcao.example/hooks/trackers/x"


async def register(workflow: Workflow, kind: str, **more: Any) -> dict[str, Any]:
    """A tracker, with its secret."""
    answer = await workflow.post("/trackers", {"name": "Fábrica", "kind": kind, **more}, ADMIN)
    assert answer.status_code == 201, answer.text
    tracker: dict[str, Any] = answer.json()
    return tracker


async def send(
    workflow: Workflow, tracker: dict[str, Any], payload: Any, *, secret: str | None = None, **headers: str
) -> httpx.Response:
    """A message as the gateway passes it on, signed as this kind of tracker does."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    key = (secret or tracker["secret"]).encode()
    if tracker["kind"] == "trello":
        signature = base64.b64encode(hmac.new(key, body + CALLBACK.encode(), hashlib.sha1).digest()).decode()
    else:
        signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    signed = {
        "Authorization": f"Bearer {sign_acting(NOBODY, SECRET, 'workflow')}",
        tracker["signature_header"]: signature,
    }
    path = f"/v1/hooks/trackers/{tracker['id']}"
    return await workflow.call("POST", path, content=body, headers=signed | headers, params={"callback": CALLBACK})


async def told(workflow: Workflow, tracker: dict[str, Any]) -> list[dict[str, Any]]:
    """The tracker's log, the latest first."""
    items: list[dict[str, Any]] = (await workflow.get(f"/trackers/{tracker['id']}/deliveries", ADMIN)).json()["items"]
    return items


async def settled(workflow: Workflow, tracker: dict[str, Any], count: int) -> list[str]:
    """What came of all messages, the earliest first, once there are so many and all are taken in."""

    async def all_there() -> bool:
        log = await told(workflow, tracker)
        return len(log) == count and all(one["state"] != "received" for one in log)

    await eventually(all_there, 30)
    return [one["state"] for one in reversed(await told(workflow, tracker))]


async def test_a_github_issue_becomes_a_task_and_closing_it_completes_the_task(workflow: Workflow) -> None:
    """H4: the same rules as for a person's command; the history names the tracker as the one who did it."""
    tracker = await register(workflow, "github", phases={"In Progress": "doing"})
    opened = await send(workflow, tracker, payloads.github("opened"), **{"x-github-delivery": "d1"})
    assert (opened.status_code, opened.json()["new"]) == (202, True)
    await settled(workflow, tracker, 1)
    (task,) = await workflow.tasks()
    assert (task["title"], task["phase"]["kind"], task["state"]) == ("Banner quebrado no celular", "todo", "open")
    assert task["outside"] == [
        {
            "tracker_id": tracker["id"],
            "outside_id": "octo/site#12",
            "label": "octo/site#12",
            "url": "https://github.com/octo/site/issues/12",
        }
    ]
    labeled = payloads.github("labeled", minute=1, labels=["bug", "in progress"])
    await send(workflow, tracker, labeled, **{"x-github-delivery": "d2"})
    await settled(workflow, tracker, 2)
    assert (await workflow.task(task["number"]))["phase"]["kind"] == "doing"
    closed = payloads.github("closed", minute=2, state="closed", state_reason="completed")
    await send(workflow, tracker, closed, **{"x-github-delivery": "d3"})
    assert await settled(workflow, tracker, 3) == ["created", "moved", "moved"]
    done = await workflow.task(task["number"])
    assert done["state"] == "completed"
    assert [(one["type"], one["actor"]["name"]) for one in done["timeline"]] == [
        ("task.created.v1", "Fábrica"),
        ("task.outside_linked.v1", "Fábrica"),
        ("task.phase_entered.v1", "Fábrica"),
        ("task.completed.v1", "Fábrica"),
    ]
    reopened = payloads.github("reopened", minute=3, state="open", state_reason="reopened")
    await send(workflow, tracker, reopened, **{"x-github-delivery": "d4"})
    await settled(workflow, tracker, 4)
    assert (await workflow.task(task["number"]))["state"] == "open"
    rejected = payloads.github("closed", minute=4, state="closed", state_reason="not_planned")
    await send(workflow, tracker, rejected, **{"x-github-delivery": "d5"})
    await settled(workflow, tracker, 5)
    assert (await workflow.task(task["number"]))["state"] == "cancelled"


async def test_messages_that_come_late_twice_or_in_any_order_end_right(workflow: Workflow) -> None:
    story = [
        payloads.github("opened"),
        payloads.github("closed", minute=1, state="closed", state_reason="completed"),
        payloads.github("reopened", minute=2, state="open", state_reason="reopened"),
        payloads.github("closed", minute=3, state="closed", state_reason="completed"),
    ]
    for n, order in enumerate(((3, 0, 2, 1), (1, 3, 2, 0), (2, 0, 3, 1))):
        tracker = await register(workflow, "github")
        for place in order:
            for _ in range(2):
                await send(workflow, tracker, story[place], **{"x-github-delivery": f"{n}-{place}"})
            await eventually(partial(_none_waits, workflow, tracker), 30)
        log = await told(workflow, tracker)
        assert len(log) == 4
        (task,) = [one for one in await workflow.tasks() if one["outside"][0]["tracker_id"] == tracker["id"]]
        assert task["state"] == "completed", order
    tracker = await register(workflow, "github")
    sent = [send(workflow, tracker, one, **{"x-github-delivery": f"x-{n}"}) for n, one in enumerate(story * 2)]
    await asyncio.gather(*sent)
    await settled(workflow, tracker, 8)
    (task,) = [one for one in await workflow.tasks() if one["outside"][0]["tracker_id"] == tracker["id"]]
    assert task["state"] == "completed"


async def test_two_replicas_that_hear_of_one_piece_of_work_at_once_make_one_task_and_end_right(
    workflow: Workflow, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    settings = settings_for(mongo_url, amqp_url, database_prefix)
    async with running(settings, a_bus(amqp_url, bus_prefix)) as other:
        tracker = await register(workflow, "github")
        story = [payloads.github("labeled", minute=n, labels=["x"]) for n in range(10)]
        story.append(payloads.github("closed", minute=10, state="closed", state_reason="completed"))
        sent = [
            send((workflow, other)[n % 2], tracker, one, **{"x-github-delivery": str(n)})
            for n, one in enumerate(reversed(story))
        ]
        await asyncio.gather(*sent)
        outcomes = await settled(workflow, tracker, len(story))
        (task,) = await workflow.tasks()
        assert task["state"] == "completed"
        assert outcomes.count("created") == 1
        done = await workflow.task(task["number"])
        assert [one["type"] for one in done["timeline"]].count("task.completed.v1") == 1


async def test_a_delivery_that_was_broken_off_in_the_middle_is_finished_and_doubles_nothing(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps are done, and the database goes before that is noted: the repeat does only what is left."""
    release = Items.release
    broken: list[bool] = []

    async def break_once(self: Items, held: dict[str, Any], **values: Any) -> None:
        if "task_id" in values and not broken:
            broken.append(True)
            raise ConnectionFailure("the database is away")
        await release(self, held, **values)

    monkeypatch.setattr(Items, "release", break_once)
    tracker = await register(workflow, "github")
    closed = payloads.github("closed", state="closed", state_reason="completed", body="Balcao-Ticket: 7")
    await send(workflow, tracker, closed, **{"x-github-delivery": "d"})
    assert await settled(workflow, tracker, 1) == ["created"]
    assert broken
    (task,) = await workflow.tasks()
    assert [one["type"] for one in (await workflow.task(task["number"]))["timeline"]] == [
        "task.created.v1",
        "task.outside_linked.v1",
        "task.ticket_named.v1",
        "task.completed.v1",
    ]


async def test_what_is_told_of_the_same_second_leaves_the_beginning_behind(workflow: Workflow) -> None:
    """GitHub's times are whole seconds: `opened` that comes after `closed` of the same second changes nothing."""
    tracker = await register(workflow, "github")
    closed = payloads.github("closed", state="closed", state_reason="completed")
    await send(workflow, tracker, closed, **{"x-github-delivery": "b"})
    await settled(workflow, tracker, 1)
    await send(workflow, tracker, payloads.github("opened"), **{"x-github-delivery": "a"})
    assert sorted(await settled(workflow, tracker, 2)) == ["created", "late"]
    assert (await workflow.tasks())[0]["state"] == "completed"


async def test_jira_moves_a_task_by_the_status_or_its_category(workflow: Workflow) -> None:
    tracker = await register(workflow, "jira", phases={"Em revisão": "internal_review"})
    for n, (event, status, category) in enumerate(
        (
            ("jira:issue_created", "To Do", "new"),
            ("jira:issue_updated", "In Progress", "indeterminate"),
            ("jira:issue_updated", "Em Revisão", "indeterminate"),
            ("jira:issue_updated", "Done", "done"),
        )
    ):
        payload = payloads.jira(event, status=status, category=category, minute=n)
        sent = await send(workflow, tracker, payload, **{"x-atlassian-webhook-identifier": f"j{n}"})
        assert sent.status_code == 202
        await settled(workflow, tracker, n + 1)
    (task,) = await workflow.tasks()
    entered = [one for one in (await workflow.task(task["number"]))["timeline"] if "outside" not in one["type"]]
    assert [one["type"] for one in entered] == [
        "task.created.v1",
        "task.phase_entered.v1",
        "task.phase_entered.v1",
        "task.completed.v1",
    ]
    assert entered[2]["data"]["task"]["phase_kind"] == "internal_review"
    assert task["outside"][0]["url"] == "https://farol.atlassian.net/browse/SITE-7"
    assert (task["outside"][0]["label"], task["outside"][0]["outside_id"]) == ("SITE-7", "10002")


async def test_trello_moves_a_task_by_lists_and_signs_with_its_address(workflow: Workflow) -> None:
    tracker = await register(workflow, "trello", phases={"Aprovação do cliente": "external_approval"})
    moves = (
        payloads.trello("createCard", list_name="A fazer"),
        payloads.trello("updateCard", before="A fazer", after="Fazendo", minute=1),
        payloads.trello("updateCard", before="Fazendo", after="Aprovação do cliente", minute=2),
        payloads.trello("commentCard", minute=3, list_name="Aprovação do cliente"),
        payloads.trello("updateCard", before="Aprovação do cliente", after="Feito", minute=4),
    )
    for n, payload in enumerate(moves):
        assert (await send(workflow, tracker, payload)).status_code == 202
        await settled(workflow, tracker, n + 1)
    assert await settled(workflow, tracker, 5) == ["created", "moved", "moved", "ignored", "moved"]
    (task,) = await workflow.tasks()
    assert (task["state"], task["title"]) == ("completed", "Banner de Natal")
    assert task["outside"][0]["url"] == "https://trello.com/c/H0TZyzbK"
    again = await send(workflow, tracker, moves[0])
    assert (again.status_code, again.json()["new"]) == (202, False)


async def test_a_deleted_card_cancels_its_task_and_one_that_was_never_known_makes_none(workflow: Workflow) -> None:
    """Nor does what is told late of a card that is gone."""
    tracker = await register(workflow, "trello")
    archived = payloads.trello("updateCard", list_name="Fazendo", minute=1)
    archived["action"]["data"]["card"]["closed"] = True
    moves = (
        payloads.trello("deleteCard", list_name="Fazendo", minute=2),
        payloads.trello("createCard", list_name="A fazer"),
        archived,
        payloads.trello("updateCard", before="A fazer", after="Fazendo", minute=3),
        payloads.trello("deleteCard", list_name="Fazendo", minute=4),
    )
    tried = await workflow.post(f"/trackers/{tracker['id']}/dry-run", {"payload": moves[0]}, ADMIN)
    assert tried.json()["outcome"] == "ignored"
    for n, payload in enumerate(moves):
        assert (await send(workflow, tracker, payload)).status_code == 202
        await settled(workflow, tracker, n + 1)
        assert len(await workflow.tasks()) == (1 if n >= 3 else 0)
    assert await settled(workflow, tracker, 5) == ["ignored", "late", "late", "created", "moved"]
    assert [one["state"] for one in await workflow.tasks()] == ["cancelled"]


@pytest.mark.parametrize(
    ("reason", "state"), [("completed", "completed"), ("not_planned", "cancelled"), ("duplicate", "cancelled")]
)
async def test_why_a_github_issue_was_closed_says_whether_the_work_was_done(
    workflow: Workflow, reason: str, state: str
) -> None:
    """Work that was given up elsewhere takes no ticket to delivery (H4, H5)."""
    tracker = await register(workflow, "github")
    closed = payloads.github("closed", minute=1, state="closed", state_reason=reason)
    for n, payload in enumerate((payloads.github("opened"), closed)):
        await send(workflow, tracker, payload, **{"x-github-delivery": f"d{n}"})
        await settled(workflow, tracker, n + 1)
    assert [one["state"] for one in await workflow.tasks()] == [state]


GENERIC = {
    "when": "kind == 'work'",
    "id": "work.key",
    "title": "work.name",
    "url": "work.link",
    "states": ["work.column"],
    "at": "changed",
    "ticket": "work.ticket",
}


async def test_a_message_that_the_mapping_does_not_fit_is_kept_and_right_after_mending_it(workflow: Workflow) -> None:
    tracker = await register(
        workflow, "generic", mapping={**GENERIC, "title": "work.title"}, phases={"Pronto": "@done"}
    )
    payload = {
        "kind": "work",
        "changed": "2026-03-02T10:00:00-03:00",
        "work": {"key": "W-1", "name": "Folder", "column": "Pronto", "link": "javascript:alert(1)"},
    }
    await send(workflow, tracker, payload)
    assert await settled(workflow, tracker, 1) == ["failed"]
    (failed,) = await told(workflow, tracker)
    assert "title" in failed["reason"]
    path = f"/trackers/{tracker['id']}"
    detail = (await workflow.get(f"{path}/deliveries/{failed['id']}", ADMIN)).json()
    assert json.loads(detail["body"]) == payload
    mended = await workflow.change("PATCH", path, {"mapping": GENERIC}, ADMIN)
    assert mended.status_code == 200, mended.text
    tried = await workflow.post(f"{path}/dry-run", {"payload": payload}, ADMIN)
    assert (tried.json()["outcome"], tried.json()["read"]["title"]) == ("created", "Folder")
    assert await workflow.tasks() == []
    assert (await workflow.post(f"{path}/deliveries/{failed['id']}/replay", None, ADMIN)).status_code == 202
    await eventually(lambda: _is(workflow, tracker, failed["id"], "created"), 30)
    (task,) = await workflow.tasks()
    assert (task["state"], task["outside"][0]["url"]) == ("completed", "")


WRONG: list[dict[str, Any]] = [
    {"mapping": {**GENERIC, "id": "work."}},
    {"mapping": {**GENERIC, "id": "[@, @][]"}},
    {"mapping": {**GENERIC, "id": "a" * 501}},
    {"mapping": {**GENERIC, "ident": "work.key"}},
    {"mapping": GENERIC, "phases": {"Pronto": "no such phase"}},
    {"mapping": GENERIC, "phases": {"Pronto": "@nonsense"}},
    {"mapping": GENERIC, "task_type": "none"},
    {},
]


async def test_settings_that_make_no_sense_are_refused_in_words(workflow: Workflow) -> None:
    for wrong in WRONG:
        answer = await workflow.post("/trackers", {"name": "x", "kind": "generic", **wrong}, ADMIN)
        assert answer.status_code == 422, wrong
        assert len(answer.json()["detail"]) > 10, wrong
    assert (await workflow.get("/trackers", ADMIN)).json()["items"] == []


async def test_work_that_is_done_elsewhere_is_not_stopped_by_tasks_that_it_waits_for(
    workflow: Workflow, outside: World
) -> None:
    """The tracker says how it is: the task is completed, and its history names what it should have waited for."""
    tracker = await register(workflow, "github")
    await send(workflow, tracker, payloads.github("opened"), **{"x-github-delivery": "a"})
    await settled(workflow, tracker, 1)
    (task,) = await workflow.tasks()
    other = await outside.ask_for_task(workflow)
    waits = await workflow.post(f"/tasks/{task['number']}/blockers", {"number": other["number"]})
    assert waits.status_code == 200, waits.text
    closed = payloads.github("closed", minute=1, state="closed", state_reason="completed")
    await send(workflow, tracker, closed, **{"x-github-delivery": "b"})
    assert await settled(workflow, tracker, 2) == ["created", "moved"]
    done = await workflow.task(task["number"])
    assert done["state"] == "completed"
    assert [one["number"] for one in done["timeline"][-1]["data"]["despite"]] == [other["number"]]


async def test_a_message_without_the_right_signature_changes_nothing_and_is_counted(workflow: Workflow) -> None:
    for kind in ("github", "jira", "trello"):
        tracker = await register(workflow, kind)
        for _ in range(3):
            answer = await send(workflow, tracker, payloads.github("opened"), secret="somebody else's")
            assert answer.status_code == 403
        log = await told(workflow, tracker)
        assert {one["state"] for one in log} == {"refused"}
        assert sum(one["count"] for one in log) == 3
        again = await workflow.post(f"/trackers/{tracker['id']}/deliveries/{log[0]['id']}/replay", None, ADMIN)
        assert again.status_code == 422
    assert await workflow.tasks() == []
    stranger = {"id": "nobody", "kind": "github", "secret": "x", "signature_header": "x-hub-signature-256"}
    unknown = await send(workflow, stranger, {})
    assert unknown.status_code == 404


async def test_a_ticket_named_there_is_named_once_and_not_where_strangers_write(
    workflow: Workflow, outside: World
) -> None:
    tracker = await register(workflow, "github")
    body = "Ver o pedido.\n\nBalcao-Ticket: #7\nbalcão-ticket: 8"
    for minute in range(2):
        payload = payloads.github("edited", minute=minute, body=body)
        await send(workflow, tracker, payload, **{"x-github-delivery": f"d{minute}"})
        await settled(workflow, tracker, minute + 1)
    closed = await register(workflow, "github", names_tickets=False)
    await send(workflow, closed, payloads.github("opened", body=body), **{"x-github-delivery": "d"})
    await settled(workflow, closed, 1)
    entries = [
        entry
        for task in await workflow.tasks()
        for entry in (await workflow.task(task["number"]))["timeline"]
        if entry["type"] == "task.ticket_named.v1"
    ]
    assert sorted(one["data"]["ticket_number"] for one in entries) == [7, 8]
    assert {one["data"]["tracker_id"] for one in entries} == {tracker["id"]}


async def test_a_ticket_is_named_by_the_address_that_our_letters_and_pages_give_it(
    workflow: Workflow, outside: World, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    """With the company's own slug: in another company's address the number is of another ticket."""
    ours, other = (CompanyProfile(id=COMPANY, slug=slug, name="Estúdio") for slug in ("estudio", "outra"))
    await outside.bus.publish(said_by_tickets(CompanyConfigured(company=ours), COMPANY))
    await eventually(lambda: _knows(workflow, COMPANY))
    url = "https://desk.example"
    in_letters = [
        Case(Mock(), company, NOTHING, "", url).desk(f"tickets/{number}") for number, company in ((7, ours), (9, other))
    ]
    body = " ".join((*in_letters, f"{url}/estudio/my/tickets/8"))
    settings = settings_for(mongo_url, amqp_url, database_prefix).model_copy(update={"public_url": f"{url}/"})
    async with running(settings, a_bus(amqp_url, bus_prefix)) as service:
        tracker = await register(service, "github")
        payload = payloads.github("opened", body=body)
        tried = await service.post(f"/trackers/{tracker['id']}/dry-run", {"payload": payload}, ADMIN)
    assert tried.json()["read"]["tickets"] == [7, 8]


async def test_only_administrators_of_the_company_see_or_touch_trackers(workflow: Workflow) -> None:
    tracker = await register(workflow, "github")
    path = f"/trackers/{tracker['id']}"
    for acting, status in ((GUEST, 404), (BIA, 403)):
        assert (await workflow.get("/trackers", acting)).status_code == status
        assert (await workflow.get(path, acting)).status_code == status
        assert (await workflow.post("/trackers", {"name": "x", "kind": "github"}, acting)).status_code == status
    assert (await workflow.get("/trackers", OUTSIDER)).json()["items"] == []
    for method, where in (("GET", path), ("DELETE", path), ("GET", f"{path}/deliveries"), ("GET", f"{path}/calls")):
        assert (await workflow.change(method, where, None, OUTSIDER)).status_code == 404, where
    assert (await workflow.change("PATCH", path, {"name": "y"}, OUTSIDER)).status_code == 404
    assert (await workflow.post(f"{path}/dry-run", {"payload": {}}, OUTSIDER)).status_code == 404
    assert tracker["secret"] not in (await workflow.get(path, ADMIN)).text
    stored = await workflow.service.mongo.db["trackers"].find_one({})
    assert tracker["secret"] not in str(stored)
    as_person = {"Authorization": f"Bearer {sign_acting(ADMIN, SECRET, 'workflow')}"}
    hook = await workflow.call("POST", f"/v1/hooks/{path.strip('/')}", headers=as_person, params={"callback": "x"})
    assert hook.status_code == 404


async def _none_waits(workflow: Workflow, tracker: dict[str, Any]) -> bool:
    return all(one["state"] != "received" for one in await told(workflow, tracker))


async def _knows(workflow: Workflow, company_id: str) -> bool:
    return await workflow.service.mongo.db["companies"].find_one({"_id": company_id}) is not None


async def _is(workflow: Workflow, tracker: dict[str, Any], id_: str, state: str) -> bool:
    return any(one["id"] == id_ and one["state"] == state for one in await told(workflow, tracker))
