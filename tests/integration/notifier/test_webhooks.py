"""Webhooks over real sockets: what arrives at a company's own server, how it is signed, and what happens on trouble."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from balcao.shared.clock import now
from balcao.shared.events import Party, TicketNoted
from balcao.shared.tokens import Acting
from tests.integration.notifier.running import ANA, Notifier, World, eventually
from tests.support.outside_server import OutsideServer, Received, Reply, outside_server
from tests.support.told_facts import COMPANY, production_finished, replied, said, ticket

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = ANA.model_copy(update={"roles": ("admin", "agent")})
GUEST = ANA.model_copy(update={"roles": ()})
OTHER = Acting(company_id="outra", person_id="eva", name="Eva", address="eva@outra.test", roles=("admin",))
LOOPBACK = {"call_networks": "127.0.0.0/8"}
REPLIED, STAGE, NOTED = "ticket.replied.v1", "ticket.stage_entered.v1", "ticket.noted.v1"


@pytest.fixture
async def there() -> AsyncIterator[OutsideServer]:
    """The company's server."""
    async with outside_server() as server:
        yield server


@pytest.fixture
async def notifier(outside: World) -> AsyncIterator[Notifier]:
    """A replica that may call this machine."""
    async with outside.notifier(**LOOPBACK) as running:
        yield running


async def register(notifier: Notifier, url: str, *types: str, **more: Any) -> dict[str, Any]:
    """A registered endpoint, with its secret."""
    body = {"name": "ERP", "url": url, "types": list(types or (REPLIED,)), **more}
    answer = await notifier.post("/webhooks", body, ADMIN)
    assert answer.status_code == 201, answer.text
    endpoint: dict[str, Any] = answer.json()
    return endpoint


async def log(notifier: Notifier, endpoint: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """What was told to an endpoint, the latest first."""
    answer = await notifier.get(f"/webhooks/{endpoint['id']}/deliveries", ADMIN, **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def states(notifier: Notifier, endpoint: dict[str, Any]) -> list[str]:
    """States of all that was told, the latest first."""
    return [one["state"] for one in await log(notifier, endpoint)]


async def due_now(outside: World) -> None:
    """Time passes: what was put off is due, and no server rests any more."""
    past = now() - timedelta(seconds=1)
    await outside.mongo.db["calls"].update_many({"state": "waiting"}, {"$set": {"due": past}})
    change = {"$set": {"due": past, "rests_until": None}, "$inc": {"wakes": 1}}
    await outside.mongo.db["call_lanes"].update_many({}, change)


async def test_a_fact_arrives_as_it_is_on_the_bus_and_the_specifications_own_library_verifies_it(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, f"{there.url}/hooks?from=balcao", REPLIED, STAGE)
    event = said(replied())
    await outside.say(event, said(production_finished()))
    await eventually(lambda: len(there.received) == 2, 30)
    got = next(one for one in there.received if one.json()["type"] == REPLIED)
    Webhook(endpoint["secret"]).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(got.body + b" ", got.headers)
    assert got.path == "/hooks?from=balcao"
    assert got.headers["webhook-id"] == event.id
    told = got.json()
    assert told == {**told, "id": event.id, "type": REPLIED, "companyid": COMPANY.id, "specversion": "1.0"}
    assert "traceparent" not in told
    assert told["data"]["text"] == event.data.text
    await eventually(lambda: _all(notifier, endpoint, "delivered"), 30)
    shown = await log(notifier, endpoint)
    assert {one["last"]["status"] for one in shown} == {200}


async def test_without_an_endpoint_facts_pass_by_and_with_one_they_wait_while_the_service_is_away(
    outside: World, there: OutsideServer
) -> None:
    queue = "notifier.call_webhooks"
    async with outside.notifier(**LOOPBACK):
        pass  # its queues are declared
    await outside.say(said(replied(), id_="before"))
    assert await outside.waiting(queue) == 0
    async with outside.notifier(**LOOPBACK) as running:
        await register(running, there.url)
    await outside.say(said(replied(), id_="meanwhile"))
    assert await outside.waiting(queue) == 1
    async with outside.notifier(**LOOPBACK):
        await eventually(lambda: len(there.received) == 1, 30)
    assert there.received[0].headers["webhook-id"] == "meanwhile"


async def test_a_repeated_fact_is_told_once(notifier: Notifier, outside: World, there: OutsideServer) -> None:
    await register(notifier, there.url)
    event = said(replied())
    await outside.say(event, event)
    await outside.say(event, said(replied(), id_="another"))
    await eventually(lambda: len(there.received) == 2, 30)
    assert sorted(one.headers["webhook-id"] for one in there.received) == sorted([event.id, "another"])
    assert await outside.mongo.db["calls"].count_documents({}) == 2


async def test_a_private_note_reaches_only_an_endpoint_marked_internal(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    """W7."""
    refused = await notifier.post("/webhooks", {"name": "x", "url": there.url, "types": [NOTED]}, ADMIN)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("needs-internal")
    inside = await register(notifier, f"{there.url}/inside", NOTED, REPLIED, internal=True)
    await register(notifier, f"{there.url}/outside", REPLIED)
    note = TicketNoted(ticket=ticket(), author=Party(name="Ana"), text="o cliente não paga")
    await outside.say(said(note, id_="note"), said(replied(), id_="reply"))
    await eventually(lambda: len(there.received) == 3, 30)
    assert sorted((one.path, one.headers["webhook-id"]) for one in there.received) == [
        ("/inside", "note"),
        ("/inside", "reply"),
        ("/outside", "reply"),
    ]
    outward = await notifier.http("PATCH", f"/webhooks/{inside['id']}", {"internal": False}, ADMIN)
    assert outward.status_code == 422


async def test_a_server_that_fails_gets_it_again_with_the_same_id_and_holds_up_nobody(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, f"{there.url}/bad")
    good = await register(notifier, f"{there.url}/good")
    never = asyncio.Event()

    async def hang(request: Received) -> Reply:
        if request.path == "/bad" and not never.is_set():
            await asyncio.wait_for(never.wait(), 60)
        return Reply(503 if request.path == "/bad" else 204, b"busy")

    there.answer = hang
    await outside.say(*(said(replied(), id_=f"event-{n}") for n in range(12)))
    await eventually(lambda: sum(one.path == "/good" for one in there.received) == 12, 30)
    await eventually(lambda: _all(notifier, good, "delivered"), 30)
    assert set(await states(notifier, endpoint)) == {"waiting"}
    never.set()
    await eventually(lambda: _failing(notifier, endpoint), 30)
    there.answer = lambda _: Reply()
    await due_now(outside)
    await eventually(lambda: _all(notifier, endpoint, "delivered"), 30)
    tries = [one.headers["webhook-id"] for one in there.received if one.path == "/bad"]
    assert set(tries) == {f"event-{n}" for n in range(12)}
    assert len(tries) > 12
    detail = await notifier.get(
        f"/webhooks/{endpoint['id']}/deliveries/{(await _twice(notifier, endpoint))['id']}", ADMIN
    )
    assert [one["status"] for one in detail.json()["log"]][-2:] == [503, 200]
    assert detail.json()["log"][-2]["excerpt"] == "busy"


async def test_redirects_are_not_followed_and_what_they_say_is_in_the_log(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, f"{there.url}/here")
    there.answer = lambda _: Reply(307, headers={"location": f"{there.url}/elsewhere"})
    await outside.say(said(replied()))
    await eventually(lambda: _failing(notifier, endpoint, 1), 30)
    assert {one.path for one in there.received} == {"/here"}
    assert (await log(notifier, endpoint))[0]["last"]["reason"] == "redirects are not followed"


async def test_addresses_inside_a_private_network_are_refused_when_registered_and_when_called(
    outside: World, there: OutsideServer
) -> None:
    async with outside.notifier() as strict:
        for url in (
            there.url,
            "https://10.0.0.1/x",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "ftp://a.test/",
        ):
            answer = await strict.post("/webhooks", {"name": "x", "url": url, "types": [REPLIED]}, ADMIN)
            assert (answer.status_code, answer.json()["type"]) == (422, "urn:balcao:problem:target-refused"), url
    async with outside.notifier(**LOOPBACK) as lax:
        endpoint = await register(lax, there.url)
    async with outside.notifier() as strict:
        await outside.say(said(replied()))
        await eventually(lambda: _failing(strict, endpoint, 1), 30)
        assert "not on the public internet" in (await log(strict, endpoint))[0]["last"]["reason"]
    assert there.received == []


async def test_while_a_secret_is_replaced_both_verify_and_afterwards_only_the_new_one(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, there.url)
    rotated = await notifier.post(f"/webhooks/{endpoint['id']}/secret", {"overlap_hours": 1}, ADMIN)
    assert (rotated.status_code, rotated.json()["secrets"]) == (200, 2)
    new = rotated.json()["secret"]
    assert new != endpoint["secret"]
    await outside.say(said(replied(), id_="one"))
    await eventually(lambda: len(there.received) == 1, 30)
    for secret in (endpoint["secret"], new):
        Webhook(secret).verify(there.received[0].body, there.received[0].headers)
    again = (await notifier.post(f"/webhooks/{endpoint['id']}/secret", {"overlap_hours": 0}, ADMIN)).json()["secret"]
    await outside.say(said(replied(), id_="two"))
    await eventually(lambda: len(there.received) == 2, 30)
    Webhook(again).verify(there.received[1].body, there.received[1].headers)
    for secret in (endpoint["secret"], new):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(there.received[1].body, there.received[1].headers)
    stored = str(await outside.mongo.db["webhooks"].find_one({}))
    assert again not in stored
    assert again.removeprefix("whsec_") not in stored


async def test_a_ping_says_at_once_how_it_went(notifier: Notifier, there: OutsideServer) -> None:
    endpoint = await register(notifier, there.url)
    there.answer = lambda _: Reply(500, b"o" * 5_000)
    answer = await notifier.post(f"/webhooks/{endpoint['id']}/ping", None, ADMIN)
    assert (answer.json()["state"], answer.json()["last"]["status"]) == ("failed", 500)
    assert len(answer.json()["last"]["excerpt"]) == 2_000
    there.answer = lambda _: Reply()
    answer = await notifier.post(f"/webhooks/{endpoint['id']}/ping", None, ADMIN)
    assert answer.json()["state"] == "delivered"
    Webhook(endpoint["secret"]).verify(there.received[-1].body, there.received[-1].headers)
    assert there.received[-1].json()["type"] == "webhook.pinged.v1"
    assert [one["type"] for one in await log(notifier, endpoint)] == ["webhook.pinged.v1"] * 2


async def test_one_delivery_or_a_time_is_sent_again_with_the_same_ids(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, there.url)
    await outside.say(*(said(replied(), id_=f"event-{n}") for n in range(3)))
    await eventually(lambda: _all(notifier, endpoint, "delivered", 3), 30)
    one = (await log(notifier, endpoint))[0]
    path = f"/webhooks/{endpoint['id']}"
    assert (await notifier.post(f"{path}/deliveries/{one['id']}/replay", None, ADMIN)).status_code == 202
    await eventually(lambda: len(there.received) == 4, 30)
    assert there.received[3].headers["webhook-id"] == one["webhook_id"]
    await eventually(lambda: _all(notifier, endpoint, "delivered", 3), 30)
    whole = {"since": "2020-01-01T00:00:00Z", "state": None}
    assert (await notifier.post(f"{path}/replay", whole, ADMIN)).json() == {"replayed": 3, "continue_from": None}
    await eventually(lambda: len(there.received) == 7, 30)
    assert {one.headers["webhook-id"] for one in there.received[4:]} == {f"event-{n}" for n in range(3)}
    await eventually(lambda: _all(notifier, endpoint, "delivered", 3), 30)
    failed = {"since": "2020-01-01T00:00:00Z"}
    assert (await notifier.post(f"{path}/replay", failed, ADMIN)).json()["replayed"] == 0
    unknown = await notifier.post(f"{path}/deliveries/nothing/replay", None, ADMIN)
    assert unknown.status_code == 404


async def test_a_server_that_is_gone_is_disabled_and_its_keeper_told(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, there.url)
    there.answer = lambda _: Reply(410)
    await outside.say(said(replied()))
    await eventually(lambda: _in_state(notifier, endpoint, "disabled"), 30)
    await eventually(lambda: _is_told(notifier), 30)
    await outside.say(said(replied(), id_="later"))
    there.answer = lambda _: Reply()
    back = await notifier.http("PATCH", f"/webhooks/{endpoint['id']}", {"state": "active"}, ADMIN)
    assert (back.json()["state"], back.json()["reason"]) == ("active", "")


async def test_a_server_that_fails_for_three_days_is_disabled_with_all_that_waits_kept_for_later(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    endpoint = await register(notifier, there.url)
    there.answer = lambda _: Reply(500)
    await outside.say(said(replied(), id_="one"), said(replied(), id_="two"))
    await eventually(lambda: _failing(notifier, endpoint, 2), 30)
    long_ago = now() - timedelta(days=3, minutes=1)
    await outside.mongo.db["call_lanes"].update_one({}, {"$set": {"failing_since": long_ago}})
    await due_now(outside)
    await eventually(lambda: _in_state(notifier, endpoint, "disabled"), 30)
    await eventually(lambda: _is_told(notifier), 30)
    assert await states(notifier, endpoint) == ["failed", "failed"]
    path = f"/webhooks/{endpoint['id']}"
    since = {"since": "2020-01-01T00:00:00Z"}
    assert (await notifier.post(f"{path}/replay", since, ADMIN)).json()["type"].endswith("webhook-not-active")
    there.answer = lambda _: Reply()
    await notifier.http("PATCH", path, {"state": "active"}, ADMIN)
    assert (await notifier.post(f"{path}/replay", since, ADMIN)).json()["replayed"] == 2
    await eventually(lambda: _all(notifier, endpoint, "delivered", 2), 30)


async def test_only_administrators_of_the_company_see_or_touch_webhooks(
    notifier: Notifier, there: OutsideServer
) -> None:
    endpoint = await register(notifier, there.url)
    path = f"/webhooks/{endpoint['id']}"
    for acting, status in ((GUEST, 404), (ANA, 403)):
        assert (await notifier.get("/webhooks", acting)).status_code == status
        assert (await notifier.get("/webhook-types", acting)).status_code == status
        assert (await notifier.post("/webhooks", {}, acting)).status_code == status
    assert (await notifier.get("/webhooks", OTHER)).json()["items"] == []
    for method, where in (
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/secret"),
        ("POST", f"{path}/ping"),
        ("GET", f"{path}/deliveries"),
        ("GET", f"{path}/deliveries/x"),
        ("POST", f"{path}/deliveries/x/replay"),
    ):
        assert (await notifier.http(method, where, {} if method == "PATCH" else None, OTHER)).status_code == 404, where
    body = {"since": "2020-01-01T00:00:00Z"}
    assert (await notifier.post(f"{path}/replay", body, OTHER)).status_code == 404
    shown = (await notifier.get(path, ADMIN)).json()
    assert endpoint["secret"] not in str(shown)


async def test_an_endpoint_is_made_once_for_one_idempotency_key_and_taken_away_with_its_calls(
    notifier: Notifier, outside: World, there: OutsideServer
) -> None:
    body = {"name": "ERP", "url": there.url, "types": [REPLIED]}
    made = [await notifier.http("POST", "/webhooks", body, ADMIN, once="k") for _ in range(2)]
    assert made[0].json() == made[1].json()
    path = f"/webhooks/{made[0].json()['id']}"
    assert (await notifier.http("DELETE", path, None, ADMIN)).status_code == 204
    assert (await notifier.get(path, ADMIN)).status_code == 404
    await outside.say(said(replied()))
    marker = await register(notifier, there.url, STAGE)
    await outside.say(said(production_finished()))
    await eventually(lambda: _all(notifier, marker, "delivered", 1), 30)
    assert [one.json()["type"] for one in there.received] == [STAGE]


async def test_replicas_share_what_is_to_be_told_and_nothing_is_told_twice(
    outside: World, there: OutsideServer
) -> None:
    @asynccontextmanager
    async def three() -> AsyncIterator[Notifier]:
        async with outside.notifier(**LOOPBACK) as one, outside.notifier(**LOOPBACK), outside.notifier(**LOOPBACK):
            yield one

    async with three() as one:
        endpoint = await register(one, there.url)
        await asyncio.sleep(2.1)  # what the other replicas remember is that old at the most
        await asyncio.gather(*(outside.say(said(replied(), id_=f"event-{n}")) for n in range(40)))
        await eventually(lambda: _all(one, endpoint, "delivered", 40), 60)
    assert sorted(r.headers["webhook-id"] for r in there.received) == sorted(f"event-{n}" for n in range(40))


async def _all(notifier: Notifier, endpoint: dict[str, Any], state: str, count: int | None = None) -> bool:
    found = await states(notifier, endpoint)
    return bool(found) and set(found) == {state} and count in (None, len(found))


async def _failing(notifier: Notifier, endpoint: dict[str, Any], times: int = 3) -> bool:
    return bool((await notifier.get(f"/webhooks/{endpoint['id']}", ADMIN)).json()["failures"] >= times)


async def _in_state(notifier: Notifier, endpoint: dict[str, Any], state: str) -> bool:
    return bool((await notifier.get(f"/webhooks/{endpoint['id']}", ADMIN)).json()["state"] == state)


async def _is_told(notifier: Notifier) -> bool:
    items = (await notifier.get("/notices", ADMIN)).json()["items"]
    return any(one["kind"] == "connection_disabled" and "ERP" in one["title"] for one in items)


async def _twice(notifier: Notifier, endpoint: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in await log(notifier, endpoint) if one["tries"] > 1)
