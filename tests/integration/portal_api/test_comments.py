"""The team's words at the gateway: receipts and files, images on screen, previews made by both services."""

from typing import Any

import pytest

from tests.integration.portal_api.running import ANA, GINA, PAULO, Gateway, Somebody

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n so says its type"
UNSENT = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"


async def upload(who: Somebody, media_type: str = "image/png") -> dict[str, Any]:
    """An upload and its receipt."""
    answer = await who.post("/api/v1/files?name=logo.png", content=PNG, headers={"content-type": media_type})
    assert answer.status_code == 201, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


async def test_only_an_image_gets_a_name_that_html_can_show_it_by(gateway: Gateway) -> None:
    """W11: SVG can carry scripts."""
    ana = await gateway.program(ANA)

    assert (await upload(ana))["content_id"].endswith("@balcao")
    assert (await upload(ana, "image/svg+xml"))["content_id"] is None
    assert (await upload(ana, "application/pdf"))["content_id"] is None


async def test_a_comment_passes_words_recipients_and_files_on(gateway: Gateway) -> None:
    """W7, W8, W11"""
    ana = await gateway.program(ANA)
    kept = await upload(ana)
    body = {
        "html": f'<p>Veja <img src="cid:{kept["content_id"]}"></p>',
        "visible": True,
        "files": [kept["receipt"]],
        "recipients": {"add": [{"address": "eva@cliente.test"}], "remove": ["bia@agencia.test"]},
        "then": {"status": "waiting", "reason": "more_information", "days": 2},
        "begun_on": 11,
        "confirm": ["file_missing"],
    }

    answer = await ana.post("/api/v1/tickets/7/comments", body)

    assert answer.status_code == 200
    sent = gateway.behind.of("/tickets/7/comments")[-1].body
    assert sent["files"][0]["content_id"] == kept["content_id"]
    assert {name: sent[name] for name in body if name != "files"} == {
        **{name: value for name, value in body.items() if name != "files"},
        "recipients": {"add": [{"address": "eva@cliente.test"}], "remove": ["bia@agencia.test"]},
    }


async def test_images_are_at_addresses_of_ours_on_screen(gateway: Gateway) -> None:
    """W11: for the team and, of a public answer, for its requester; kept and mailed they are `cid:`."""
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    kept = await upload(ana)
    await ana.post("/api/v1/tickets/7/comments", {"html": "<p>a</p>", "visible": True, "files": [kept["receipt"]]})
    [file] = gateway.behind.last().body["files"]
    entry = gateway.behind.ticket["timeline"][3]
    entry["data"] |= {"html": f'<p><img src="cid:{kept["content_id"]}" alt="logo"></p>', "files": [file]}
    entry |= {"type": "ticket.replied.v1", "public": True}

    for who, path in ((ana, "/api/v1/tickets/7"), (gina, "/api/v1/portal/tickets/7")):
        shown = (await who.get(path)).text
        assert "cid:" not in shown.replace(f'"content_id":"{kept["content_id"]}"', "")
        address = f"/api/v1/files/{file['file_id']}?ticket=7"
        assert address in shown
        assert (await who.get(address)).content == PNG


async def test_a_preview_is_made_of_what_tickets_would_say(gateway: Gateway) -> None:
    """W7: never of what a browser sent."""
    ana = await gateway.program(ANA)
    fact = {"text": "Oi", "ticket": {"id": "ticket-7"}}
    warned = [{"code": "not_on_last_mail", "asks": False, "people": []}]
    gateway.behind.refusals["/tickets/7/comments/preview"] = (
        200,
        {"fact": fact, "recipients": [{"address": "gina@cliente.test"}], "warnings": warned, "undo_seconds": 15},
    )

    found = (await ana.post("/api/v1/tickets/7/comments/preview", {"text": "Oi", "visible": True})).json()

    assert gateway.behind.of("/preview")[-1].body == {"fact": fact}
    assert (len(found["mails"]), found["warnings"], found["undo_seconds"]) == (1, warned, 15)
    assert "fact" not in found


async def test_a_preview_of_a_held_answer_is_made_of_what_tickets_will_say(gateway: Gateway) -> None:
    """W7: also for a colleague, under the name of whoever wrote it."""
    told = {"fact": {"text": "Oi"}, "event_id": "e-1", "actor": {"name": "Ana"}}
    gateway.behind.refusals[f"/tickets/7/outgoing/{UNSENT}/fact"] = (200, told)
    path = f"/api/v1/tickets/7/outgoing/{UNSENT}/preview"

    found = (await (await gateway.program(PAULO)).get(path)).json()

    assert (len(found["mails"]), gateway.behind.of("/preview")[-1].body) == (1, told)
    asked = len(gateway.behind.of("/preview"))
    assert (await (await gateway.program(GINA)).get(path)).status_code == 404
    gateway.behind.refusals[f"/tickets/7/outgoing/{UNSENT}/fact"] = (409, {"title": "out"})
    assert (await (await gateway.program(ANA)).get(path)).status_code == 409
    assert len(gateway.behind.of("/preview")) == asked


async def test_a_preview_of_a_note_asks_nobody_to_write_a_mail(gateway: Gateway) -> None:
    """W7"""
    ana = await gateway.program(ANA)
    asked = len(gateway.behind.of("/preview"))
    gateway.behind.refusals["/tickets/7/comments/preview"] = (
        200,
        {"fact": None, "recipients": [], "warnings": [], "undo_seconds": 0},
    )

    found = (await ana.post("/api/v1/tickets/7/comments/preview", {"text": "só nós"})).json()

    assert (found["mails"], len(gateway.behind.of("/preview"))) == ([], asked)


async def test_unsent_words_come_back_with_receipts_that_send_them(gateway: Gateway) -> None:
    """W7: also when the first receipts have expired."""
    ana = await gateway.program(ANA)
    kept = await upload(ana)
    await ana.post("/api/v1/tickets/7/comments", {"text": "a", "files": [kept["receipt"]]})
    file = gateway.behind.last().body["files"][0]
    unsent = {"id": UNSENT, "text": "quase", "files": [file], "revision": 3}
    gateway.behind.refusals["/tickets/7/unsent"] = (200, {"items": [unsent], "revision": 3, "recipients": []})
    gateway.behind.refusals["/unsent"] = (200, {"items": [unsent]})

    for path in ("/api/v1/tickets/7/unsent", "/api/v1/unsent"):
        [found] = (await ana.get(path)).json()["items"]
        receipt = found["files"][0]["receipt"]
        await ana.post("/api/v1/tickets/7/comments", {"text": "b", "files": [receipt]})
        assert gateway.behind.last().body["files"] == [file]
        assert (await ana.get(f"/api/v1/uploads?receipt={receipt}")).content == PNG


async def test_an_upload_on_no_ticket_yet_is_its_uploaders_alone(gateway: Gateway) -> None:
    """W7"""
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    mine, hers = await upload(ana), await upload(gina)

    assert (await ana.get(f"/api/v1/uploads?receipt={mine['receipt']}")).content == PNG
    assert (await ana.get(f"/api/v1/uploads?receipt={hers['receipt']}")).status_code == 422
    assert (await gina.get(f"/api/v1/uploads?receipt={mine['receipt']}")).status_code == 404
    assert (await ana.get("/api/v1/uploads?receipt=forged")).status_code == 422


@pytest.mark.parametrize(
    "path",
    ["/api/v1/tickets/7/outgoing", "/api/v1/tickets/7/unsent", "/api/v1/unsent", "/api/v1/interactions?tag=x"],
)
async def test_a_guest_finds_none_of_it(gateway: Gateway, path: str) -> None:
    """W7, P5"""
    gina = await gateway.program(GINA)

    assert (await gina.get(path)).status_code == 404
