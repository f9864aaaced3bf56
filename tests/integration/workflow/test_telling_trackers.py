"""What trackers are told of our tasks, over real sockets, by servers that play GitHub, Jira and Trello and fail on
purpose."""

import base64
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest

from balcao.shared.clock import now
from balcao.workflow.store.trackers import EXPECTED_FOR
from tests.integration.workflow.running import (
    BIA,
    Workflow,
    World,
    a_bus,
    eventually,
    running,
    settings_for,
)
from tests.integration.workflow.test_trackers import ADMIN, register, send, settled
from tests.support import tracker_payloads as payloads
from tests.support.outside_server import OutsideServer, Received, Reply, outside_server

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

PHASES = {"todo": "To Do", "doing": "In Progress", "internal_review": "Review", "done": "Done"}


@pytest.fixture
async def there() -> AsyncIterator[OutsideServer]:
    """The tracker's API."""
    async with outside_server() as server:
        yield server


@pytest.fixture
async def workflow(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> AsyncIterator[Workflow]:
    """The service, which may call this machine."""
    del outside
    settings = settings_for(mongo_url, amqp_url, database_prefix).model_copy(update={"call_networks": "127.0.0.0/8"})
    async with running(settings, a_bus(amqp_url, bus_prefix)) as service:
        yield service


def as_json(value: Any, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, orjson.dumps(value))


class GitHub:
    """As much of GitHub's issues as we speak to."""

    def __init__(self) -> None:
        self.issues: dict[int, dict[str, Any]] = {}

    def __call__(self, request: Received) -> Reply:
        if request.headers.get("authorization") != "Bearer ghp_1":
            return as_json({"message": "Bad credentials"}, 401)
        body = request.json() if request.body else {}
        if (request.method, request.path) == ("POST", "/repos/octo/site/issues"):
            number = len(self.issues) + 12
            self.issues[number] = {**body, "state": "open", "labels": [], "comments": []}
            url = f"https://github.com/octo/site/issues/{number}"
            return as_json({"number": number, "html_url": url, "id": 1}, 201)
        parts = request.path.split("/")
        issue = self.issues[int(parts[5])]
        if request.method == "GET":
            return as_json({**issue, "labels": [{"name": one} for one in issue["labels"]]})
        if request.method == "PATCH":
            issue.update(body)
        elif parts[6] == "comments":
            issue["comments"].append(body["body"])
        elif request.method == "POST":
            issue["labels"] += body["labels"]
        elif parts[7].replace("%20", " ") in issue["labels"]:
            issue["labels"].remove(parts[7].replace("%20", " "))
        else:
            return as_json({"message": "Label does not exist"}, 404)
        return as_json(issue)


async def github(workflow: Workflow, there: OutsideServer, **more: Any) -> dict[str, Any]:
    """A GitHub tracker that is told of everything."""
    tells = ["created", "moved", "completed", "cancelled", "reopened", "commented"]
    outbound = {"base_url": there.url, "project": "octo/site", "tells": tells, "credentials": {"token": "ghp_1"}}
    return await register(workflow, "github", outbound={**outbound, "phases": PHASES}, **more)


async def calls(workflow: Workflow, tracker: dict[str, Any]) -> list[dict[str, Any]]:
    """What the tracker was told, the latest first."""
    items: list[dict[str, Any]] = (await workflow.get(f"/trackers/{tracker['id']}/calls", ADMIN)).json()["items"]
    return items


async def all_told(workflow: Workflow, tracker: dict[str, Any], count: int) -> None:
    """Wait until so many things were told."""

    async def done() -> bool:
        return [one["state"] for one in await calls(workflow, tracker)] == ["delivered"] * count

    await eventually(done, 30)


async def linked(workflow: Workflow, number: int) -> dict[str, Any]:
    """The task once it is linked."""
    await eventually(lambda: _is_linked(workflow, number), 30)
    return await workflow.task(number)


async def test_a_task_is_made_moved_commented_and_closed_on_github(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    server = GitHub()
    there.answer = server
    tracker = await github(workflow, there)
    assert "ghp_1" not in str(tracker)
    stored = await workflow.service.mongo.db["trackers"].find_one({})
    assert "ghp_1" not in str(stored)
    task = await outside.ask_for_task(workflow, description="Refazer em 300 dpi")
    shown = await linked(workflow, task["number"])
    assert shown["outside"][0]["label"] == "octo/site#12"
    assert shown["outside"][0]["url"] == "https://github.com/octo/site/issues/12"
    issue = server.issues[12]
    assert issue["title"] == "Produzir o banner"
    assert issue["body"].startswith(f"Refazer em 300 dpi\n\nBalcao-Task: {task['number']}.")
    path = f"/tasks/{task['number']}"
    for phase in ("doing", "internal_review"):
        assert (await workflow.post(f"{path}/phase", {"phase": phase})).status_code == 200
    await all_told(workflow, tracker, 3)
    assert issue["labels"] == ["Review"]
    said = await workflow.post(f"{path}/comments", {"text": "ficou bom"})
    assert said.status_code in (200, 201), said.text
    await workflow.post(f"{path}/complete", {"handover": "pronto"})
    await all_told(workflow, tracker, 5)
    assert issue["comments"] == ["Bia: ficou bom"]
    assert (issue["state"], issue["state_reason"], issue["labels"]) == ("closed", "completed", ["Done"])
    await workflow.post(f"{path}/reopen")
    await all_told(workflow, tracker, 6)
    assert (issue["state"], issue["labels"]) == ("open", ["In Progress"])
    await workflow.post(f"{path}/cancel", {"reason": "não precisa mais"})
    await all_told(workflow, tracker, 7)
    assert (issue["state"], issue["state_reason"], issue["labels"]) == ("closed", "not_planned", ["In Progress"])


async def test_our_own_change_that_comes_back_moves_nothing(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    """Told `doing`, then `internal_review`: the echo of the first comes when the second has happened already, and must
    not take the task back; a person's own change afterwards does move it."""
    there.answer = GitHub()
    tracker = await github(workflow, there, phases={"In Progress": "doing", "Review": "internal_review"})
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    path = f"/tasks/{task['number']}"
    for phase in ("doing", "internal_review"):
        await workflow.post(f"{path}/phase", {"phase": phase})
    await all_told(workflow, tracker, 3)
    for minute, labels in enumerate((["In Progress"], ["Review"], ["In Progress"])):
        payload = payloads.github("labeled", minute=minute, labels=labels)
        await send(workflow, tracker, payload, **{"x-github-delivery": f"d{minute}"})
        await settled(workflow, tracker, minute + 1)
        phase = (await workflow.task(task["number"]))["phase"]["id"]
        assert phase == ("doing" if minute == 2 else "internal_review")
    assert await settled(workflow, tracker, 3) == ["echo", "echo", "moved"]
    made = (await workflow.tasks())[0]["number"]
    assert made == task["number"]
    assert len(await calls(workflow, tracker)) == 3, "what it told us is not told back"


async def test_each_message_about_one_change_of_ours_is_an_echo_of_it(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    """Completed and reopened here: closing, taking a label off and setting another are three messages each, and what
    comes of the first three when the task is open again must not complete it."""
    there.answer = GitHub()
    phases = {"In Progress": "doing", "Review": "internal_review", "Done": "done"}
    tracker = await github(workflow, there, phases=phases)
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    path = f"/tasks/{task['number']}"
    await workflow.post(f"{path}/phase", {"phase": "internal_review"})
    await workflow.post(f"{path}/complete")
    await workflow.post(f"{path}/reopen")
    await all_told(workflow, tracker, 4)
    closed = partial(payloads.github, state="closed", state_reason="completed")
    opened = partial(payloads.github, state="open", state_reason="reopened")
    messages = (
        payloads.github("labeled", labels=["Review"]),
        closed("closed", labels=["Review"]),
        closed("unlabeled", labels=[]),
        closed("labeled", labels=["Done"]),
        opened("reopened", labels=["Done"]),
        opened("unlabeled", labels=[]),
        opened("labeled", labels=["In Progress"]),
        closed("closed", labels=["In Progress"]),
    )
    for n, payload in enumerate(messages):
        await send(workflow, tracker, payload, **{"x-github-delivery": f"d{n}"})
        await settled(workflow, tracker, n + 1)
    assert await settled(workflow, tracker, 8) == ["echo"] * 7 + ["moved"], "the last is a person's"
    assert (await workflow.task(task["number"]))["state"] == "completed"


async def test_a_label_that_named_another_phase_stays_on_no_issue_whoever_set_it(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    """It would take the task back at the next message; labels that name no phase are nobody's business here."""
    server = GitHub()
    there.answer = server
    tracker = await github(workflow, there, phases={"wip": "doing", "urgente": ""})
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    server.issues[12]["labels"] = ["urgente", "WIP", "to do", "bug"]
    await workflow.post(f"/tasks/{task['number']}/phase", {"phase": "internal_review"})
    await all_told(workflow, tracker, 2)
    assert server.issues[12]["labels"] == ["urgente", "bug", "Review"]


async def test_what_was_made_from_a_task_is_known_by_its_mark_before_the_answer_is(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    """GitHub's message about the new issue may overtake its answer to us; a mark that somebody else wrote is none."""
    server = GitHub()
    tracker: dict[str, Any] = {}

    async def tell_first(request: Received) -> Reply:
        reply = server(request)
        if request.path == "/repos/octo/site/issues":
            payload = payloads.github("opened", body=request.json()["body"])
            await send(workflow, tracker, payload, **{"x-github-delivery": "early"})
            await settled(workflow, tracker, 1)
        return reply

    there.answer = tell_first
    tracker |= await github(workflow, there)
    task = await outside.ask_for_task(workflow)
    await all_told(workflow, tracker, 1)
    assert [one["number"] for one in await workflow.tasks()] == [task["number"]]
    assert len(server.issues) == 1
    forged = payloads.github("opened", body=f"Balcao-Task: {task['number']}.aaaaaaaaaaaaa", number=99)
    await send(workflow, tracker, forged, **{"x-github-delivery": "forged"})
    await settled(workflow, tracker, 2)
    assert len(await workflow.tasks()) == 2


async def test_a_tracker_that_is_away_hears_everything_in_order_once_it_is_back(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    server = GitHub()
    there.answer = lambda _: Reply(503)
    tracker = await github(workflow, there)
    task = await outside.ask_for_task(workflow)
    for phase in ("doing", "internal_review"):
        await workflow.post(f"/tasks/{task['number']}/phase", {"phase": phase})
    await workflow.post(f"/tasks/{task['number']}/complete")
    await eventually(lambda: _queued(workflow, tracker, 4), 30)
    await eventually(lambda: len(there.received) >= 1, 30)
    assert {one.path for one in there.received} == {"/repos/octo/site/issues"}, "nothing overtakes what came first"
    there.answer = server
    await due_now(workflow)
    await all_told(workflow, tracker, 4)
    (issue,) = server.issues.values()
    assert (issue["state"], issue["labels"]) == ("closed", ["Done"])


async def test_a_tracker_that_fails_for_three_days_is_told_nothing_more_until_it_is_set_right(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    there.answer = GitHub()
    tracker = await github(workflow, there)
    path = f"/trackers/{tracker['id']}"
    changed = await workflow.change("PATCH", path, {"outbound": _outbound(there, token="revoked")}, ADMIN)
    assert changed.status_code == 200, changed.text
    await outside.ask_for_task(workflow)
    await eventually(lambda: _queued(workflow, tracker, 1), 30)
    await eventually(lambda: len(there.received) >= 1, 30)
    long_ago = now() - timedelta(days=3, minutes=1)
    lanes = workflow.service.mongo.db["call_lanes"]
    await eventually(lambda: _has_failed(workflow), 30)
    await lanes.update_one({}, {"$set": {"failing_since": long_ago}})
    await due_now(workflow)
    await eventually(lambda: _is_off(workflow, tracker), 30)
    await eventually(lambda: _refused(workflow, tracker), 30)
    (call,) = await calls(workflow, tracker)
    # Nobody listens here, so it is still to be said: once.
    said = await workflow.service.mongo.db["outbox"].find({}).to_list(None)
    assert [str(one).count("tracker.disabled.v1") > 0 for one in said] == [True]
    again = await workflow.change("PATCH", path, {"outbound": _outbound(there, token="ghp_1")}, ADMIN)
    assert again.json()["outbound"]["state"] == "active"
    assert (await workflow.post(f"{path}/calls/{call['id']}/replay", None, ADMIN)).status_code == 202
    await all_told(workflow, tracker, 1)


class Jira:
    """As much of Jira as we speak to: a workflow in which not every status can be reached from every other."""

    def __init__(self) -> None:
        self.status = "To Do"
        self.comments: list[str] = []
        self.created: dict[str, Any] = {}

    def __call__(self, request: Received) -> Reply:
        wanted = "Basic " + base64.b64encode(b"ana@farol.test:jira-1").decode()
        if request.headers.get("authorization") != wanted:
            return as_json({}, 401)
        categories = {"To Do": "new", "In Progress": "indeterminate", "Review": "indeterminate", "Done": "done"}
        reachable = [one for one in categories if one != self.status and (self.status, one) != ("To Do", "Review")]
        possible: list[dict[str, Any]] = [
            {"id": str(n), "name": f"Go {one}", "to": {"name": one, "statusCategory": {"key": categories[one]}}}
            for n, one in enumerate(reachable)
        ]
        if (request.method, request.path) == ("POST", "/rest/api/2/issue"):
            self.created = request.json()["fields"]
            return as_json({"id": "10002", "key": "SITE-7", "self": "…"}, 201)
        assert request.path.startswith("/rest/api/2/issue/10002/")
        if request.path.endswith("/comment"):
            self.comments.append(request.json()["body"])
            return as_json({}, 201)
        if request.method == "GET":
            return as_json({"transitions": possible})
        self.status = next(o["to"]["name"] for o in possible if o["id"] == request.json()["transition"]["id"])
        return Reply(204, b"")


async def test_jira_is_moved_by_the_transitions_it_has(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    server = Jira()
    there.answer = server
    credentials = {"email": "ana@farol.test", "token": "jira-1"}
    outbound = {"base_url": there.url, "project": "SITE", "credentials": credentials}
    tracker = await register(workflow, "jira", outbound={**outbound, "phases": {"internal_review": "review"}})
    task = await outside.ask_for_task(workflow)
    shown = await linked(workflow, task["number"])
    assert server.created["project"] == {"key": "SITE"}
    assert (shown["outside"][0]["label"], shown["outside"][0]["outside_id"]) == ("SITE-7", "10002")
    path = f"/tasks/{task['number']}"
    await workflow.post(f"{path}/phase", {"phase": "doing"})
    await all_told(workflow, tracker, 2)
    assert server.status == "In Progress"
    await workflow.post(f"{path}/phase", {"phase": "internal_review"})
    await all_told(workflow, tracker, 3)
    assert server.status == "Review"
    await workflow.post(f"{path}/complete")
    await all_told(workflow, tracker, 4)
    assert server.status == "Done"
    server.status = "To Do"
    await workflow.post(f"{path}/phase", {"phase": "internal_review"})
    await eventually(lambda: _refused(workflow, tracker), 30)
    refused = next(one for one in await calls(workflow, tracker) if one["state"] == "failed")
    assert "no transition leads to 'review'; there are: In Progress, Done" in refused["log"][-1]["reason"]


async def on_jira(workflow: Workflow, there: OutsideServer) -> dict[str, Any]:
    """A Jira tracker that is told of everything."""
    credentials = {"email": "ana@farol.test", "token": "jira-1"}
    return await register(
        workflow, "jira", outbound={"base_url": there.url, "project": "SITE", "credentials": credentials}
    )


async def jira_says(workflow: Workflow, tracker: dict[str, Any], *happened: tuple[str, str]) -> list[str]:
    """An issue's statuses with their categories, one after the other; what came of each."""
    for minute, (status, category) in enumerate(happened):
        payload = payloads.jira("jira:issue_updated", status=status, category=category, minute=minute)
        await send(workflow, tracker, payload, **{"x-atlassian-webhook-identifier": f"j{minute}"})
        await settled(workflow, tracker, minute + 1)
    return await settled(workflow, tracker, len(happened))


async def expected(workflow: Workflow) -> list[str]:
    """What is still expected to come back, of the only piece of work."""
    item = await workflow.service.mongo.db["tracker_items"].find_one({})
    assert item is not None
    return [one["state"] for one in item["expected"]]


async def test_what_a_person_does_again_in_jira_is_no_echo_of_what_we_told_it_before(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    """Completed here, reopened and completed there, all within the hour."""
    there.answer = Jira()
    tracker = await on_jira(workflow, there)
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    await workflow.post(f"/tasks/{task['number']}/complete")
    await all_told(workflow, tracker, 2)
    happened = (("Done", "done"), ("In Progress", "indeterminate"), ("Done", "done"))
    assert await jira_says(workflow, tracker, *happened) == ["echo", "moved", "moved"]
    assert (await workflow.task(task["number"]))["state"] == "completed"


async def test_a_call_that_was_tried_again_or_refused_leaves_nothing_to_be_taken_for_an_echo(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    server, refusals = Jira(), [503, 503, 400]

    def fail_some(request: Received) -> Reply:
        if request.method == "POST" and request.path.endswith("/transitions") and refusals:
            return Reply(refusals.pop(0))
        return server(request)

    there.answer = fail_some
    tracker = await on_jira(workflow, there)
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    await workflow.post(f"/tasks/{task['number']}/phase", {"phase": "doing"})
    await eventually(lambda: _in_time(workflow, _refused(workflow, tracker)), 30)
    assert refusals == []
    assert await expected(workflow) == []
    refusals.append(503)
    await workflow.post(f"/tasks/{task['number']}/complete")
    await eventually(lambda: _in_time(workflow, _is_told(workflow, tracker)), 30)
    assert refusals == []
    assert await expected(workflow) == ["done"]
    assert await jira_says(workflow, tracker, ("Done", "done")) == ["echo"]
    assert await expected(workflow) == []


async def test_closing_an_issue_completes_its_task_though_a_label_of_ours_has_not_come_back(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    there.answer = GitHub()
    tracker = await github(workflow, there, phases={"In Progress": "doing"})
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    await workflow.post(f"/tasks/{task['number']}/phase", {"phase": "doing"})
    await all_told(workflow, tracker, 2)
    assert await expected(workflow) == ["in progress"]
    closed = payloads.github("closed", state="closed", state_reason="completed", labels=["In Progress"])
    await send(workflow, tracker, closed, **{"x-github-delivery": "closed"})
    assert await settled(workflow, tracker, 1) == ["moved"]
    assert (await workflow.task(task["number"]))["state"] == "completed"


async def test_what_has_not_come_back_is_awaited_no_more_once_a_person_has_moved_it_on(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    """The message about our move was lost: a person's move to the same place is theirs."""
    there.answer = GitHub()
    tracker = await github(workflow, there, phases={"In Progress": "doing", "Review": "internal_review"})
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    await workflow.post(f"/tasks/{task['number']}/phase", {"phase": "doing"})
    await all_told(workflow, tracker, 2)
    earlier = now() + EXPECTED_FOR - timedelta(minutes=5)
    items = workflow.service.mongo.db["tracker_items"]
    await items.update_one({}, {"$set": {"expected.$[].until": earlier}})
    for n, label in enumerate(("Review", "In Progress")):
        payload = payloads.github("labeled", labels=[label])
        payload["issue"]["updated_at"] = now().isoformat()
        await send(workflow, tracker, payload, **{"x-github-delivery": f"d{n}"})
        await settled(workflow, tracker, n + 1)
    assert await settled(workflow, tracker, 2) == ["moved", "moved"]
    assert (await workflow.task(task["number"]))["phase"]["id"] == "doing"


async def test_trello_gets_cards_in_the_lists_of_their_phases(
    workflow: Workflow, outside: World, there: OutsideServer
) -> None:
    lists = {"/1/lists/list1?fields=name": "Fazendo", "/1/lists/list2?fields=name": "Feito"}

    def trello(request: Received) -> Reply:
        assert request.headers["authorization"] == 'OAuth oauth_consumer_key="k", oauth_token="t"'
        if request.method == "GET":
            return as_json({"id": "…", "name": lists[request.path]})
        return as_json({"id": "card1", "shortLink": "H0TZyzbK", "shortUrl": "https://trello.com/c/H0TZyzbK"})

    there.answer = trello
    outbound = {"base_url": there.url, "project": "list0", "credentials": {"key": "k", "token": "t"}}
    tracker = await register(workflow, "trello", outbound={**outbound, "phases": {"doing": "list1", "done": "list2"}})
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    await workflow.post(f"/tasks/{task['number']}/phase", {"phase": "doing"})
    await workflow.post(f"/tasks/{task['number']}/complete")
    await all_told(workflow, tracker, 3)
    told = [one for one in there.received if one.method != "GET"]
    assert [(one.method, one.path) for one in told] == [
        ("POST", "/1/cards"),
        ("PUT", "/1/cards/card1"),
        ("PUT", "/1/cards/card1"),
    ]
    assert [one.json().get("idList") for one in told] == ["list0", "list1", "list2"]
    assert await expected(workflow) == ["fazendo", "feito"], "by the names that Trello will report"


async def test_anything_else_is_told_by_templates(workflow: Workflow, outside: World, there: OutsideServer) -> None:
    there.answer = lambda request: as_json({"item": {"key": "W/1"}} if request.path == "/work" else {})
    mapping = {"id": "key", "title": "name", "at": "changed"}
    requests = {
        "created": {
            "url": f"{there.url}/work",
            "body": {"name": "{{task.title}} #{{task.number}}", "n": "{{task.number}}"},
        },
        "completed": {
            "method": "PUT",
            "url": f"{there.url}/items/{{{{outside_id}}}}",
            "body": ["{{text}}", "{{task.due}}"],
        },
    }
    outbound = {"requests": requests, "id_at": "item.key", "credentials": {"X-Key": "s3cret"}}
    wrong = {**outbound, "requests": {"created": {"url": f"{there.url}/{{{{task.password}}}}"}}}
    refused = await workflow.post(
        "/trackers", {"name": "x", "kind": "generic", "mapping": mapping, "outbound": wrong}, ADMIN
    )
    assert (refused.status_code, "task.password" in refused.json()["detail"]) == (422, True)
    tracker = await register(workflow, "generic", mapping=mapping, outbound=outbound)
    task = await outside.ask_for_task(workflow)
    await linked(workflow, task["number"])
    await workflow.post(f"/tasks/{task['number']}/complete", {"handover": 'com "aspas"'})
    await all_told(workflow, tracker, 2)
    created, completed = there.received
    assert created.json() == {"name": f"Produzir o banner #{task['number']}", "n": task["number"]}
    assert (completed.method, completed.path) == ("PUT", "/items/W/1")
    assert completed.json() == ['com "aspas"', None]
    assert {one.headers["x-key"] for one in there.received} == {"s3cret"}


async def test_credentials_go_to_no_other_server_than_the_one_they_were_entered_for(
    workflow: Workflow, there: OutsideServer
) -> None:
    tracker = await github(workflow, there)
    path = f"/trackers/{tracker['id']}"
    elsewhere = {"base_url": "https://evil.example", "project": "octo/site"}
    moved = await workflow.change("PATCH", path, {"outbound": elsewhere}, ADMIN)
    assert (moved.status_code, "credentials are needed" in moved.json()["detail"]) == (422, True)
    same = await workflow.change("PATCH", path, {"outbound": {"base_url": there.url, "project": "octo/other"}}, ADMIN)
    assert same.status_code == 200, same.text
    inside = {"base_url": "https://10.0.0.1", "project": "o/s", "credentials": {"token": "x"}}
    answer = await workflow.post("/trackers", {"name": "x", "kind": "github", "outbound": inside}, ADMIN)
    assert answer.json()["type"].endswith("target-refused")


async def due_now(workflow: Workflow) -> None:
    """Time passes: no server rests any more."""
    change = {"$set": {"due": now() - timedelta(seconds=1), "rests_until": None}, "$inc": {"wakes": 1}}
    await workflow.service.mongo.db["call_lanes"].update_many({}, change)


def _outbound(there: OutsideServer, *, token: str) -> dict[str, Any]:
    return {"base_url": there.url, "project": "octo/site", "credentials": {"token": token}}


async def _is_linked(workflow: Workflow, number: int) -> bool:
    return bool((await workflow.task(number, BIA))["outside"])


async def _queued(workflow: Workflow, tracker: dict[str, Any], count: int) -> bool:
    return len(await calls(workflow, tracker)) == count


async def _has_failed(workflow: Workflow) -> bool:
    lane = await workflow.service.mongo.db["call_lanes"].find_one({})
    return lane is not None and lane["failures"] > 0


async def _is_off(workflow: Workflow, tracker: dict[str, Any]) -> bool:
    shown = (await workflow.get(f"/trackers/{tracker['id']}", ADMIN)).json()
    return bool(shown["outbound"]["state"] == "disabled")


async def _in_time(workflow: Workflow, check: Awaitable[bool]) -> bool:
    """Whether it is so; else time passes for a server that rests by now: that it was called is no sign that it does."""
    so = await check
    if not so and await workflow.service.mongo.db["call_lanes"].find_one({"rests_until": {"$gt": now()}}):
        await due_now(workflow)
    return so


async def _is_told(workflow: Workflow, tracker: dict[str, Any]) -> bool:
    return [one["state"] for one in await calls(workflow, tracker)][:1] == ["delivered"]


async def _refused(workflow: Workflow, tracker: dict[str, Any]) -> bool:
    return any(one["state"] == "failed" for one in await calls(workflow, tracker))
