"""The directory at the door: who may ask for what, and that it reaches `tickets` as it was asked."""

from typing import Any

import httpx
import pytest

from balcao.shared.events import PersonRegistered
from tests.integration.portal_api.running import ANA, GINA, PAULO, Gateway, Somebody, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAM_READS = (
    "/company",
    "/company/holidays?year=2026",
    "/team-table",
    "/workspaces",
    "/projects?workspace_id=w1",
    "/tags?archived=true",
    "/people?who=guests&q=al",
    "/people/p1",
    "/saved-replies?q=oi",
    "/saved-replies/r1",
    "/saved-replies/r1/rendered?ticket=7",
)
DESK_CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/projects", {"workspace_id": "w1", "name": "Natal"}),
    ("PATCH", "/projects/p1", {"archived": True}),
    ("POST", "/tags", {"name": "Fiscal", "colour": "#aa0000"}),
    ("PATCH", "/tags/t1", {"colour": None}),
    ("POST", "/people", {"name": "Rita", "addresses": ["rita@cliente.test"]}),
    ("PATCH", "/people/p1", {"default_workspace_id": None}),
    ("POST", "/saved-replies", {"title": "Olá", "text": "Oi, {{solicitante.nome}}", "sets": {"priority": 50}}),
    ("PATCH", "/saved-replies/r1", {"shared": True}),
)
ADMIN_CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("PATCH", "/company", {"policies": {"undo_seconds": 5}}),
    ("PUT", "/team-table/company", {"service": "ana", "planning": None}),
    ("POST", "/workspaces", {"name": "Padaria"}),
    ("PATCH", "/workspaces/w1", {"name": "Padaria Nova"}),
)


async def asked(who: Somebody, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    """A request of the JSON API."""
    return await who.http.request(method, f"/api/v1{path}", json=body, headers=headers)


async def made_admin(gateway: Gateway) -> Somebody:
    """Ana as an administrator."""
    await gateway.hears(PersonRegistered(person=ANA.model_copy(update={"roles": ("admin", "agent"), "version": 2})))

    async def is_admin() -> bool:
        account = await gateway.account("ana")
        return account is not None and "admin" in account["roles"]

    await eventually(is_admin)
    return await gateway.program(ANA)


async def test_the_team_reads_the_directory_and_guests_do_not_know_of_it(gateway: Gateway) -> None:
    paulo, gina = await gateway.program(PAULO), await gateway.program(GINA)
    for path in TEAM_READS:
        assert (path, (await asked(paulo, "GET", path)).status_code) == (path, 200)
        before = len(gateway.behind.asked)
        assert (path, (await asked(gina, "GET", path)).status_code) == (path, 404)
        assert len(gateway.behind.asked) == before, "a guest's question goes no further"


async def test_what_is_for_administrators_is_for_nobody_else(gateway: Gateway) -> None:
    ana, paulo, gina = [await gateway.program(one) for one in (ANA, PAULO, GINA)]
    for method, path, body in ADMIN_CHANGES:
        codes = [(await asked(one, method, path, body)).status_code for one in (ana, paulo, gina)]
        assert (path, codes) == (path, [403, 403, 404])
    history = [(await asked(one, "GET", "/directory/company/history")).status_code for one in (ana, paulo, gina)]
    assert history == [403, 403, 404]
    assert gateway.behind.asked == []


async def test_what_is_for_the_desk_is_not_for_producers(gateway: Gateway) -> None:
    paulo, gina = await gateway.program(PAULO), await gateway.program(GINA)
    for method, path, body in DESK_CHANGES:
        codes = [(await asked(one, method, path, body)).status_code for one in (paulo, gina)]
        assert (path, codes) == (path, [403, 404])
    assert gateway.behind.asked == []


async def test_changes_reach_tickets_with_only_what_was_given(gateway: Gateway) -> None:
    admin = await made_admin(gateway)
    headers = {"If-Match": '"2"', "Idempotency-Key": "once-9"}
    for method, path, body in (*DESK_CHANGES, *ADMIN_CHANGES):
        answer = await asked(admin, method, path, body, **headers)
        assert (path, answer.is_success, answer.headers["etag"]) == (path, True, '"3"')
        last = gateway.behind.last()
        assert (last.method, last.path, last.body) == (method, path, body)
        assert last.headers["idempotency-key"] == "once-9"
        if method != "POST":
            assert last.headers["if-match"] == '"2"'


async def test_a_misspelt_setting_goes_no_further(gateway: Gateway) -> None:
    admin = await made_admin(gateway)
    for method, path, body in (
        ("PATCH", "/company", {"policies": {"undo_second": 5}}),
        ("PATCH", "/company", {"working_time": {"own": [{"day": "amanhã", "name": "x"}]}}),
        ("POST", "/tags", {"name": "x", "color": "#000000"}),
        ("PATCH", "/people/p1", {"activ": False}),
    ):
        assert (path, (await asked(admin, method, path, body)).status_code) == (path, 422)
    assert gateway.behind.asked == []


async def test_a_table_is_handed_on_byte_for_byte(gateway: Gateway) -> None:
    admin = await made_admin(gateway)
    table = "Nome;E-mail\nJoão;j@x.test\n".encode("cp1252")
    headers = {"content-type": "text/csv"}
    answer = await admin.http.post("/api/v1/imports/people?dry_run=true", content=table, headers=headers)
    assert answer.status_code == 200, answer.text
    last = gateway.behind.last()
    assert (last.path, last.body, last.query["dry_run"]) == ("/imports/people", table, "true")
    agent = await gateway.program(GINA)
    assert (await agent.http.post("/api/v1/imports/people", content=table, headers=headers)).status_code == 404
    too_large = await admin.http.post("/api/v1/imports/people", content=b"x" * 2_000_000, headers=headers)
    assert too_large.status_code == 413


async def test_who_left_is_signed_out_and_comes_in_no_more(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    left = ANA.model_copy(update={"roles": (), "active": False, "version": 2})
    await gateway.hears(PersonRegistered(person=left))

    async def is_out() -> bool:
        return (await ana.get("/api/v1/me")).status_code == 401

    await eventually(is_out)
    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 401
    await gateway.hears(PersonRegistered(person=ANA.model_copy(update={"version": 3})))

    async def is_back() -> bool:
        return (await gateway.sign_in(gateway.stranger("203.0.113.77"), ANA)).status_code == 201

    await eventually(is_back)
