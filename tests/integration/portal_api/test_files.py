"""Files: who may open them, that they never run, and that nobody attaches what is not theirs."""

from typing import Any

import pytest

from tests.integration.portal_api.behind import FILES
from tests.integration.portal_api.running import ANA, EVA, GINA, HUGO, Gateway, Somebody

pytestmark = pytest.mark.asyncio(loop_scope="module")

HTML = "/api/v1/files/mail:m1/2?ticket=7"
OF_NOTE = "/api/v1/files/mail:m2/1?ticket=7"


async def test_an_uploaded_page_comes_as_a_download_that_never_runs(gateway: Gateway) -> None:
    answer = await (await gateway.program(GINA)).get(HTML)

    assert (answer.status_code, answer.content) == (200, FILES["m1/2"])
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"promo __o.html\"; filename*=UTF-8''promo%20%C3%A7%C3%A3o.html"
    )
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_notes_attachment_is_the_teams_alone(gateway: Gateway) -> None:
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)

    assert (await ana.get(OF_NOTE)).status_code == 200
    assert (await gina.get(OF_NOTE)).status_code == 404


async def test_who_does_not_see_the_ticket_does_not_get_its_files(gateway: Gateway) -> None:
    assert (await (await gateway.program(HUGO)).get(HTML)).status_code == 404
    assert (await (await gateway.program(EVA, "outra")).get(HTML)).status_code == 404


async def test_a_file_that_hangs_elsewhere_cannot_be_fetched_through_a_ticket(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)

    assert (await ana.get("/api/v1/files/mail:m1/3?ticket=7")).status_code == 404
    assert (await ana.get("/api/v1/files/mail:m1/2")).status_code == 422


async def test_an_upload_is_attached_by_its_receipt_and_read_back_whole(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    kept = await _upload(ana, b"%PDF-1.7 arte", "../arte final.pdf")
    assert (kept["name"], kept["size"]) == ("arte final.pdf", 13)

    await ana.post("/api/v1/tickets/7/comments", {"text": "Segue", "visible": True, "files": [kept["receipt"]]})

    [file] = gateway.behind.last().body["files"]
    assert file["file_id"].startswith("sha256:")
    gateway.behind.ticket["timeline"][3]["data"]["files"] = [file]
    got = await (await gateway.program(GINA)).get(f"/api/v1/files/{file['file_id']}?ticket=7")
    assert (got.status_code, got.content) == (200, b"%PDF-1.7 arte")


async def test_nobody_attaches_a_file_by_its_id_or_by_somebody_elses_receipt(gateway: Gateway) -> None:
    """Knowing the id of another's file must not be a way to read it through a ticket of one's own."""
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    receipt = (await _upload(ana, b"segredo", "plano.txt"))["receipt"]

    for attached in ("mail:m2/1", "sha256:" + "0" * 64, receipt, receipt[:-4] + "AAAA"):
        answer = await gina.post("/api/v1/portal/tickets/7/replies", {"text": "Oi", "files": [attached]})
        assert answer.status_code == 422, attached
    assert gateway.behind.of("/messages") == []


async def _upload(who: Somebody, content: bytes, name: str) -> dict[str, Any]:
    answer = await who.http.post("/api/v1/files", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    kept: dict[str, Any] = answer.json()
    return kept
