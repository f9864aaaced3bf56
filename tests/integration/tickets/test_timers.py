"""Timers on the real database: armed with the change, fired once by whichever replica, whatever dies in between."""

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from balcao.shared.clock import now
from balcao.shared.timekeeping import Timekeeper
from balcao.shared.timers import LEASE_S, Timers
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.timers import KINDS
from tests.integration.tickets.running import AS_ANA, Desk, World, answer_to, eventually, signed
from tests.unit.tickets.builders import TEAM

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]
WITHIN_S = 30


def soon(seconds: float = 1.5) -> str:
    return (now() + timedelta(seconds=seconds)).isoformat()


async def set_policies(desk: Desk, **policies: Any) -> None:
    """The company's policies, as the directory keeps them."""
    wanted = Policies(**policies).model_dump()
    await desk.service.mongo.db["companies"].update_one({"_id": TEAM.company.id}, {"$set": {"policies": wanted}})
    desk.desk.directory.forget(TEAM.company.id)


async def wait_until(desk: Desk, number: int = 1, seconds: float = 1.5, **more: Any) -> None:
    answer = await desk.post(f"/tickets/{number}/wait", {"reason": "follow_up", "until": soon(seconds)} | more)
    assert answer.status_code == 200, answer.text


async def is_in(desk: Desk, status: str, number: int = 1) -> bool:
    return bool((await desk.ticket(number))["status"] == status)


async def timers_left(desk: Desk) -> int:
    return await desk.count("timers")


async def bring_forward(desk: Desk, **which: Any) -> None:
    """Time moves: what would be due later is due now."""
    await desk.service.mongo.db["timers"].update_many(which, {"$set": {"at": now()}})


async def test_a_ticket_that_came_by_mail_arms_no_timer(desk: Desk) -> None:
    """W4, W6: the way in pays for no timer."""
    await desk.opened()
    assert await timers_left(desk) == 0


async def test_a_wait_ends_by_itself_within_seconds(desk: Desk, outside: World) -> None:
    """W4"""
    await desk.opened()
    await wait_until(desk)
    assert await is_in(desk, "waiting")
    await eventually(lambda: is_in(desk, "open"), WITHIN_S)
    ticket = await desk.ticket()
    assert (ticket["highlight"], ticket["progress"]) == ("wait_over", "in_progress")
    ended = next(one for one in ticket["timeline"] if one["type"] == "ticket.reopened.v1")
    assert (ended["data"]["reason"], ended["actor"]) == ("wait_over", None)
    due = next(one for one in ticket["timeline"] if one["type"] == "ticket.wait_started.v1")["data"]["until"]
    assert datetime.fromisoformat(ended["at"]) >= datetime.fromisoformat(due)
    await eventually(lambda: len(outside.said("ticket.reopened.v1")) == 1, WITHIN_S)


async def test_without_an_answer_the_ticket_is_concluded(desk: Desk) -> None:
    """W4"""
    await desk.opened()
    body = {"reason": "more_information", "close_if_no_answer": True}
    assert (await desk.post("/tickets/1/wait", body)).status_code == 200
    await bring_forward(desk)
    await eventually(lambda: is_in(desk, "resolved"), WITHIN_S)
    assert (await desk.ticket())["resolution"] == "no_response"


async def test_an_answer_in_time_leaves_the_timer_nothing_to_do(desk: Desk) -> None:
    """W2, W4"""
    ticket = await desk.opened()
    await desk.post("/tickets/1/wait", {"reason": "more_information", "close_if_no_answer": True})
    await desk.desk.take_message(answer_to(ticket))
    after = await desk.ticket()
    assert (after["status"], after["highlight"]) == ("open", "reply")
    await bring_forward(desk)
    await eventually(lambda: nothing_left(desk), WITHIN_S)
    assert (await desk.ticket())["version"] == after["version"]


async def nothing_left(desk: Desk) -> bool:
    return await timers_left(desk) == 0


async def test_after_the_feedback_window_the_ticket_is_closed_and_a_late_reply_opens_another(desk: Desk) -> None:
    """W2, W6"""
    ticket = await desk.opened()
    await set_policies(desk, feedback_days=7)
    resolved = (await desk.post("/tickets/1/resolve", {"method": "answered"})).json()
    until = datetime.fromisoformat(resolved["reply_until"])
    assert until - datetime.fromisoformat(resolved["resolved_at"]) == timedelta(days=7)
    await bring_forward(desk)
    await eventually(lambda: is_in(desk, "closed"), WITHIN_S)
    assert (await desk.ticket())["resolution"] == "answered"
    await desk.desk.take_message(answer_to(ticket))
    late = await desk.ticket(2)
    assert (late["related_ticket_id"], late["opening_rule"]) == (ticket["id"], "token_to_closed")


async def test_two_replicas_fire_each_timer_once(desk: Desk, outside: World) -> None:
    """W4: fails when taking a timer is not guarded, or firing has no cause of its own."""
    count = 12
    for mail in range(count):
        await desk.opened(message_id=f"message-{mail}", internet_message_id=f"<{mail}@cliente.test>")
    for number in range(1, count + 1):
        await wait_until(desk, number, seconds=3600)
    ahead = now() + timedelta(hours=2)
    replicas = [another_replica(desk, ahead) for _ in range(4)]
    done = 0
    while done < count:
        done += sum(await asyncio.gather(*(one.look() for one in replicas)))
    assert done == count
    await eventually(lambda: len(outside.said("ticket.reopened.v1")) == count, WITHIN_S)
    assert {(await desk.ticket(number))["status"] for number in range(1, count + 1)} == {"open"}
    assert await desk.count("timeline", type="ticket.reopened.v1") == count
    assert await timers_left(desk) == 0


def another_replica(desk: Desk, at: datetime) -> Timekeeper:
    """A timekeeper by whose clock it is `at`."""
    return Timekeeper(Timers(desk.service.mongo.db), dict.fromkeys(KINDS, desk.desk.fire_timer), now=lambda: at)


async def test_a_replica_killed_between_firing_and_cleaning_up_leaves_nothing_to_fire_again(
    desk: Desk, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    """W4, H5: `kill -9`; the timer is still there, comes back when its lease is over, and does nothing."""
    await desk.opened()
    await wait_until(desk, seconds=3600)
    arguments = (mongo_url, amqp_url, database_prefix)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.tickets.dying_timekeeper", *arguments, env=dict(os.environ)
    )
    assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL
    assert await is_in(desk, "open")
    (left,) = await desk.service.mongo.db["timers"].find().to_list(2)
    assert left["tries"] == 1
    version = (await desk.ticket())["version"]
    before_the_lease_is_over = another_replica(desk, now() + timedelta(seconds=5))
    assert await before_the_lease_is_over.look() == 0
    later = another_replica(desk, now() + timedelta(hours=2, seconds=LEASE_S))
    assert await later.look() == 1
    assert await timers_left(desk) == 0
    assert (await desk.ticket())["version"] == version
    assert await desk.count("timeline", type="ticket.reopened.v1") == 1


async def test_a_timer_that_can_t_be_fired_rests_and_holds_up_no_other(desk: Desk) -> None:
    """W4"""
    await desk.opened()
    await wait_until(desk, seconds=3600)
    broken = {"_id": "broken", "company_id": "agencia", "kind": "no such kind", "of": "x", "tries": 0}
    await desk.service.mongo.db["timers"].insert_one(broken | {"due": now(), "at": now()})
    ahead = now() + timedelta(hours=2)
    assert await another_replica(desk, ahead).look() == 1
    assert await is_in(desk, "open")
    (left,) = await desk.service.mongo.db["timers"].find().to_list(2)
    assert left["_id"] == "broken"
    assert left["at"] > ahead


async def test_a_timer_of_a_ticket_that_is_not_there_is_dropped(desk: Desk) -> None:
    lost = {"_id": "lost", "company_id": "agencia", "kind": "wait_over", "of": "nothing", "tries": 0}
    await desk.service.mongo.db["timers"].insert_one(lost | {"due": now(), "at": now()})
    await eventually(lambda: nothing_left(desk), WITHIN_S)


async def test_a_promised_date_is_reminded_of_once(desk: Desk, outside: World) -> None:
    """W9"""
    opened = await desk.opened()
    promised = now() + timedelta(days=30)
    tickets = desk.service.mongo.db["tickets"]
    # The rules of promising have their own tests; here only that a change with a promise arms its reminders.
    await tickets.update_one({"_id": opened["id"]}, {"$set": {"promised_for": promised, "remind_at": promised}})
    await wait_until(desk, seconds=1)
    await eventually(lambda: is_in(desk, "open"), WITHIN_S)
    armed = await desk.service.mongo.db["timers"].find({"kind": "promise_reached"}).to_list(5)
    assert armed == []  # the wait changed nothing about the promise
    timer = {"company_id": "agencia", "kind": "promise_reached", "of": opened["id"], "due": promised, "tries": 0}
    await desk.service.mongo.db["timers"].insert_many(
        [{"_id": name, "at": now(), **timer} for name in ("one", "two", "three")]
    )
    await eventually(lambda: nothing_left(desk), WITHIN_S)
    assert await desk.count("timeline", type="ticket.reminded.v1") == 1
    await eventually(lambda: len(outside.said("ticket.reminded.v1")) == 1, WITHIN_S)


async def test_a_date_that_is_promised_arms_its_own_reminder(desk: Desk, outside: World) -> None:
    """W9: from the command to the fact that the notifier tells."""
    await desk.opened()
    promised = await desk.call(
        "PATCH",
        "/v1/tickets/1",
        json={"promised_for": soon(3)},
        headers=signed(AS_ANA) | {"Content-Type": "application/json"},
    )
    assert promised.status_code == 200, promised.text
    assert await desk.count("timers", kind="promise_reached") == 1
    await eventually(lambda: len(outside.said("ticket.reminded.v1")) == 1, WITHIN_S)
    assert outside.said("ticket.reminded.v1")[0].data.what == "reached"
    assert (await desk.ticket())["highlight"] == "promised"
