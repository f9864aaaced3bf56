"""How the company's mail presents itself, and addresses that work again, through the door: passed on whole, by whom."""

from typing import Any

import pytest

from balcao.portal_api.store import Store
from tests.integration.portal_api.running import ANA, GINA, PAULO, Gateway, Somebody, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUI = person("rui", "Rui Alves", roles=("admin", "agent"))
KEY = "/mail-identity/keys/agencia.example/s1"
IDENTITY = {
    "from_name": "Aurora",
    "from_address": "ola@agencia.example",
    "reply_address": None,
    "return_address": None,
    "unsigned": "hold",
}
BY_ADMIN: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/mail-identity", None),
    ("PUT", "/mail-identity", IDENTITY),
    ("POST", "/mail-identity/keys", {"domain": "agencia.example", "selector": "s1"}),
    ("GET", f"{KEY}/record", None),
    ("POST", f"{KEY}/use", {}),
    ("DELETE", KEY, None),
    ("DELETE", "/mail-identity/domains/agencia.example/signing", None),
)
BY_DESK = ("POST", "/people/dora/reachable", {"address": "dora@cliente.test"})


async def administrator(gateway: Gateway) -> Somebody:
    """An administrator of the company, at the door."""
    await Store(gateway.service.mongo).learn_person("agencia", RUI)
    hashed = {"$set": {"password_hash": gateway.password_hash}}
    await gateway.service.mongo.db["accounts"].update_one({"_id": RUI.id}, hashed)
    return await gateway.program(RUI)


@pytest.mark.parametrize(("method", "path", "body"), [*BY_ADMIN, BY_DESK])
async def test_it_goes_through_as_it_was_given_and_others_find_nothing(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    """The company's name in mail is for administrators to set; agents clear addresses."""
    is_desk = (method, path, body) == BY_DESK
    rui = await administrator(gateway)
    await rui.http.request(method, f"/api/v1{path}", json=body or None)
    asked = gateway.behind.asked[-1]
    assert (asked.service, asked.method) == ("tickets" if is_desk else "notifier", method)
    assert asked.path == path
    if body:
        assert asked.body == body
    for who in (GINA, PAULO, *([] if is_desk else [ANA])):
        before = len(gateway.behind.asked)
        answer = await (await gateway.program(who)).http.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code in (403, 404), (who.name, answer.status_code)
        assert len(gateway.behind.asked) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/mail-identity", {"unsigned": "maybe"}),
        ("/mail-identity", {"from_adress": "ola@agencia.example"}),
        ("/mail-identity", {"from_name": ""}),
    ],
)
async def test_what_makes_no_sense_is_refused_at_the_door(gateway: Gateway, path: str, body: Any) -> None:
    rui = await administrator(gateway)
    before = len(gateway.behind.asked)
    assert (await rui.http.request("PUT", f"/api/v1{path}", json=body)).status_code == 422
    assert len(gateway.behind.asked) == before
