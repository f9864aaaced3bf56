"""Work that comes again: each time is made exactly once, whatever replicas do and whatever is killed."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from balcao.shared.clock import now
from balcao.shared.timekeeping import Timekeeper
from balcao.shared.timers import LEASE_S, Timer, Timers
from balcao.workflow.recurring import Recurring
from tests.integration.workflow.running import BIA, CAIO, GUEST, OUTSIDER, Workflow, World

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


def plan(**values: Any) -> dict[str, Any]:
    """Every day at nine, from the day after tomorrow on, whatever the calendar says."""
    starts = (now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    task = {"title": "Relatório", "estimate_minutes": 60, "checklist": ["Números", "Texto"]}
    return {"task": task, "rule": "FREQ=DAILY;COUNT=4", "starts": starts, "day_off": "as_is", **values}


async def begin(workflow: Workflow, **values: Any) -> dict[str, Any]:
    """A recurrence."""
    answer = await workflow.send("POST", "/recurrences", plan(**values), CAIO, once="r")
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def recurring_of(workflow: Workflow) -> Recurring:
    """What makes the tasks, in the running service."""
    found: Recurring = workflow.service.http.state.recurring
    return found


def keeper(workflow: Workflow, at: datetime) -> Timekeeper:
    """A replica's timekeeper at a time to come."""
    database = workflow.service.mongo.db
    return Timekeeper(Timers(database), {"recur": recurring_of(workflow).fire}, now=lambda: at)


async def test_each_time_is_made_once_though_replicas_and_repeats_fire_it_together(workflow: Workflow) -> None:
    begun = await begin(workflow)
    assert (await begin(workflow))["number"] == begun["number"], "the same request plans it once"
    later = now() + timedelta(days=10)
    for _ in range(6):
        replicas = [keeper(workflow, later) for _ in range(3)]
        await asyncio.gather(*(one.look() for one in replicas))
        later += timedelta(seconds=LEASE_S + 1)
    tasks = sorted(await workflow.tasks(), key=lambda task: task["created_at"])
    times = [datetime.fromisoformat(task["created_at"]) for task in tasks]
    assert len(times) == 4
    assert [(b - a).days for a, b in pairwise(times)] == [1, 1, 1]
    assert {(task["title"], task["estimate_minutes"], task["checklist_of"]) for task in tasks} == {("Relatório", 60, 2)}
    shown = (await workflow.get("/recurrences/1")).json()
    assert (shown["made"], shown["ended"], shown["next_at"]) == (4, True, None)
    assert (await workflow.task(tasks[0]["number"]))["timeline"][0]["data"]["recurrence"] == 1
    assert (await workflow.send("POST", "/recurrences/1/skip", None, CAIO)).status_code == 409, "it has ended"


async def test_a_timer_fired_again_after_a_kill_makes_nothing_more(workflow: Workflow) -> None:
    """A replica that dies between the commit and taking its timer away leaves the timer to be fired again."""
    begun = await begin(workflow)
    recurring = recurring_of(workflow)
    due = datetime.fromisoformat(begun["next_at"])
    timer = Timer("t", "agencia", "recur", begun["id"], due, 1, "somebody who died")
    await asyncio.gather(*(recurring.fire(timer) for _ in range(3)))
    await recurring.fire(timer)
    shown = (await workflow.get("/recurrences/1")).json()
    assert (len(await workflow.tasks()), shown["made"]) == (1, 1)
    assert datetime.fromisoformat(shown["next_at"]) == due + timedelta(days=1)


async def test_it_can_be_paused_skipped_planned_anew_and_ended(workflow: Workflow) -> None:
    begun = await begin(workflow)
    first = datetime.fromisoformat(begun["next_at"])
    skipped = (await workflow.send("POST", "/recurrences/1/skip", None, CAIO)).json()
    assert datetime.fromisoformat(skipped["next_at"]) == first + timedelta(days=1)
    await workflow.send("POST", "/recurrences/1/pause", None, CAIO)
    assert await keeper(workflow, now() + timedelta(days=30)).look() >= 1
    assert await workflow.tasks() == [], "skipped and paused times are not made"
    resumed = (await workflow.send("POST", "/recurrences/1/resume", None, CAIO)).json()
    assert (resumed["paused"], datetime.fromisoformat(resumed["next_at"])) == (False, first + timedelta(days=1))
    weekly = plan(rule="RRULE:FREQ=WEEKLY;BYDAY=MO", day_off="next", due_days=2)
    replanned = (await workflow.send("PUT", "/recurrences/1", weekly, CAIO)).json()
    assert replanned["plan"]["rule"] == "FREQ=WEEKLY;BYDAY=MO"
    timer = Timer("t", "agencia", "recur", begun["id"], datetime.fromisoformat(replanned["next_at"]), 1, "me")
    await recurring_of(workflow).fire(timer)
    (task,) = await workflow.tasks()
    assert datetime.fromisoformat(task["due"]) > datetime.fromisoformat(task["created_at"]) + timedelta(days=1)
    ended = (await workflow.send("POST", "/recurrences/1/end", None, CAIO)).json()
    assert (ended["ended"], ended["next_at"]) == (True, None)
    assert [one["number"] for one in (await workflow.get("/recurrences")).json()["items"]] == [1]


async def test_what_makes_no_sense_is_refused_and_only_the_desk_plans(workflow: Workflow, outside: World) -> None:
    await outside.hires(workflow, BIA)
    task = {"title": "x"}
    for wrong in (
        {"rule": "FREQ=MINUTELY"},
        {"rule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"},
        {"rule": "FREQ=DAILY;UNTIL=20200101"},
        {"starts": "2026-02-30T09:00"},
        {"task": {**task, "executor_id": "dora"}},
        {"task": {**task, "task_type": "nenhum"}},
        {"task": {**task, "due": "2026-12-01T09:00:00Z"}},
        {"task": {**task, "html": '<img src="cid:none@balcao">'}},
    ):
        answer = await workflow.send("POST", "/recurrences", plan(**wrong), CAIO)
        assert answer.status_code == 422, (wrong, answer.text)
    for nobody, status in ((BIA, 403), (GUEST, 404), (OUTSIDER, 201)):
        answer = await workflow.send("POST", "/recurrences", plan(), nobody)
        assert answer.status_code == status, nobody.name
    assert (await workflow.get("/recurrences")).json()["items"] == [], "another company's are not ours"
    assert (await workflow.get("/recurrences", GUEST)).status_code == 404
