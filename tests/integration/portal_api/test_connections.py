"""Webhooks and trackers at the door: administrators only, and what trackers send is passed on byte for byte."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.portal_api.running import ANA, GINA, PAULO, Gateway, Somebody

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database, pytest.mark.asyncio(loop_scope="module")]

ADMIN = ANA.model_copy(update={"roles": ("admin", "agent"), "version": 2})
ROUTES = [
    ("GET", "/webhook-types", None),
    ("GET", "/webhooks", None),
    ("POST", "/webhooks", {"name": "ERP", "url": "https://erp.example/x", "types": ["ticket.replied.v1"]}),
    ("GET", "/webhooks/w1", None),
    ("PATCH", "/webhooks/w1", {"state": "paused"}),
    ("POST", "/webhooks/w1/secret", {"overlap_hours": 2}),
    ("POST", "/webhooks/w1/ping", None),
    ("GET", "/webhooks/w1/deliveries", None),
    ("GET", "/webhooks/w1/deliveries/d1", None),
    ("POST", "/webhooks/w1/deliveries/d1/replay", None),
    ("POST", "/webhooks/w1/replay", {"since": "2026-01-01T00:00:00Z"}),
    ("DELETE", "/webhooks/w1", None),
    ("GET", "/tracker-kinds", None),
    ("GET", "/trackers", None),
    ("POST", "/trackers", {"name": "Site", "kind": "github", "phases": {"In Progress": "doing"}}),
    ("GET", "/trackers/t1", None),
    ("PATCH", "/trackers/t1", {"outbound": None}),
    ("POST", "/trackers/t1/dry-run", {"payload": {"a": 1}}),
    ("GET", "/trackers/t1/deliveries", None),
    ("GET", "/trackers/t1/deliveries/d1", None),
    ("POST", "/trackers/t1/deliveries/d1/replay", None),
    ("GET", "/trackers/t1/calls", None),
    ("POST", "/trackers/t1/calls/c1/replay", None),
    ("DELETE", "/trackers/t1", None),
]


async def ask(somebody: Somebody, method: str, path: str, body: object) -> int:
    """The status of a request below /api/v1."""
    return (await somebody.http.request(method, f"/api/v1{path}", json=body)).status_code


async def test_connections_are_for_administrators(gateway: Gateway) -> None:
    for who, status in ((GINA, 404), (PAULO, 403), (ANA, 403)):
        somebody = await gateway.program(who)
        for method, path, body in ROUTES:
            assert await ask(somebody, method, path, body) == status, (who.name, method, path)
    stranger = gateway.stranger()
    for method, path, body in ROUTES:
        assert await ask(stranger, method, path, body) == 401, (method, path)
    assert gateway.behind.asked == []


async def test_an_administrator_reaches_every_one_of_them(gateway: Gateway) -> None:
    await gateway.service.mongo.db["accounts"].update_one({"_id": "ana"}, {"$set": {"roles": ["admin", "agent"]}})
    admin = await gateway.program(ADMIN)
    for method, path, body in ROUTES:
        assert await ask(admin, method, path, body) < 300, (method, path)
    asked = [(one.service, one.method, one.path) for one in gateway.behind.asked]
    wanted = [("workflow" if "/track" in path else "notifier", method, path) for method, path, _ in ROUTES]
    assert asked == wanted
    changed = gateway.behind.of("/trackers/t1")[1]
    assert changed.body == {"outbound": None}
    assert await ask(admin, "POST", "/webhooks", {"name": "x", "url": "https://x.example", "typos": []}) == 422


async def test_a_trackers_message_goes_on_byte_for_byte_with_its_signature_and_address(gateway: Gateway) -> None:
    tracker = gateway.stranger()
    assert (await tracker.http.head("/hooks/trackers/t1")).status_code == 200
    raw = b'{"b": 1,   "a": "\xc3\xa9"}'
    headers = {
        "X-Hub-Signature-256": "sha256=00",
        "X-Github-Delivery": "guid",
        "authorization": "Bearer nonsense",
        "cookie": "a=b",
        "content-type": "application/json",
    }
    answer = await tracker.http.post("/hooks/trackers/t1", content=raw, headers=headers)
    assert (answer.status_code, answer.json()["new"]) == (202, True)
    (asked,) = gateway.behind.asked
    assert (asked.service, asked.path, asked.body) == ("workflow", "/hooks/trackers/t1", raw)
    assert asked.query == {"callback": "http://balcao.test/hooks/trackers/t1"}
    assert asked.acting.company_id == ""
    assert asked.acting.roles == ()
    assert asked.headers["x-hub-signature-256"] == "sha256=00"
    assert asked.headers["x-github-delivery"] == "guid"
    assert "cookie" not in asked.headers


async def test_a_refused_or_too_large_message_is_answered_as_a_problem(gateway: Gateway) -> None:
    tracker = gateway.stranger()
    problem = {"type": "urn:balcao:problem:not-signed", "title": "x", "status": 403, "detail": "no"}
    gateway.behind.refusals["/hooks/trackers/t1"] = (403, problem)
    refused = await tracker.http.post("/hooks/trackers/t1", content=b"{}")
    assert (refused.status_code, refused.json()["type"]) == (403, problem["type"])
    gateway.behind.reset()
    large = await tracker.http.post("/hooks/trackers/t1", content=_pieces())
    assert large.status_code == 413
    assert large.headers["content-type"] == "application/problem+json"
    assert gateway.behind.asked == []
    strange = await tracker.http.post("/hooks/trackers/..%2Fx", content=b"{}")
    assert strange.status_code in (404, 422)


async def _pieces() -> AsyncIterator[bytes]:
    """More than a megabyte whose length nobody announces."""
    for _ in range(11):
        yield b"x" * 100_000
