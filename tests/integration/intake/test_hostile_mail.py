"""A mail that takes too long is held with its reason; the mails around it are taken as ever."""

import asyncio

import pytest

from tests.integration.intake.running import CAIO, World, a_bus, open_for_companies, running
from tests.unit.intake.builders import a_mail

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_a_mail_past_the_time_limit_is_held_and_others_are_not(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    hostile = a_mail("<p>linha\r\n" * 150_000, Content_Type="text/html", Message_ID="<lento@cliente.test>")
    bus = a_bus(amqp_url, bus_prefix)
    async with running(mongo_url, amqp_url, database_prefix, bus, mail_reading_limit_s=0.002) as intake:
        await open_for_companies(intake, outside)
        answers = await asyncio.gather(*(intake.send(raw) for raw in (hostile, a_mail())))
        assert [answer[:3] for answer in answers] == ["250", "250"]
        assert await intake.counts() == {"accepted": 1, "held": 1}
        (row,) = (await intake.get("/messages", CAIO, outcome="held")).json()["items"]
        assert row["rule"] == "limit_time"
        assert "longer than 0.002 s" in row["reason"]
        assert row["sender"]["address"] == "dora@cliente.test"
        raw = await intake.get(f"/messages/{row['id']}/raw", CAIO)
        assert raw.content == hostile
        assert (await intake.get(f"/messages/{row['id']}/body", CAIO)).status_code == 409
        assert (await intake.send(hostile))[:3] == "250"
        assert await intake.counts() == {"accepted": 1, "held": 1, "duplicate": 1}
