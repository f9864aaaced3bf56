"""Editing, bulk edits, merging, splitting, undoing and the history through the door."""

import json
from typing import Any

import pytest

from tests.integration.portal_api.behind import NOTE
from tests.integration.portal_api.running import ANA, EVA, GINA, HUGO, PAULO, Gateway, Somebody

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("PATCH", "/tickets/7", {"priority": 80, "project_id": None, "add_tags": ["natal"]}),
    ("POST", "/tickets/7/merge", {"numbers": [8, 9], "comment": "o mesmo", "versions": {"8": 3}}),
    ("POST", "/tickets/7/split", {"title": "Parte", "entries": [1], "tasks": ["t"]}),
    ("POST", "/tickets/7/undo", {"entry": 3}),
    ("POST", "/tickets/7/messages/2/move", {"to": 8}),
    ("POST", "/tickets/7/messages/3/move", {"title": "Outro"}),
    ("POST", "/tickets/7/messages/2/move-back", {}),
    ("POST", "/bulk-edits", {"filter": {"status": ["open"]}, "edit": {"kind": "fix"}}),
    ("POST", "/bulk-edits/job-1/cancel", {}),
    ("POST", "/bulk-edits/job-1/undo", {}),
)
READS = ("/bulk-edits", "/bulk-edits/job-1", "/bulk-edits/job-1/results", "/tickets/7/promise-words")
OF_THE_TEAM = ("/tickets/7/history", "/tickets/7/export")


async def send(somebody: Somebody, method: str, path: str, body: Any, **headers: str) -> Any:
    """One command."""
    return await somebody.http.request(method, f"/api/v1{path}", json=body, headers=headers)


@pytest.mark.parametrize(("method", "path", "body"), COMMANDS, ids=[path for _, path, _ in COMMANDS])
async def test_a_command_goes_through_with_what_was_given_and_no_more(
    gateway: Gateway, method: str, path: str, body: dict[str, Any]
) -> None:
    """W12: a field that was left out is not the same as one that is emptied."""
    ana = await gateway.program(ANA)
    answer = await send(ana, method, path, body, **{"If-Match": '"12"', "Idempotency-Key": "once-1"})
    assert answer.is_success, answer.text
    asked = gateway.behind.last()
    assert (asked.method, asked.path, asked.body) == (method, path, body)
    if not path.endswith("/cancel"):
        assert asked.headers["idempotency-key"] == "once-1"
    if path.startswith("/tickets"):
        assert asked.headers["if-match"] == '"12"'


@pytest.mark.parametrize(("method", "path", "body"), COMMANDS, ids=[path for _, path, _ in COMMANDS])
async def test_only_agents_command(gateway: Gateway, method: str, path: str, body: dict[str, Any]) -> None:
    """W7, P5"""
    for who in (GINA, PAULO):
        somebody = await gateway.program(who)
        before = len(gateway.behind.asked)
        refused = await send(somebody, method, path, body)
        assert refused.status_code in (403, 404), (who.name, refused.status_code)
        assert len(gateway.behind.asked) == before


@pytest.mark.parametrize("path", READS)
async def test_bulk_edits_are_the_desks_to_read(gateway: Gateway, path: str) -> None:
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    assert (await ana.get(f"/api/v1{path}")).is_success
    assert (await gina.get(f"/api/v1{path}")).status_code in (403, 404)


@pytest.mark.parametrize("path", OF_THE_TEAM)
async def test_the_whole_history_is_the_teams(gateway: Gateway, path: str) -> None:
    """W7"""
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    shown = await ana.get(f"/api/v1{path}")
    assert shown.status_code == 200
    assert NOTE in json.dumps(shown.json(), ensure_ascii=False)
    refused = await gina.get(f"/api/v1{path}")
    assert refused.status_code in (403, 404)
    assert NOTE not in refused.text


async def test_the_file_has_a_name(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    answer = await ana.get("/api/v1/tickets/7/export?locale=en")
    assert answer.headers["content-disposition"] == 'attachment; filename="ticket-7.json"'
    assert gateway.behind.of("/tickets/7/export")[-1].query == {"locale": "en"}


async def test_a_refused_file_is_refused_in_words(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    answer = await ana.get("/api/v1/tickets/8/export")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:balcao:problem:unknown-ticket")


async def test_a_requester_reads_the_public_side_in_sentences(gateway: Gateway) -> None:
    """W7, P5: whatever the service lets through, the portal's own list holds."""
    gina = await gateway.program(GINA)
    answer = await gina.get("/api/v1/portal/tickets/7/history")
    assert answer.status_code == 200
    assert NOTE not in answer.text
    assert all(one["sentence"].startswith("Frase") for one in answer.json()["items"])
    assert answer.json()["items"]
    assert gateway.behind.of("/tickets/7/history")[-1].acting.roles == ()
    for who, company in ((HUGO, "agencia"), (EVA, "outra")):
        other = await gateway.program(who, company)
        assert (await other.get("/api/v1/portal/tickets/7/history")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/tickets/7", {"prority": 80}),
        ("PATCH", "/tickets/7", {"priority": 81}),
        ("POST", "/tickets/7/merge", {"numbers": []}),
        ("POST", "/tickets/7/undo", {}),
        ("POST", "/bulk-edits", {"numbers": [1], "edit": {"title": "Todos"}}),
    ],
)
async def test_a_bad_body_is_refused_at_the_door(gateway: Gateway, method: str, path: str, body: Any) -> None:
    ana = await gateway.program(ANA)
    before = len(gateway.behind.asked)
    assert (await send(ana, method, path, body)).status_code == 422
    assert len(gateway.behind.asked) == before
