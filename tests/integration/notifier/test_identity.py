"""The company's mail under its own names and addresses, signed by its own key; administrators set both."""

import dkim
import pytest

from balcao.notifier import companies, identities
from balcao.shared.tokens import Acting
from tests.integration.notifier.running import ANA, Notifier, World, eventually
from tests.support.told_facts import COMPANY, REQUESTER, configured, opened, replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = ANA.model_copy(update={"person_id": "adm", "roles": ("admin",)})
GUEST = ANA.model_copy(update={"person_id": "zoe", "roles": ()})
OWN = COMPANY.model_copy(update={"addresses": ("suporte@aurora.example", "ola@agencia.example"), "version": 2})
IDENTITY = {"from_name": "Aurora Atende", "from_address": "ola@agencia.example"}


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, so that what another replica was told shows at once."""
    monkeypatch.setattr(identities, "REMEMBERED_S", 0.0)
    monkeypatch.setattr(companies, "REMEMBERED_S", 0.0)


async def knows_both_addresses(outside: World, notifier: Notifier) -> None:
    await outside.say(configured(OWN))

    async def known() -> bool:
        put = await notifier.put("/mail-identity", IDENTITY, ADMIN)
        return put.status_code == 200

    await eventually(known)


async def test_mail_goes_out_under_what_the_company_has_set_and_answers_still_find_their_ticket(
    notifier: Notifier, outside: World
) -> None:
    await knows_both_addresses(outside, notifier)
    shown = await notifier.get("/mail-identity", ADMIN)
    assert (shown.json()["changed_by"], shown.json()["changed_at"] is not None) == ("adm", True)
    assert shown.json()["in_force"] == {
        "from_name": "Aurora Atende",
        "from_address": "ola@agencia.example",
        "reply_address": "suporte@aurora.example",
        "return_address": "suporte@aurora.example",
    }
    await outside.say(said(replied(recipients=(REQUESTER,))))
    await eventually(lambda: len(outside.sink.taken) == 1)
    (one,) = outside.sink.taken
    assert str(one.message["from"]) == "Aurora Atende <ola@agencia.example>"
    assert one.message["reply-to"].addresses[0].username.startswith("suporte+t.")
    assert one.sender.startswith("suporte+t.")
    assert one.message["dkim-signature"] is None
    # The preview is of the very same mail.
    preview = await notifier.post("/preview", {"fact": replied(recipients=(REQUESTER,)).model_dump(mode="json")})
    assert "From: Aurora Atende <ola@agencia.example>" in preview.json()["mails"][0]["raw"]


async def test_signed_mail_is_found_good_by_another_program_also_after_the_key_has_changed(
    notifier: Notifier, outside: World
) -> None:
    await knows_both_addresses(outside, notifier)
    records: dict[str, str] = {}
    for count, selector in enumerate(("2026a", "2026b"), start=1):
        made = (await notifier.post("/mail-identity/keys", _key("agencia.example", selector), ADMIN)).json()
        assert (made["signs"], made["record_name"]) == (False, f"{selector}._domainkey.agencia.example")
        records[made["record_name"] + "."] = made["record_value"]
        used = await notifier.post(f"/mail-identity/keys/agencia.example/{selector}/use", {}, ADMIN)
        assert [one["selector"] for one in used.json()["keys"] if one["signs"]] == [selector]
        await outside.say(said(opened(), actor=REQUESTER, id_=selector))
        await eventually(lambda wanted=2 * count: len(outside.sink.taken) == wanted)  # type: ignore[misc]

    def record(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        return records[name.decode()].encode()

    signed = [one.content for one in outside.sink.taken]
    assert [b"s=2026a;" in one for one in signed] == [True, True, False, False]
    assert all(b"d=agencia.example;" in one and dkim.verify(one, dnsfunc=record) for one in signed)
    assert not dkim.verify(signed[0].replace(b"Subject: ", b"Subject: x"), dnsfunc=record)
    stored = await outside.mongo.db["signing_keys"].find().to_list(None)
    assert len(stored) == 2
    assert not any("PRIVATE KEY" in str(one) for one in stored)


async def test_only_keys_of_the_companys_domains_are_made_and_only_the_idle_are_deleted(
    notifier: Notifier, outside: World
) -> None:
    await knows_both_addresses(outside, notifier)
    assert (await notifier.post("/mail-identity/keys", _key("banco.example", "s"), ADMIN)).status_code == 422
    assert (await notifier.post("/mail-identity/keys", _key("agencia.example", "a b"), ADMIN)).status_code == 422
    assert (await notifier.post("/mail-identity/keys", _key("agencia.example", "s1"), ADMIN)).status_code == 201
    assert (await notifier.post("/mail-identity/keys", _key("agencia.example", "s1"), ADMIN)).status_code == 409
    await notifier.post("/mail-identity/keys/agencia.example/s1/use", {}, ADMIN)
    assert (await notifier.delete("/mail-identity/keys/agencia.example/s1", ADMIN)).status_code == 409
    stopped = await notifier.delete("/mail-identity/domains/agencia.example/signing", ADMIN)
    assert [one["signs"] for one in stopped.json()["keys"]] == [False]
    assert (await notifier.delete("/mail-identity/keys/agencia.example/s1", ADMIN)).status_code == 204
    assert (await notifier.post("/mail-identity/keys/agencia.example/s1/use", {}, ADMIN)).status_code == 404


async def test_addresses_of_others_are_refused_and_so_is_a_change_on_what_is_not_current(
    notifier: Notifier, outside: World
) -> None:
    await knows_both_addresses(outside, notifier)
    assert (await notifier.put("/mail-identity", {"from_address": "chefe@banco.example"}, ADMIN)).status_code == 422
    etag = (await notifier.get("/mail-identity", ADMIN)).headers["etag"]
    assert (await notifier.put("/mail-identity", IDENTITY, ADMIN, if_match=etag)).status_code == 200
    assert (await notifier.put("/mail-identity", IDENTITY, ADMIN, if_match=etag)).status_code == 409
    assert (await notifier.put("/mail-identity", IDENTITY, ADMIN, if_match="x")).status_code == 422


@pytest.mark.parametrize(("who", "status"), [(ANA, 403), (GUEST, 404)], ids=["agent", "guest"])
async def test_to_others_than_administrators_none_of_it_is_there(notifier: Notifier, who: Acting, status: int) -> None:
    key = "/mail-identity/keys/aurora.example/s1"
    answers = [
        await notifier.get("/mail-identity", who),
        await notifier.put("/mail-identity", {}, who),
        await notifier.post("/mail-identity/keys", _key("aurora.example", "s1"), who),
        await notifier.get(f"{key}/record", who),
        await notifier.post(f"{key}/use", {}, who),
        await notifier.delete(key, who),
        await notifier.delete("/mail-identity/domains/aurora.example/signing", who),
    ]
    assert {one.status_code for one in answers} == {status}


@pytest.mark.parametrize("unsigned", ["send", "hold"])
async def test_a_mail_that_cannot_be_signed_goes_unsigned_or_waits_as_the_company_wants(
    outside: World, notifier: Notifier, unsigned: str
) -> None:
    """The service secret was changed: the key can't be opened any more. No mail is lost by that."""
    await knows_both_addresses(outside, notifier)
    await notifier.put("/mail-identity", {**IDENTITY, "unsigned": unsigned}, ADMIN)
    await notifier.post("/mail-identity/keys", _key("agencia.example", "s1"), ADMIN)
    await notifier.post("/mail-identity/keys/agencia.example/s1/use", {}, ADMIN)
    await outside.mongo.db["signing_keys"].update_many({}, {"$set": {"sealed": "of another secret"}})
    await outside.say(said(replied(recipients=(REQUESTER,))))
    if unsigned == "send":
        await eventually(lambda: len(outside.sink.taken) == 1)
        assert outside.sink.taken[0].message["dkim-signature"] is None
        return
    await eventually(lambda: _waits(outside))
    assert outside.sink.taken == []
    await notifier.delete("/mail-identity/domains/agencia.example/signing", ADMIN)
    await eventually(lambda: len(outside.sink.taken) == 1)


def _key(domain: str, selector: str) -> dict[str, str]:
    return {"domain": domain, "selector": selector}


async def _waits(outside: World) -> bool:
    found = await outside.deliveries(waiting=True)
    return [("s1" in one["reason"], one["tries"] >= 1) for one in found] == [(True, True)]
