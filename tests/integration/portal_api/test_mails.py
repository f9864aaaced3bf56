"""The ledger of mails at the door: for the desk alone, and passed on as intake says it."""

import pytest

from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIL = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"
READS = (
    "/api/v1/mails",
    "/api/v1/mails/account",
    f"/api/v1/mails/{MAIL}",
    f"/api/v1/mails/{MAIL}/body",
    f"/api/v1/mails/{MAIL}/files",
    f"/api/v1/mails/{MAIL}/raw",
    f"/api/v1/mails/{MAIL}/files/2.1",
)


async def test_to_a_producer_mails_are_none_of_their_work(gateway: Gateway) -> None:
    paulo = await gateway.program(PAULO)
    assert {(await paulo.get(path)).status_code for path in READS} == {403}


@pytest.mark.parametrize("path", READS)
async def test_to_a_guest_mails_do_not_exist(gateway: Gateway, path: str) -> None:
    gina = await gateway.program(GINA)
    answer = await gina.get(path)
    assert answer.status_code in {403, 404}
    assert gateway.behind.of(path.removeprefix("/api/v1")) == []


async def test_the_desk_asks_for_mails_by_outcome(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    await ana.get("/api/v1/mails?outcome=bounced&limit=20&before=2026-03-02T09:00:00Z")
    asked = gateway.behind.of("/messages")[-1]
    assert (asked.service, asked.acting.person_id) == ("intake", "ana")
    assert asked.query == {"outcome": "bounced", "limit": "20", "before": "2026-03-02T09:00:00+00:00"}
    assert (await ana.get("/api/v1/mails?outcome=lost")).status_code == 422


async def test_a_body_names_pictures_where_this_door_hands_them_out(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    await ana.get(f"/api/v1/mails/{MAIL}/body?images=true")
    asked = gateway.behind.of(f"/messages/{MAIL}/body")[-1]
    assert asked.query == {"images": "true", "files": f"/api/v1/mails/{MAIL}/files"}


async def test_a_file_of_a_mail_is_to_be_saved_and_never_runs(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    answer = await ana.get(f"/api/v1/mails/{MAIL}/files/2.1")
    assert (answer.status_code, answer.content) == (200, b"<svg onload=alert(1)>")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await ana.get(f"/api/v1/mails/{MAIL}/files/..%2f..")).status_code in {404, 422}


async def test_the_account_is_asked_for_so_many_days(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    await ana.get("/api/v1/mails/account?within=7")
    asked = gateway.behind.of("/ledger/account")[-1]
    assert (asked.query, asked.acting.person_id) == ({"days": "7"}, "ana")


async def test_admins_alone_see_how_mailboxes_stand(gateway: Gateway) -> None:
    eva = await gateway.program(EVA, "outra")
    await eva.get("/api/v1/mails/mailboxes")
    (asked,) = gateway.behind.of("/mailboxes")
    assert (asked.service, asked.acting.person_id) == ("intake", "eva")
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    assert (await ana.get("/api/v1/mails/mailboxes")).status_code == 403
    assert (await gina.get("/api/v1/mails/mailboxes")).status_code in {403, 404}
    assert len(gateway.behind.of("/mailboxes")) == 1


async def test_the_original_is_for_admins_and_to_be_saved(gateway: Gateway) -> None:
    """Whatever a stranger sent, a browser never shows it as a page of ours."""
    gateway.behind.mails = [{"id": MAIL}]
    eva, ana = await gateway.program(EVA, "outra"), await gateway.program(ANA)
    answer = await eva.get(f"/api/v1/mails/{MAIL}/raw")
    assert (answer.status_code, answer.content) == (200, b"Subject: oi\r\n\r\n")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{MAIL}.eml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    asked = gateway.behind.of(f"/messages/{MAIL}/raw")
    assert (await ana.get(f"/api/v1/mails/{MAIL}/raw")).status_code == 403
    assert gateway.behind.of(f"/messages/{MAIL}/raw") == asked


async def test_the_desk_decides_about_held_mails(gateway: Gateway) -> None:
    """O3"""
    gateway.behind.mails = [{"id": MAIL}]
    ana = await gateway.program(ANA)
    for decision in ("let-in", "put-aside", "wait-again"):
        assert (await ana.post(f"/api/v1/mails/{MAIL}/{decision}")).status_code == 204
        asked = gateway.behind.last()
        assert (asked.service, asked.path) == ("intake", f"/messages/{MAIL}/{decision}")
    for person, status in ((PAULO, 403), (GINA, 404)):
        asked = gateway.behind.last()
        assert (await (await gateway.program(person)).post(f"/api/v1/mails/{MAIL}/let-in")).status_code == status
        assert gateway.behind.last() == asked
    await ana.get("/api/v1/mails?state=put_aside")
    assert gateway.behind.of("/messages")[-1].query["state"] == "put_aside"
