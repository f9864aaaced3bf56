"""Saved views, what lists refuse, and the numbers of the home page."""

from typing import Any

import pytest

from tests.integration.tickets.running import AS_ANA, AS_BIA, AS_CAIO, EVE, Desk, acting
from tests.unit.tickets.builders import a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

MINE = {"name": "Meus urgentes", "filter": {"analyst": ["me"], "band": ["urgent"]}, "order": "updated", "place": 2}


async def put(desk: Desk, path: str, body: object, who: object = AS_ANA, **headers: str) -> tuple[int, str]:
    from tests.integration.tickets.running import signed

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await desk.call("PUT", f"/v1{path}", json=body, headers=signed(who) | named)  # type: ignore[arg-type]
    return answer.status_code, answer.text


async def test_a_view_is_ones_own_until_it_is_shared_and_changed_by_its_maker(desk: Desk) -> None:
    """Finding: saved views per person and shared, in their order."""
    mine = (await desk.post("/views", MINE, Idempotency_Key="once")).json()
    again = (await desk.post("/views", MINE, Idempotency_Key="once")).json()
    assert again == mine
    shared = (await desk.post("/views", {"name": "Sem dono", "shared": True, "filter": {"analyst": ["none"]}})).json()
    assert [one["name"] for one in (await desk.get("/views")).json()["items"]] == ["Sem dono", "Meus urgentes"]
    assert [one["id"] for one in (await desk.get("/views", AS_BIA)).json()["items"]] == [shared["id"]]
    assert (await desk.get(f"/views/{mine['id']}", AS_BIA)).status_code == 404
    assert (await put(desk, f"/views/{shared['id']}", MINE, AS_CAIO))[0] == 403
    assert (await put(desk, f"/views/{mine['id']}", {**MINE, "name": "Outro"}, If_Match='"7"'))[0] == 409
    assert (await put(desk, f"/views/{mine['id']}", {**MINE, "name": "Outro"}, If_Match='"1"'))[0] == 200
    assert (await desk.get(f"/views/{mine['id']}")).json()["name"] == "Outro"


async def test_outsiders_have_no_views(desk: Desk) -> None:
    made = (await desk.post("/views", {**MINE, "shared": True})).json()
    guest = acting(a_requester())
    for who in (guest, EVE):
        assert (await desk.get(f"/views/{made['id']}", who)).status_code == 404
    assert (await desk.get("/views", guest)).status_code == 404
    assert (await desk.post("/views", MINE, guest)).status_code == 404
    assert (await desk.get("/home", guest)).status_code == 404
    assert (await desk.get("/views", EVE)).json() == {"items": []}


async def test_a_view_is_a_list_and_what_is_given_beside_it_replaces_what_it_says(desk: Desk) -> None:
    for n in range(3):
        await desk.opened(message_id=f"m{n}", internet_message_id=f"<{n}@x.test>")
    await desk.post("/tickets/2/stage", {"stage": "planning"})
    view = (await desk.post("/views", {"name": "v", "filter": {"stage": ["planning"]}, "order": "oldest"})).json()
    assert [one["number"] for one in (await desk.get("/tickets", view=view["id"])).json()["items"]] == [2]
    answer = await desk.get("/tickets", view=view["id"], stage="triage")
    assert [one["number"] for one in answer.json()["items"]] == [1, 3]
    assert (await desk.get("/tickets/count", view=view["id"])).json() == {"count": 1, "shown": "1", "behind": False}
    assert (await desk.get("/tickets", view="unknown")).status_code == 404


async def test_a_filter_that_makes_no_sense_is_refused_by_its_name(desk: Desk, subtests: pytest.Subtests) -> None:
    questions = {
        "status": "opened",
        "stage": "production,nowhere",
        "band": "huge",
        "promised_from": "2026-02-30",
        "work": "tomorrow",
        "order": "random",
    }
    for field, value in questions.items():
        with subtests.test(field):
            answer = await desk.get("/tickets", AS_ANA, **{field: value})
            assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await desk.post("/views", {**MINE, "filter": {"stage": ["nowhere"]}})).status_code == 422
    assert (await desk.post("/views", {**MINE, "filter": {"stages": ["triage"]}})).status_code == 422


async def test_the_home_page_counts_what_is_with_me_and_shows_the_newest(desk: Desk) -> None:
    """H9, R2"""
    for n in range(4):
        await desk.opened(message_id=f"m{n}", internet_message_id=f"<{n}@x.test>")
    await desk.post("/tickets/1/stage-assignee", {"stage": "production", "person_id": "bia"})
    await desk.post("/tickets/1/stage", {"stage": "production"})
    await desk.post("/tickets/2/resolve", {"method": "answered"})
    ana, bia = (await desk.get("/home")).json(), (await desk.get("/home", AS_BIA)).json()
    assert ana["with_me"]["count"] == sum(ana["with_me"]["by_stage"].values()) == 2
    assert bia["with_me"]["by_stage"] == {"triage": 0, "analysis": 0, "planning": 0, "production": 1, "delivery": 0}
    assert [one["number"] for one in ana["newest"]] == [4, 3, 2, 1]
    # 3 and 4 were opened long ago and nobody did anything since (W16)
    assert ana["overdue"] == {"mine": 2, "all": 2}


async def test_each_place_of_the_desk_says_how_many_tickets_it_has(desk: Desk) -> None:
    """H9, W17: what the rail shows; a saved view counts as its own list does."""
    for n in range(4):
        await desk.opened(message_id=f"m{n}", internet_message_id=f"<{n}@x.test>")
    await desk.post("/tickets/1/stage", {"stage": "planning"})
    await desk.post("/tickets/2/resolve", {"method": "answered"})
    view = (await desk.post("/views", {"name": "v", "filter": {"stage": ["planning"]}})).json()
    places = (await desk.get("/tickets/places")).json()["places"]
    lists: dict[str, Any] = {"mine": {"analyst": "me"}, "with_me": {"executor": "me"}, "all": {}}
    lists["triage"] = {"stage": "triage"}
    lists |= {"waiting": {"status": "waiting"}, "overdue": {"executor": "me", "work": "overdue"}}
    lists[view["id"]] = {"view": view["id"]}
    for place, filters in lists.items():
        counted = (await desk.get("/tickets/count", **filters)).json()
        assert places[place] == {"count": counted["count"], "shown": counted["shown"]}, place
    assert (places["all"]["count"], places["triage"]["count"], places[view["id"]]["count"]) == (3, 2, 1)
    assert (await desk.get("/tickets/places", acting(a_requester()))).status_code == 404
    assert view["id"] not in (await desk.get("/tickets/places", AS_BIA)).json()["places"]


async def test_a_count_by_stage_adds_up(desk: Desk) -> None:
    """H9: the tabs above a list."""
    for n in range(3):
        await desk.opened(message_id=f"m{n}", internet_message_id=f"<{n}@x.test>")
    await desk.post("/tickets/2/stage", {"stage": "planning"})
    counted = (await desk.get("/tickets/count", by="stage")).json()
    assert {stage: one["count"] for stage, one in counted["by_stage"].items() if one["count"]} == {
        "triage": 2,
        "planning": 1,
    }
    assert counted["count"] == 3
    assert (await desk.get("/tickets/count", by="priority")).status_code == 422

    listed = (await desk.get("/tickets", stage="planning", counted="stage")).json()
    assert [one["number"] for one in listed["items"]] == [2]
    assert listed["counted"] == counted, "of all stages, whichever are listed"
    assert "counted" not in (await desk.get("/tickets", acting(a_requester()), counted="stage")).json()


async def test_rows_of_an_open_list_say_by_which_filter_they_left_it(desk: Desk) -> None:
    """What a page that is open asks for when tickets change; another company's number is not there."""
    for n in range(3):
        await desk.opened(message_id=f"m{n}", internet_message_id=f"<{n}@x.test>")
    await desk.post("/tickets/2/stage", {"stage": "planning"})
    await desk.post("/tickets/3/resolve", {"method": "answered"})
    rows = (await desk.get("/tickets/rows", numbers="3,1,2,99", stage="triage")).json()["items"]
    assert [(one["number"], one["left"]) for one in rows] == [(3, ["status"]), (1, []), (2, ["stage"])]
    assert (await desk.get("/tickets/rows", EVE, numbers="1,2,3")).json() == {"items": []}
    assert (await desk.get("/tickets/rows", acting(a_requester()), numbers="1")).status_code == 404
    assert (await desk.get("/tickets/rows", numbers="1;2")).status_code == 422
