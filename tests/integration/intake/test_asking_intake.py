"""The HTTP door: portal messages, stored mails, the ledger, and who may see what."""

import asyncio
from typing import Any

import pytest

from balcao.shared.events import AnyEnvelope
from tests.integration.intake.running import (
    CAIO,
    DORA,
    OUTSIDER,
    Intake,
    World,
    a_bus,
    open_for_companies,
    running,
)
from tests.unit.intake.builders import TICKET, a_file, a_mail, a_multipart, a_part

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

PORTAL = {"subject": "Banner", "text": "Precisamos de um banner."}


async def received(intake: Intake, outside: World, raw: bytes) -> AnyEnvelope:
    """Send a mail and return the fact."""
    assert (await intake.send(raw)).startswith("250")
    return (await outside.hears())[0]


async def test_what_is_written_in_the_portal_comes_in_as_mail_does(intake: Intake, outside: World) -> None:
    file = {"file_id": "sha256:" + "a" * 64, "name": "arte.pdf", "size": 3}
    answer = await intake.post("/messages", {**PORTAL, "ticket_id": TICKET, "files": [file]})
    (event,) = await outside.hears()

    assert answer.status_code == 202
    assert answer.json() == {"message_id": event.data.message_id, "event_id": event.id}
    assert (event.type, event.data.channel, event.companyid) == ("message.received.v1", "portal", "agencia")
    assert (event.data.sender.person_id, event.data.sender.address) == ("dora", "dora@cliente.test")
    assert event.data.evidence.token_ticket_id == TICKET
    assert event.data.files[0].name == "arte.pdf"
    assert (await intake.get(f"/messages/{event.data.message_id}")).json()["channel"] == "portal"


async def test_the_ledger_has_what_our_mail_server_said_of_the_sender(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    bus = a_bus(amqp_url, bus_prefix)
    async with running(mongo_url, amqp_url, database_prefix, bus, trusted_authserv="mx.agencia.test") as intake:
        await open_for_companies(intake, outside)
        said = b"Authentication-Results: mx.agencia.test; dmarc=fail header.from=cliente.test; spf=softfail\r\n"
        event = await received(intake, outside, said + a_mail())
        row = (await intake.get(f"/messages/{event.data.message_id}")).json()
        assert row["authentication"] == {
            "by": "mx.agencia.test",
            "dmarc": "fail",
            "spf": "softfail",
            "authenticated": False,
        }
        assert event.data.authentication.dmarc == "fail"


async def test_a_repeated_request_is_the_same_message(intake: Intake, outside: World) -> None:
    answers = await asyncio.gather(*(intake.post("/messages", PORTAL, key="uma vez") for _ in range(4)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["message_id"] for answer in answers}) == 1
    assert len(await outside.hears()) == 1


async def test_a_key_is_one_persons_and_for_one_message(intake: Intake, outside: World) -> None:
    await intake.post("/messages", PORTAL, key="k")
    other_words = await intake.post("/messages", {**PORTAL, "text": "Outra coisa."}, key="k")
    other_person = await intake.post("/messages", PORTAL, CAIO, key="k")

    assert (other_words.status_code, other_words.json()["type"]) == (409, "urn:balcao:problem:key-used-before")
    assert other_person.status_code == 202
    assert len(await outside.hears(2)) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "   "},
        {"text": "x" * 100_001},
        {"text": "x", "subject": "y" * 501},
        {"text": "x", "ticket_id": "7"},
        {"text": "x", "unknown": 1},
        {"text": 3},
        {"text": "x", "files": [{"file_id": "mail:someone/1", "name": "a", "size": 1}]},
        {"text": "x", "files": [{"name": "a"}]},
        [],
    ],
)
async def test_a_message_that_makes_no_sense_is_refused_in_words(intake: Intake, outside: World, body: Any) -> None:
    answer = await intake.post("/messages", body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert outside.heard == []


async def test_an_attachment_is_served_to_be_saved_and_never_as_a_page(intake: Intake, outside: World) -> None:
    page = a_file(b"<script>alert(1)</script>", "página.html", "text/html")
    event = await received(intake, outside, a_multipart(a_part("veja"), page))
    answer = await intake.get(f"/files/{event.data.message_id}/2", DORA)

    assert answer.status_code == 200
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''p%C3%A1gina.html"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("part", ["1", "3", "2.1", "9999"])
async def test_a_part_that_is_no_attachment_is_not_found(intake: Intake, outside: World, part: str) -> None:
    event = await received(intake, outside, a_multipart(a_part("veja"), a_file(b"x")))

    assert (await intake.get(f"/files/{event.data.message_id}/{part}")).status_code == 404


@pytest.mark.parametrize("path", ["/messages/{id}", "/messages/{id}/raw", "/files/{id}/2"])
async def test_another_companys_agent_finds_nothing(intake: Intake, outside: World, path: str) -> None:
    event = await received(intake, outside, a_multipart(a_part("veja"), a_file(b"x")))
    path = path.format(id=event.data.message_id)

    assert (await intake.get(path, CAIO)).status_code == 200
    assert (await intake.get(path, OUTSIDER)).status_code == 404


@pytest.mark.parametrize("path", ["/messages/{id}", "/messages/{id}/raw", "/ledger", "/messages?outcome=accepted"])
async def test_a_guest_sees_neither_the_ledger_nor_raw_mails(intake: Intake, outside: World, path: str) -> None:
    event = await received(intake, outside, a_mail())
    path = path.format(id=event.data.message_id)

    assert (await intake.get(path, CAIO)).status_code == 200
    assert (await intake.get(path, DORA)).status_code == 404


async def test_the_ledger_counts_each_company_for_itself(intake: Intake, outside: World) -> None:
    await received(intake, outside, a_mail())

    assert await intake.counts(CAIO) == {"accepted": 1}
    assert await intake.counts(OUTSIDER) == {}


async def test_the_ledgers_pages_hold_every_row_once(intake: Intake) -> None:
    async def send(number: int) -> None:
        await intake.send(a_mail(From="suporte@agencia.test", Message_ID=f"<{number}@x.test>"))

    await asyncio.gather(*(send(number) for number in range(7)))
    seen: list[str] = []
    query: dict[str, Any] = {"outcome": "held", "limit": 2}
    while True:
        page = (await intake.get("/messages", **query)).json()
        seen += [row["id"] for row in page["items"]]
        assert all("raw" not in row for row in page["items"])
        if page["next"] is None:
            break
        query["before"] = page["next"]

    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/messages/nada", 422),
        ("/messages/" + TICKET, 404),
        ("/files/" + TICKET + "/1", 404),
        ("/files/" + TICKET + "/../x", 404),
        ("/messages?outcome=unknown", 422),
        ("/ledger?days=0", 422),
        ("/nowhere", 404),
    ],
)
async def test_what_does_not_exist_is_a_problem_in_words(intake: Intake, path: str, status: int) -> None:
    answer = await intake.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nobody_gets_in_without_a_token(intake: Intake) -> None:
    assert (await intake.call("GET", "/v1/ledger")).status_code == 401
    assert (await intake.call("POST", "/v1/messages", json=PORTAL)).status_code == 401


async def test_mails_are_counted_for_whoever_watches(intake: Intake, outside: World) -> None:
    await received(intake, outside, a_mail())
    metrics = (await intake.call("GET", "/metrics")).text

    assert 'balcao_mails_total{outcome="accepted"}' in metrics
