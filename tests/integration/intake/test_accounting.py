"""The ledger adds up, and the doctor sees when it does not."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from balcao.intake.fates import Fates
from balcao.intake.ledger import Ledger
from balcao.intake.reception import event_id
from balcao.shared.clock import now
from tests.integration.intake.running import CAIO, DORA, Intake, World, a_bus, open_for_companies, running
from tests.support.outside_server import OutsideServer, Received, Reply, outside_server
from tests.unit.intake.builders import SECRET, a_mail

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


@pytest.fixture
async def tickets() -> AsyncIterator[OutsideServer]:
    """A `tickets` that has made a ticket of everything."""
    async with outside_server() as server:
        server.answer = fates("opened")
        yield server


def fates(fate: str, *, of: int = 500) -> Callable[[Received], Reply]:
    """The answer that so many messages became this."""

    def answer(asked: Received) -> Reply:
        messages = asked.json()["messages"][:of]
        return Reply(body=json.dumps({"fates": {one["event_id"]: fate for one in messages}}).encode())

    return answer


async def doctor(mongo_url: str, amqp_url: str, prefix: str, *arguments: str, tickets_url: str = "") -> tuple[int, str]:
    """Run the command as an operator would; its exit code and what it said."""
    env = {
        **os.environ,
        "BALCAO_MONGO_URL": mongo_url,
        "BALCAO_AMQP_URL": amqp_url,
        "BALCAO_DATABASE_PREFIX": prefix,
        "BALCAO_SERVICE_SECRET": SECRET,
        "BALCAO_HTTP_PORT": "18999",
        "BALCAO_TICKETS_URL": tickets_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "balcao.intake", "doctor", *arguments),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def account(intake: Intake) -> dict[str, Any]:
    answer = await intake.get("/ledger/account", CAIO)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_mail_of_each_kind(intake: Intake, outside: World) -> None:
    own = a_mail(From="suporte@agencia.test", Message_ID="<dois@agencia.test>")
    machine = a_mail(Auto_Submitted="auto-replied", Message_ID="<tres@cliente.test>")
    for raw in (a_mail(), a_mail(), own, machine):
        assert (await intake.send(raw)).startswith("250")
    await outside.hears(3)


async def test_every_arrival_is_in_exactly_one_outcome_and_they_add_up(intake: Intake, outside: World) -> None:
    await a_mail_of_each_kind(intake, outside)
    found = await account(intake)
    assert found["arrivals"] == 4 == sum(found["counts"].values())
    assert found["counts"]["duplicate"] == 1
    assert (found["problems"], found["accepted"]) == ([], None)  # nobody knows `tickets` here


async def test_what_is_wrong_with_the_ledger_is_found(intake: Intake, outside: World) -> None:
    """Each trouble is made by hand: none of them may come about by itself."""
    await a_mail_of_each_kind(intake, outside)
    rows = await intake.mails.find({}, {"outcome": 1}).to_list(10)
    assert {row["outcome"] for row in rows} == {"accepted", "held", "auto_replied"}
    await intake.mails.update_one({"_id": rows[0]["_id"]}, {"$set": {"outcome": "lost"}})
    await intake.mails.update_one({"_id": rows[1]["_id"]}, {"$set": {"rule": ""}})
    await intake.mails.update_one({"_id": rows[2]["_id"]}, {"$set": {"raw": None, "raw_file": "sha256:gone"}})
    await intake.service.mongo.db["repeats"].update_one({}, {"$set": {"mail_id": "gone"}})
    found = {one["kind"]: (one["count"], one["ids"]) for one in (await account(intake))["problems"]}
    assert found == {
        "in_no_outcome": (1, [rows[0]["_id"]]),
        "without_a_rule": (1, [rows[1]["_id"]]),
        "bytes_lost": (1, [rows[2]["_id"]]),
        "repeat_of_nothing": (1, ["gone"]),
    }


async def test_the_doctor_says_that_all_is_well(
    intake: Intake, outside: World, tickets: OutsideServer, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    await a_mail_of_each_kind(intake, outside)
    code, said = await doctor(mongo_url, amqp_url, database_prefix, "--company", "agencia", tickets_url=tickets.url)
    assert (code, "adds up" in said, "all is well" in said) == (0, True, True), said
    assert "of those accepted: opened 1" in said
    assert "waiting to be heard: " in said


async def test_the_doctor_does_not_call_well_what_it_can_not_ask(
    intake: Intake, outside: World, tickets: OutsideServer, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    await a_mail_of_each_kind(intake, outside)
    code, said = await doctor(mongo_url, amqp_url, database_prefix)
    assert (code, "BALCAO_TICKETS_URL" in said) == (1, True), said
    tickets.answer = lambda _: Reply(status=503)
    code, said = await doctor(mongo_url, amqp_url, database_prefix, tickets_url=tickets.url)
    assert (code, "can't ask" in said) == (1, True), said


async def test_the_doctor_finds_what_lies_between_here_and_tickets(
    intake: Intake, outside: World, tickets: OutsideServer, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    """An accepted mail of which nothing has come is on its way for two minutes, and then stuck."""
    await intake.send(a_mail())
    await outside.hears()
    (row,) = await intake.mails.find({}, {"_id": 1}).to_list(2)
    tickets.answer = fates("opened", of=0)
    code, said = await doctor(mongo_url, amqp_url, database_prefix, tickets_url=tickets.url)
    assert (code, "of those accepted: under_way 1" in said) == (0, True), said
    await intake.mails.update_one({}, {"$set": {"received_at": now() - timedelta(minutes=3)}})
    code, said = await doctor(mongo_url, amqp_url, database_prefix, "--json", tickets_url=tickets.url)
    (company,) = json.loads(said)["companies"]
    assert (code, company["problems"]) == (1, [{"kind": "stuck", "count": 1, "ids": [row["_id"]]}])
    assert json.loads(said)["depths"].keys() >= {"tickets.take_message", "balcao.retry.1"}


async def test_the_account_says_what_became_of_accepted_messages(
    intake: Intake, outside: World, tickets: OutsideServer
) -> None:
    for number in range(3):
        await intake.send(a_mail(f"{number}", Message_ID=f"<{number}@cliente.test>", Subject=f"Re: [#{number}]"))
    await outside.hears(3)
    tickets.answer = fates("appended", of=2)
    async with Fates(tickets.url, SECRET) as asking:
        ledger = Ledger(intake.service.mongo)
        found = await ledger.accepted("agencia", now() - timedelta(days=1), asking)
        latest = await ledger.accepted("agencia", now() - timedelta(days=1), asking, most=1)
    assert {fate: count for fate, count in found.counts.items() if count} == {"appended": 2, "under_way": 1}
    assert sum(latest.counts.values()) == 1
    asked = tickets.received[0].json()["messages"]
    rows = await intake.mails.find({}, {"evidence": 1}).to_list(5)
    assert {one["event_id"]: one["number"] for one in asked} == {
        event_id(row["_id"]): row["evidence"].get("subject_number") or None for row in rows
    }
    assert {one["internet_message_id"] for one in asked} == {f"<{number}@cliente.test>" for number in range(3)}


async def test_the_account_goes_on_without_tickets(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World, tickets: OutsideServer
) -> None:
    bus = a_bus(amqp_url, bus_prefix)
    async with running(mongo_url, amqp_url, database_prefix, bus, tickets_url=tickets.url) as intake:
        await open_for_companies(intake, outside)
        await intake.send(a_mail())
        assert (await account(intake))["accepted"]["opened"] == 1
        await intake.mails.update_one({}, {"$set": {"received_at": now() - timedelta(minutes=3)}})
        tickets.answer = fates("opened", of=0)
        assert [one["kind"] for one in (await account(intake))["problems"]] == ["stuck"]
        tickets.answer = lambda _: Reply(status=503)
        without = await account(intake)
        assert (without["accepted"], without["arrivals"], without["problems"]) == (None, 1, [])


async def test_the_doctor_finds_what_was_never_said(
    intake: Intake, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    left = {"_id": "left", "at": now() - timedelta(hours=1), "lease": now() + timedelta(hours=1), "items": []}
    await intake.outbox.insert_one(left)
    code, said = await doctor(mongo_url, amqp_url, database_prefix, "--json")
    assert code == 1
    assert '"not_said"' in said
    assert '"left"' in said


async def test_the_doctor_refuses_a_time_that_makes_no_sense(
    mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    code, said = await doctor(mongo_url, amqp_url, database_prefix, "--days", "0")
    assert code == 2
    assert "--days" in said


async def test_a_guest_learns_nothing_of_the_ledger(intake: Intake) -> None:
    assert (await intake.get("/ledger/account", DORA)).status_code == 404


async def test_a_mails_words_are_shown_to_the_team_and_made_safe(intake: Intake, outside: World) -> None:
    html = '<p onclick="x()">oi<script>alert(1)</script><img src="http://t.test/p.gif"></p>'
    await intake.send(a_mail(html, Content_Type="text/html"))
    (event,) = await outside.hears()
    path = f"/messages/{event.data.message_id}/body"
    shown = (await intake.get(path)).json()
    assert (shown["text"], shown["blocked_images"], shown["html_is_made"]) == ("oi", 1, False)
    assert shown["html"] == '<p>oi<img referrerpolicy="no-referrer"></p>\n'
    assert "t.test" in (await intake.get(path, images=True)).json()["html"]
    assert (await intake.get(path, DORA)).status_code == 404
