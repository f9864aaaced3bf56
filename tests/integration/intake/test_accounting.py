"""The ledger adds up, and the doctor sees when it does not."""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any

import pytest

from balcao.shared.clock import now
from tests.integration.intake.running import CAIO, DORA, Intake, World
from tests.unit.intake.builders import SECRET, a_mail

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def doctor(mongo_url: str, amqp_url: str, prefix: str, *arguments: str) -> tuple[int, str]:
    """Run the command as an operator would; its exit code and what it said."""
    env = {
        **os.environ,
        "BALCAO_MONGO_URL": mongo_url,
        "BALCAO_AMQP_URL": amqp_url,
        "BALCAO_DATABASE_PREFIX": prefix,
        "BALCAO_SERVICE_SECRET": SECRET,
        "BALCAO_HTTP_PORT": "18999",
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
    assert found["problems"] == []


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
    intake: Intake, outside: World, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    await a_mail_of_each_kind(intake, outside)
    code, said = await doctor(mongo_url, amqp_url, database_prefix, "--company", "agencia")
    assert (code, "adds up" in said, "all is well" in said) == (0, True, True), said


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
