"""Lists, search and saved views at the door: what passes through, and for whom."""

from typing import Any

import pytest

from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEW: dict[str, Any] = {"name": "Minha", "filter": {"analyst": ["me"], "band": ["urgent"]}, "order": "updated"}
TEAM_READS = (
    "/api/v1/tickets?order=newest",
    "/api/v1/tickets/count",
    "/api/v1/tickets/search?q=banner",
    "/api/v1/home",
    "/api/v1/views",
    "/api/v1/views/v1",
)


async def test_every_filter_reaches_tickets_as_it_was_given(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    given = {
        "status": "any",
        "kind": "fix,question",
        "band": "urgent",
        "workspace": "w1,none",
        "project": "j1",
        "tag": "t1",
        "requester": "gina",
        "promised_from": "2026-03-01",
        "promised_until": "2026-03-31",
        "work": "overdue",
        "view": "v1",
        "highlighted": "true",
        "unassigned": "true",
    }
    for path, more in (
        ("/tickets", {"order": "promised", "after": "20260301.1.7", "limit": "9"}),
        ("/tickets/count", {}),
        ("/tickets/search", {"q": "arte final", "after": "1.9", "limit": "9"}),
    ):
        assert (await ana.get(f"/api/v1{path}", params={**given, **more})).status_code == 200
        asked = gateway.behind.of(path)[-1].query
        assert {name: value.lower() for name, value in asked.items()} == {**given, **more}


@pytest.mark.parametrize(
    "path", ["/api/v1/tickets?limit=101", "/api/v1/tickets?statuss=open", "/api/v1/tickets/search"]
)
async def test_a_misspelt_or_missing_question_is_refused(gateway: Gateway, path: str) -> None:
    ana = await gateway.program(ANA)
    assert (await ana.get(path)).status_code == 422


async def test_a_view_is_saved_changed_and_deleted_with_its_version_and_request_name(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    made = await ana.post("/api/v1/views", VIEW, headers={"Idempotency-Key": "once"})
    asked = gateway.behind.last()
    assert (made.status_code, asked.path, asked.headers["idempotency-key"]) == (201, "/views", "once")
    assert asked.body == {"shared": False, "place": 0, "text": "", **VIEW}
    changed = await ana.http.put("/api/v1/views/v1", json=VIEW, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert gateway.behind.of("/views/v1")[-1].headers["if-match"] == '"1"'
    gone = await ana.http.delete("/api/v1/views/v1", headers={"If-Match": '"2"'})
    assert (gone.status_code, gateway.behind.of("/views/v1")[-1].headers["if-match"]) == (204, '"2"')


async def test_the_teams_lists_do_not_exist_for_guests(gateway: Gateway) -> None:
    gina, paulo = await gateway.program(GINA), await gateway.program(PAULO)
    for path in TEAM_READS:
        assert (await paulo.get(path)).status_code == 200, path
        before = len(gateway.behind.asked)
        assert (await gina.get(path)).status_code == 404, path
        assert len(gateway.behind.asked) == before
    assert (await gina.post("/api/v1/views", VIEW)).status_code == 404


async def test_the_portals_search_asks_as_a_requester_and_shows_what_one_may_see(gateway: Gateway) -> None:
    """P2, W7: to the team too; another company's people find nothing."""
    for who in (GINA, ANA):
        person = await gateway.program(who)
        [hit] = (await person.get("/api/v1/portal/tickets/search?q=cartaz")).json()["items"]
        assert gateway.behind.of("/tickets/search")[-1].acting.roles == ()
        assert hit["snippet"] == [{"text": "Cartaz", "hit": True}]
        assert not {"priority", "analyst", "tasks", "found_in"} & hit.keys()
    eva = await gateway.program(EVA, "outra")
    nothing = await eva.get("/api/v1/portal/tickets/search?q=cartaz")
    assert (nothing.status_code, nothing.json()["items"]) == (200, [])
    assert gateway.behind.of("/tickets/search")[-1].acting.company_id == "outra"
