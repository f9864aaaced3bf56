"""Mail by SMTP into the real database and onto the real broker: what 250 promises, and what happens without one."""

import asyncio
import socket
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from balcao.intake import smtp
from balcao.shared.commit import Work
from balcao.shared.tokens import ticket_token
from tests.integration.intake.running import Intake, World, a_bus, eventually, open_for_companies, running
from tests.unit.intake.builders import AGENCY, SECRET, TICKET, a_file, a_mail, a_multipart, a_part
from tests.unit.intake.talking import Client
from tests.unit.intake.test_classifying import a_report

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_a_mail_is_stored_with_its_bytes_and_said_once(intake: Intake, outside: World) -> None:
    raw = a_multipart(a_part("Precisamos de um banner."), a_file(b"abc" * 5000))
    answer = await intake.send(raw)
    (event,) = await outside.hears()

    assert answer == f"250 2.0.0 Kept as {event.data.message_id}\r\n"
    assert event.type == "message.received.v1"
    assert (event.companyid, event.subject, event.causationid) == (
        "agencia",
        event.data.message_id,
        event.data.message_id,
    )
    stored = await intake.mails.find_one({"_id": event.data.message_id})
    assert stored is not None
    assert bytes(stored["raw"]) == raw
    assert (stored["outcome"], stored["rule"], stored["addressed_by"]) == ("accepted", "from", "envelope")
    assert stored["envelope"]["recipients"] == ["suporte@agencia.test"]
    await eventually(lambda: _is_empty(intake))


async def test_the_mail_is_durable_before_it_is_acknowledged(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    committing, go_on = asyncio.Event(), asyncio.Event()
    save = intake.service.committer.save

    async def slowly(work: Work) -> None:
        committing.set()
        await go_on.wait()
        await save(work)

    monkeypatch.setattr(intake.service.committer, "save", slowly)
    answer = asyncio.create_task(intake.send(a_mail()))
    await committing.wait()
    await asyncio.sleep(0.2)
    assert not answer.done(), "acknowledged before it was stored"
    go_on.set()

    assert (await answer).startswith("250")
    assert await intake.mails.count_documents({}) == 1


async def test_without_the_store_the_sender_keeps_the_mail_and_a_later_try_succeeds(
    intake: Intake, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Work) -> None:
        raise AutoReconnect("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(intake.service.committer, "save", away)
        assert (await intake.send(a_mail())).startswith("451")
    assert await intake.mails.count_documents({}) == 0
    assert (await intake.send(a_mail())).startswith("250")
    assert len(await outside.hears()) == 1


async def test_a_database_that_is_gone_makes_the_sender_wait(
    mongo_url: str,
    amqp_url: str,
    database_prefix: str,
    bus_prefix: str,
    outside: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real driver on a port that nobody answers any more: 451 for mails and for recipients nobody remembers."""
    monkeypatch.setattr(smtp, "STORED_WITHIN_S", 4.0)
    async with Tunnel(mongo_url) as tunnel:
        url = f"mongodb://127.0.0.1:{tunnel.port}/?directConnection=true"
        async with running(url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as intake:
            await open_for_companies(intake, outside)
            assert (await intake.send(a_mail())).startswith("250")
            await tunnel.cut()
            assert (await intake.send(a_mail(Message_ID="<dois@cliente.test>"))).startswith("451")
            async with Client(intake.port) as client:
                await client.say("MAIL FROM:<>")
                assert (await client.say("RCPT TO:<ninguem@agencia.test>")).startswith("451")


async def test_a_second_arrival_is_acknowledged_counted_and_says_nothing(intake: Intake, outside: World) -> None:
    assert (await intake.send(a_mail())).startswith("250")
    again = b"Received: from another.test\r\n" + a_mail()
    assert (await intake.send(again)).startswith("250")
    assert (await intake.send(again)).startswith("250")

    assert len(await outside.hears()) == 1
    assert await intake.counts() == {"accepted": 1, "duplicate": 2}


async def test_the_same_mail_many_times_at_once_is_one_mail(intake: Intake, outside: World) -> None:
    answers = await asyncio.gather(*(intake.send(a_mail()) for _ in range(12)))

    assert all(answer.startswith("250") for answer in answers)
    assert len(await outside.hears()) == 1
    assert await intake.counts() == {"accepted": 1, "duplicate": 11}


async def test_many_mails_at_once_are_all_stored_and_said(intake: Intake, outside: World) -> None:
    mails = [a_mail(f"pedido {n}", Message_ID=f"<{n}@cliente.test>") for n in range(40)]
    answers = await asyncio.gather(*(intake.send(raw) for raw in mails))

    assert all(answer.startswith("250") for answer in answers)
    heard = await outside.hears(40)
    assert len({event.data.message_id for event in heard}) == 40


async def test_one_mail_to_two_companies_is_one_message_at_each(intake: Intake, outside: World) -> None:
    assert (await intake.send(a_mail(), "suporte@agencia.test", "ola@estudio.test")).startswith("250")

    assert sorted(event.companyid for event in await outside.hears(2)) == ["agencia", "estudio"]


async def test_an_address_that_nobody_has_is_refused(intake: Intake) -> None:
    async with Client(intake.port) as client:
        await client.say("MAIL FROM:<dora@cliente.test>")
        assert (await client.say("RCPT TO:<ninguem@agencia.test>")).startswith("550")
        assert (await client.say("RCPT TO:<suporte+qualquer@agencia.test>")).startswith("250")


async def test_while_the_broker_is_silent_mail_is_taken_and_said_later(intake: Intake, outside: World) -> None:
    intake.bus.mute = True
    assert (await intake.send(a_mail())).startswith("250")
    await eventually(lambda: _has_left_behind(intake))
    assert outside.heard == []

    intake.bus.mute = False
    await intake.service.relay.sweep(older_than_s=0)
    (event,) = await outside.hears()
    assert event.type == "message.received.v1"
    assert await _is_empty(intake)


async def test_what_was_not_said_before_a_crash_is_said_by_the_next_process(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    mute = a_bus(amqp_url, bus_prefix)
    async with running(mongo_url, amqp_url, database_prefix, mute) as first:
        await open_for_companies(first, outside)
        mute.mute = True
        assert (await first.send(a_mail())).startswith("250")
    assert outside.heard == []

    async with running(mongo_url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as second:
        (event,) = await outside.hears()
        assert event.data.message_id
        assert (await second.send(a_mail(Message_ID="<dois@cliente.test>"))).startswith("250"), (
            "it remembers the companies"
        )


async def test_every_kind_of_mail_has_its_outcome_and_its_fact(intake: Intake, outside: World) -> None:
    own = f"<{ticket_token(TICKET, SECRET)}.x@agencia.test>"
    await intake.send(a_mail())
    await intake.send(a_report(), sender="")
    await intake.send(a_mail("férias", Auto_Submitted="auto-replied", Message_ID="<a@x.test>"), sender="")
    await intake.send(a_mail(From="suporte@agencia.test", Message_ID="<b@x.test>"))
    await intake.send(a_mail(From="suporte@agencia.test", Message_ID=own))
    await intake.send(b"\x00\xff" * 500, sender="")
    await intake.send(a_mail())

    assert sorted(event.type for event in await outside.hears(5)) == [
        "mail.auto_replied.v1",
        "mail.auto_replied.v1",
        "mail.bounced.v1",
        "mail.held.v1",
        "message.received.v1",
    ]
    ledger = (await intake.get("/ledger")).json()
    assert ledger["counts"] == {
        "accepted": 1,
        "bounced": 1,
        "auto_replied": 2,
        "held": 1,
        "rejected": 1,
        "duplicate": 1,
    }
    assert ledger["total"] == 7, "every mail that was sent is in exactly one outcome"


async def test_a_mail_that_goes_past_the_limits_is_held_with_its_raw_text(intake: Intake, outside: World) -> None:
    raw = a_multipart(*[a_part("x")] * 1001)
    assert (await intake.send(raw)).startswith("250")
    (event,) = await outside.hears()

    assert event.type == "mail.held.v1"
    assert event.data.reason == "more than 1000 parts"
    assert (await intake.get(f"/messages/{event.data.message_id}/raw")).content == raw


async def test_a_mail_too_large_for_a_document_is_kept_whole(intake: Intake, outside: World) -> None:
    content = bytes(range(256)) * 4 * 1024 * 14
    raw = a_multipart(a_part("segue o vídeo"), a_file(content, "video.mp4", "video/mp4"))
    assert (await intake.send(raw)).startswith("250")
    (event,) = await outside.hears()

    (file,) = event.data.files
    assert file.size == len(content)
    assert (await intake.get(f"/messages/{event.data.message_id}/raw")).content == raw
    assert (await intake.get(f"/files/{event.data.message_id}/2")).content == content


async def test_large_mails_that_arrive_together_are_all_kept(intake: Intake, outside: World) -> None:
    content = bytes(8 * 1024 * 1024)
    mails = [a_multipart(a_part(f"{n}"), a_file(content), Message_ID=f"<{n}@cliente.test>") for n in range(4)]
    answers = await asyncio.gather(*(intake.send(raw) for raw in mails))

    assert all(answer.startswith("250") for answer in answers), answers
    assert len(await outside.hears(4)) == 4


async def test_the_newest_version_of_a_company_counts_whatever_the_order(intake: Intake, outside: World) -> None:
    newer = AGENCY.model_copy(update={"version": 5, "addresses": ("ajuda@agencia.test",)})
    await outside.configure(newer)
    await eventually(lambda: _takes(intake, "ajuda@agencia.test"))
    await outside.configure(AGENCY.model_copy(update={"version": 4}))
    await outside.configure(AGENCY.model_copy(update={"version": 6, "addresses": ("fim@agencia.test",)}))
    await eventually(lambda: _takes(intake, "fim@agencia.test"))

    assert not await _takes(intake, "suporte@agencia.test")
    assert not await _takes(intake, "ajuda@agencia.test")


async def test_a_company_that_another_replica_learned_is_known_here_too(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, intake: Intake
) -> None:
    async with running(mongo_url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as other:
        newer = AGENCY.model_copy(update={"version": 5, "addresses": ("ajuda@agencia.test",)})
        store: Any = intake.service.mongo.db["companies"]
        await store.update_one({"_id": AGENCY.id}, {"$set": {"version": 5, "profile": newer.model_dump()}})

        assert await _takes(other, "ajuda@agencia.test")
        assert await _takes(intake, "ajuda@agencia.test")


class Tunnel:
    """Passes a TCP connection on until it is cut, so that a test can take the database away from one service alone."""

    def __init__(self, mongo_url: str) -> None:
        host = mongo_url.removeprefix("mongodb://").split("/", 1)[0]
        self._host, _, port = host.rpartition(":")
        self._to = int(port)
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def __aenter__(self) -> "Tunnel":
        from tests.unit.intake.talking import a_free_port

        self.port = a_free_port()
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port, family=socket.AF_INET)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        """Nobody answers any more."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._host, self._to)
        self._writers += [writer, there_writer]
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    writer.close()


async def _is_empty(intake: Intake) -> bool:
    return await intake.outbox.count_documents({}) == 0


async def _has_left_behind(intake: Intake) -> bool:
    return await intake.outbox.count_documents({}) == 1


async def _takes(intake: Intake, address: str) -> bool:
    async with Client(intake.port) as client:
        await client.say("MAIL FROM:<>")
        return (await client.say(f"RCPT TO:<{address}>")).startswith("250")
