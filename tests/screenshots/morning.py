"""A lively morning at the demo company: tickets in every state, so that pages have something to show."""

import json
from datetime import UTC, datetime, timedelta
from importlib import resources

from balcao.local.demo.doors import Json, Session
from balcao.local.demo.workday import Workday


async def have_a_morning(day: Workday) -> list[int]:
    """Let the team open, plan, hand out and answer a dozen requests; returns the tickets' numbers."""
    company = day.company
    admin = await day.signed_in(company.players[0])
    people = {one["addresses"][0].partition("@")[0]: one["id"] for one in (await admin.get("/api/v1/people"))["items"]}
    tags = {one["name"]: one["id"] for one in (await admin.get("/api/v1/tags"))["items"]}
    workspaces = {one["name"]: one["id"] for one in (await admin.get("/api/v1/workspaces"))["items"]}
    numbers = []
    for case in json.loads(resources.files(__package__).joinpath("morning.json").read_text("utf-8")):
        agent = await day.signed_in(company.analyst(case["workspace"]))
        name = company.workspace_name(case["workspace"])
        number = await _open(agent, case, workspaces.get(name), [tags[one] for one in case["tags"]])
        await _work_on(agent, number, case, people)
        numbers.append(number)
    return numbers


async def _open(agent: Session, case: Json, workspace: str | None, tags: list[str]) -> int:
    name, address = case["from"]
    described = f"Bom dia! {case['title']}. Conseguem ver isso para mim?\n\nObrigada,\n{name.split()[0]}"
    body = {
        "title": case["title"],
        "description": described,
        "kind": case["kind"],
        "priority": case["priority"],
        "requester": {"name": name, "address": address},
        "workspace_id": workspace,
        "tags": tags,
    }
    return int((await agent.post("/api/v1/tickets", body))["number"])


async def _work_on(agent: Session, number: int, case: Json, people: dict[str, str]) -> None:
    if stage := case.get("stage"):
        await agent.command(number, "stage", {"stage": stage})
    if plan := case.get("plan"):
        await agent.command(number, "action-plan", {"text": plan})
    if note := case.get("note"):
        await agent.command(number, "comments", {"text": note, "visible": False})
    if (hours := case.get("due_h")) is not None:
        change = {"due": _in_hours(hours), "note": "Combinado por telefone."}
        response = await agent.request("PATCH", f"/api/v1/tickets/{number}", json=change)
        response.raise_for_status()
    for title, executor, phase, hours in case.get("tasks", ()):
        asked = {"title": title, "executor_id": people[executor], "due": _in_hours(hours)}
        await agent.command(number, "tasks", asked)
        if phase:
            await _move(agent, number, title, phase)
    if reply := case.get("reply"):
        await agent.command(number, "comments", {"text": reply, "visible": True, "then": case.get("then")})


async def _move(agent: Session, number: int, title: str, kind: str) -> None:
    """Move the task of this title to the first phase of this kind, once it exists."""

    def exists(ticket: Json) -> bool:
        return any(task.get("title") == title and task.get("number") for task in ticket["tasks"])

    ticket = await agent.until_ticket(number, f"with the task {title!r}", exists)
    task = next(one["number"] for one in ticket["tasks"] if one.get("title") == title)
    types = (await agent.get("/api/v1/task-types"))["items"]
    phase = next(one["id"] for one in types[0]["phases"] if one["kind"] == kind)
    await agent.post(f"/api/v1/tasks/{task}/phase", {"phase": phase})


def _in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
