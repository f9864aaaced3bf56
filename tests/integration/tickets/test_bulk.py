"""Bulk edits on the real database: each ticket once, whatever is killed, repeated or done by two replicas at once."""

import asyncio
from typing import Any

import pytest

from balcao.tickets.bulk_editing import BulkEditing
from balcao.tickets.store.jobs import Jobs
from tests.integration.tickets.running import (
    AS_ANA,
    AS_BIA,
    EVE,
    Desk,
    a_bus,
    acting,
    eventually,
    running,
    settings_for,
)
from tests.unit.tickets.builders import a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def several(desk: Desk, count: int) -> None:
    """Tickets 1 to `count`."""
    for number in range(1, count + 1):
        assert (await desk.post("/tickets", {"title": f"Pedido {number}"})).status_code == 201


async def bulk(desk: Desk, body: dict[str, Any], **headers: Any) -> dict[str, Any]:
    """A bulk edit that is accepted."""
    answer = await desk.post("/bulk-edits", body, **headers)
    assert answer.status_code in (201, 202), answer.text
    job: dict[str, Any] = answer.json()
    return job


async def ended(desk: Desk, job_id: str) -> dict[str, Any]:
    """The job once nothing is left of it."""

    async def is_done() -> bool:
        return bool((await desk.get(f"/bulk-edits/{job_id}")).json()["state"] == "done")

    await eventually(is_done, 30)
    job: dict[str, Any] = (await desk.get(f"/bulk-edits/{job_id}")).json()
    return job


async def edits(desk: Desk) -> int:
    """How many tickets say that they were edited in bulk."""
    return await desk.count("timeline", type="ticket.bulk_edited.v1")


async def test_chosen_tickets_are_edited_and_each_says_what_became_of_it(desk: Desk) -> None:
    """W12: refused ones by name, one operation on all of them."""
    await several(desk, 3)
    await desk.post("/tickets/2/cancel")
    await desk.post("/tickets/3/resolve", {"method": "answered"})
    body = {"numbers": [1, 2, 3, 9, 1], "edit": {"priority": 80}}
    job = await bulk(desk, body)
    assert job["state"] == "done"
    assert [(one["number"], one["outcome"], one.get("code")) for one in job["results"]] == [
        (1, "done", None),
        (2, "refused", "ticket-is-cancelled"),
        (3, "refused", "ticket-is-resolved"),
        (9, "refused", "not-found"),
    ]
    assert job["progress"] == {"total": 4, "done": 1, "unchanged": 0, "refused": 3}
    assert ((await desk.ticket(1))["priority"], (await desk.ticket(2))["priority"]) == (80, 0)
    (entry,) = [one for one in (await desk.ticket(1))["timeline"] if one["type"] == "ticket.bulk_edited.v1"]
    assert entry["data"]["operation_id"] == job["id"]
    again = await bulk(desk, body)
    assert again["progress"]["unchanged"] == 1


async def test_only_fields_with_a_value_change(desk: Desk) -> None:
    """W12"""
    await several(desk, 2)
    await bulk(desk, {"numbers": [1], "edit": {"kind": "fix", "priority": 20}})
    await bulk(desk, {"numbers": [1, 2], "edit": {"analyst_id": "bia"}})
    first = await desk.ticket(1)
    assert (first["kind"], first["priority"], first["analyst"]["person_id"]) == ("fix", 20, "bia")


async def test_all_results_of_a_filter_are_edited_in_the_background(desk: Desk) -> None:
    """W12, W19"""
    await several(desk, 25)
    tag = (await desk.post("/tags", {"name": "Natal"}, who=acting_admin())).json()
    await desk.post("/tickets/4/cancel")
    job = await bulk(desk, {"filter": {"status": ["open"]}, "edit": {"add_tags": [tag["id"]]}})
    done = await ended(desk, job["id"])
    assert done["progress"] == {"total": 24, "done": 24, "unchanged": 0, "refused": 0}
    tagged = [one["number"] for one in await desk.tickets() if one["tags"] == [tag["id"]]]
    assert sorted(tagged) == [n for n in range(1, 26) if n != 4]
    results = (await desk.get(f"/bulk-edits/{job['id']}/results", outcome="done", limit=20)).json()
    assert (len(results["items"]), results["next"]) == (20, 20)


def acting_admin() -> Any:
    """Ana as an administrator."""
    return AS_ANA.model_copy(update={"roles": ("admin", "agent")})


async def test_a_repeated_request_is_one_bulk_edit(desk: Desk) -> None:
    """W12"""
    await several(desk, 2)
    body = {"numbers": [1, 2], "edit": {"kind": "fix"}}
    jobs = [await bulk(desk, body, idempotency_key="abc") for _ in range(2)]
    assert jobs[0]["id"] == jobs[1]["id"]
    assert await edits(desk) == 2


async def test_two_replicas_on_one_job_edit_each_ticket_once(desk: Desk) -> None:
    """W12: also when the lease of the first is over and both are at it. Fails with random causes."""
    await several(desk, 30)
    own: BulkEditing = desk.service.http.state.bulk
    await own.stop()
    job = await bulk(desk, {"filter": {"status": ["open"]}, "edit": {"kind": "fix"}})
    database, committer = desk.service.mongo.db, desk.service.committer
    replicas = [
        BulkEditing(Jobs(database, committer, lease_s=0), own._linking, own._lists, own._directory) for _ in range(2)
    ]
    await desk.service.mongo.db["jobs"].update_one({"_id": job["id"]}, {"$set": {"lease": None}})

    async def work(replica: BulkEditing) -> None:
        while await replica.look() or (await desk.get(f"/bulk-edits/{job['id']}")).json()["state"] != "done":
            await asyncio.sleep(0)

    await asyncio.gather(*(work(replica) for replica in replicas))
    assert (await desk.get(f"/bulk-edits/{job['id']}")).json()["progress"]["done"] == 30
    assert await edits(desk) == 30


async def test_what_a_dead_process_left_behind_is_finished_by_the_next(
    desk: Desk, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    """W12: it died between changing tickets and noting so. Fails when the cause does not follow from job and ticket."""
    await several(desk, 25)
    own: BulkEditing = desk.service.http.state.bulk
    await own.stop()
    job = await bulk(desk, {"filter": {"status": ["open"]}, "edit": {"kind": "fix"}})

    async def dies(*_: Any) -> Any:
        raise ConnectionResetError("killed here")

    noting, own.jobs.note = own.jobs.note, dies  # type: ignore[method-assign,assignment]
    assert await own.look()  # the list
    with pytest.raises(ConnectionResetError):
        await own.look()
    own.jobs.note = noting  # type: ignore[method-assign]
    assert await edits(desk) == 20
    await desk.service.mongo.db["jobs"].update_one({"_id": job["id"]}, {"$set": {"lease.until": 0}})
    async with running(settings_for(mongo_url, amqp_url, database_prefix), a_bus(amqp_url, bus_prefix)) as other:
        done = await ended(other, job["id"])
    assert done["progress"]["done"] == 25
    assert await edits(desk) == 25


async def test_a_cancelled_job_leaves_the_rest_alone(desk: Desk) -> None:
    """W12"""
    await several(desk, 25)
    own: BulkEditing = desk.service.http.state.bulk
    await own.stop()
    job = await bulk(desk, {"filter": {"status": ["open"]}, "edit": {"kind": "fix"}})
    await own.look()
    await own.look()
    assert (await desk.post(f"/bulk-edits/{job['id']}/cancel")).json()["state"] == "cancelled"
    assert not await own.look()
    shown = (await desk.get(f"/bulk-edits/{job['id']}")).json()
    assert (shown["progress"]["done"], shown["left"]) == (20, 5)
    assert (await desk.post(f"/bulk-edits/{job['id']}/cancel")).status_code == 409
    assert await edits(desk) == 20


async def test_a_bulk_edit_is_undone_where_nothing_later_contradicts_it(desk: Desk) -> None:
    """W12, W15: the others say which later entry is in the way."""
    await several(desk, 3)
    job = await bulk(desk, {"numbers": [1, 2, 3], "edit": {"analyst_id": "davi", "kind": "fix"}})
    await desk.post("/tickets/2/analyst", {"person_id": "bia"}, AS_BIA)
    undoing = (await desk.post(f"/bulk-edits/{job['id']}/undo")).json()
    done = await ended(desk, undoing["id"])
    assert done["progress"] == {"total": 3, "done": 2, "unchanged": 0, "refused": 1}
    (refused,) = (await desk.get(f"/bulk-edits/{undoing['id']}/results")).json()["items"]
    assert (refused["number"], refused["code"]) == (2, "cannot-undo")
    analysts = [(await desk.ticket(n))["analyst"]["person_id"] for n in (1, 2, 3)]
    assert (analysts, (await desk.ticket(1))["kind"], (await desk.ticket(2))["kind"]) == (
        ["ana", "bia", "ana"],
        "request",
        "fix",
    )


async def test_one_ticket_of_a_bulk_edit_is_undone_from_its_history(desk: Desk) -> None:
    """W15: the refusal says who changed what since, and by which entry."""
    await several(desk, 2)
    await bulk(desk, {"numbers": [1, 2], "edit": {"analyst_id": "davi"}})
    entry = next(e["n"] for e in (await desk.ticket(1))["timeline"] if e["type"] == "ticket.bulk_edited.v1")
    assert (await desk.post("/tickets/1/undo", {"entry": entry})).json()["analyst"]["person_id"] == "ana"
    assert (await desk.ticket(2))["analyst"]["person_id"] == "davi"
    await desk.post("/tickets/2/analyst", {"person_id": "bia"}, AS_BIA)
    refused = await desk.post("/tickets/2/undo", {"entry": entry})
    (reason, *_) = refused.json()["reasons"]
    assert (refused.status_code, reason["code"]) == (409, "changed-since")
    later = (await desk.ticket(2))["timeline"][reason["entry"] - 1]
    assert (later["actor"]["name"], reason["by"]) == ("Bia", "Bia")


async def test_bad_bulk_edits_are_refused_whole(desk: Desk) -> None:
    """W12"""
    await several(desk, 1)
    for body in (
        {"numbers": [1], "edit": {}},
        {"numbers": [1], "edit": {"title": "Todos iguais"}},
        {"numbers": [], "edit": {"priority": 5}},
        {"edit": {"priority": 5}},
        {"numbers": [1], "filter": {}, "edit": {"priority": 5}},
        {"filter": {"sttus": ["open"]}, "edit": {"priority": 5}},
    ):
        assert (await desk.post("/bulk-edits", body)).status_code == 422, body
    assert await desk.count("jobs") == 0


async def test_outsiders_neither_begin_nor_see_bulk_edits(desk: Desk) -> None:
    await several(desk, 1)
    job = await bulk(desk, {"numbers": [1], "edit": {"priority": 5}})
    guest = acting(a_requester(), person_id="dora")
    for who in (EVE, guest):
        assert (await desk.get(f"/bulk-edits/{job['id']}", who)).status_code == 404
        assert (await desk.get(f"/bulk-edits/{job['id']}/results", who)).status_code == 404
        for what in ("cancel", "undo"):
            assert (await desk.post(f"/bulk-edits/{job['id']}/{what}", None, who)).status_code == 404
    assert (await desk.get("/bulk-edits", EVE)).json() == {"items": []}
    assert (await desk.get("/bulk-edits", guest)).status_code == 404
    assert (await desk.post("/bulk-edits", {"numbers": [1], "edit": {"priority": 90}}, guest)).status_code == 404
    strange = await bulk(desk, {"numbers": [1], "edit": {"priority": 90}}, who=EVE)
    assert strange["results"] == [{"number": 1, "outcome": "refused", "code": "not-found", "reason": "no ticket #1"}]
    assert (await desk.ticket(1))["priority"] == 5
