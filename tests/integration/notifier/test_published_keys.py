"""An administrator sees whether a key is published before it signs; a real name server answers."""

from collections.abc import AsyncIterator

import pytest

from balcao.notifier import companies, key_lookup
from tests.integration.notifier.running import ANA, Notifier, World, eventually
from tests.support.name_server import NameServer, name_server

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = ANA.model_copy(update={"person_id": "adm", "roles": ("admin",)})
KEYS = "/mail-identity/keys"
RECORD = f"{KEYS}/aurora.example/s1/record"


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server() as server:
        yield server


@pytest.fixture
async def asking(outside: World, names: NameServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Notifier]:
    """A notifier that asks our name server, with a key."""
    monkeypatch.setattr(companies, "REMEMBERED_S", 0.0)
    async with outside.notifier(dns_servers=names.address) as notifier:

        async def made() -> bool:
            answer = await notifier.post(KEYS, {"domain": "aurora.example", "selector": "s1"}, ADMIN)
            return answer.status_code == 201

        await eventually(made)
        yield notifier


async def test_a_record_is_looked_up_anew_each_time_also_when_it_is_long(asking: Notifier, names: NameServer) -> None:
    (key,) = (await asking.get("/mail-identity", ADMIN)).json()["keys"]
    assert (await asking.get(RECORD, ADMIN)).json() == {"standing": "missing", "found": [], "is_testing": False}
    names.texts[key["record_name"]] = [key["record_value"] + "; n=" + "x" * 200]
    assert (await asking.get(RECORD, ADMIN)).json()["standing"] == "published"
    assert names.asked_over_tcp == 1
    names.texts[key["record_name"]] = ["v=DKIM1; k=rsa; p=T1RIRVI="]
    other = (await asking.get(RECORD, ADMIN)).json()
    assert (other["standing"], other["found"]) == ("different", ["v=DKIM1; k=rsa; p=T1RIRVI="])


async def test_a_name_server_that_says_nothing_is_not_waited_for(
    asking: Notifier, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_lookup, "PATIENCE_S", 0.3)
    names.is_silent = True
    assert (await asking.get(RECORD, ADMIN)).json()["standing"] == "unknown"


async def test_a_key_that_is_not_ours_is_not_asked_for(asking: Notifier) -> None:
    assert (await asking.get(f"{KEYS}/aurora.example/s2/record", ADMIN)).status_code == 404
    assert (await asking.get(f"{KEYS}/banco.example/s1/record", ADMIN)).status_code == 404
