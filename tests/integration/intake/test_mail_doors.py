"""LMTP, TLS and signed uploads into the real database, and a database that stops in the middle."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from balcao.intake import smtp
from balcao.intake.domain.signatures import content_digest, sign
from tests.integration.intake.private_database import PrivateDatabase
from tests.integration.intake.running import Intake, World, a_bus, eventually, open_for_companies, running
from tests.unit.intake.builders import a_mail
from tests.unit.intake.certificates import write_certificate
from tests.unit.intake.talking import Client, a_free_port

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

UPLOADS = "a secret for uploads that is long enough"  # pragma: allowlist secret
MOST = 256 * 1024


@pytest.fixture
async def intake(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World, tmp_path: Path
) -> AsyncIterator[Intake]:
    """The service with all doors open."""
    shown, key = write_certificate(tmp_path)
    values = {
        "lmtp_port": a_free_port(),
        "upload_secrets": SecretStr(f"another secret that was used before it,{UPLOADS}"),
        "smtp_tls_certificate": str(shown),
        "smtp_tls_key": str(key),
        "most_mail_bytes": MOST,
    }
    async with running(mongo_url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix), **values) as service:
        await open_for_companies(service, outside)
        yield service


async def upload(intake: Intake, raw: bytes, *to: str, **changes: Any) -> httpx.Response:
    """Upload a mail; `changes` replace what is sent after it was signed."""
    query = urlencode([("to", one) for one in to])
    timestamp = changes.pop("at", int(time.time()))
    digest = content_digest(raw)
    headers = {
        "Content-Digest": digest,
        "Balcao-Timestamp": str(timestamp),
        "Balcao-Signature": sign(changes.pop("secret", UPLOADS), timestamp, query, digest),
        "Content-Type": "message/rfc822",
    }
    sent = changes.pop("sent", raw)
    return await intake.call("POST", f"/v1/raw-mails?{changes.pop('query', query)}", content=sent, headers=headers)


async def test_a_mail_comes_by_lmtp_over_tls_for_two_companies_and_is_one_message_at_each(
    intake: Intake, outside: World
) -> None:
    settings: Any = intake.service.settings
    async with Client(settings.lmtp_port, "LHLO") as client:
        await client.say("STARTTLS")
        await client.start_tls(settings.smtp_tls_certificate)
        first = await client.mail(a_mail(), "suporte@agencia.test", "ola@estudio.test", "contato@agencia.test")
        answers = [first, await client.answer(), await client.answer()]
    assert [one[:3] for one in answers] == ["250"] * 3
    assert answers[0] == answers[2] != answers[1]
    assert sorted(event.companyid for event in await outside.hears(2)) == ["agencia", "estudio"]
    assert await intake.counts() == {"accepted": 1}


async def test_an_uploaded_mail_is_stored_and_said_and_a_second_time_it_is_a_duplicate(
    intake: Intake, outside: World
) -> None:
    answer = await upload(intake, a_mail(), "suporte@agencia.test")
    (event,) = await outside.hears()
    (message,) = answer.json()["messages"]
    assert answer.status_code == 202
    assert message == {
        "id": event.data.message_id,
        "outcome": "accepted",
        "ledger": f"/api/v1/mails/{event.data.message_id}",
    }
    again = await upload(intake, a_mail(), "suporte@agencia.test")
    assert (again.status_code, again.json()["messages"][0]["outcome"]) == (202, "duplicate")
    assert (await intake.send(a_mail())).startswith("250")
    assert await intake.counts() == {"accepted": 1, "duplicate": 2}
    assert len(await outside.hears(1)) == 1


async def test_an_upload_without_recipients_goes_where_its_headers_say(intake: Intake, outside: World) -> None:
    assert (await upload(intake, a_mail(To="ola@estudio.test"))).status_code == 202
    (event,) = await outside.hears()
    assert event.companyid == "estudio"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"secret": "not the secret of uploads, by a long way"}, 401),
        ({"at": 1_700_000_000}, 401),
        ({"sent": a_mail("outro")}, 401),
        ({"query": "to=ola%40estudio.test"}, 401),
    ],
    ids=["another secret", "long ago", "another mail", "another recipient"],
)
async def test_what_is_not_signed_as_it_is_sent_is_refused(
    intake: Intake, changes: dict[str, Any], status: int
) -> None:
    refused = await upload(intake, a_mail(), "suporte@agencia.test", **changes)
    assert refused.status_code == status, refused.text
    assert await intake.mails.count_documents({}) == 0


@pytest.mark.parametrize(
    ("raw", "to", "status"),
    [
        (a_mail(), ("ninguem@agencia.test",), 422),
        (a_mail(To="a@b.test"), (), 422),
        (a_mail(), ("suporte",), 422),
        (b"", ("suporte@agencia.test",), 422),
        (a_mail("x" * MOST), ("suporte@agencia.test",), 413),
    ],
    ids=["unknown", "nobody's", "no address", "empty", "too large"],
)
async def test_what_can_t_be_taken_is_refused_in_words(
    intake: Intake, raw: bytes, to: tuple[str, ...], status: int
) -> None:
    refused = await upload(intake, raw, *to)
    assert (refused.status_code, bool(refused.json()["detail"])) == (status, True), refused.text
    assert await intake.mails.count_documents({}) == 0


async def test_uploads_are_off_without_a_secret(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    async with running(mongo_url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as service:
        assert (await upload(service, a_mail(), "suporte@agencia.test")).status_code == 404
        assert outside.heard == []


async def test_the_example_client_uploads_a_mail(intake: Intake, outside: World) -> None:
    """docs/examples/upload_mail.py is what people start from: it must work as it stands."""
    async with served(intake) as url:
        script = Path(__file__).resolve().parents[3] / "docs" / "examples" / "upload_mail.py"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            f"{url}/v1/raw-mails",
            "suporte+x@agencia.test",
            env={**os.environ, "UPLOAD_SECRET": UPLOADS},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(a_mail())
    assert process.returncode == 0, err
    (event,) = await outside.hears()
    assert event.data.message_id in out.decode()


@asynccontextmanager
async def served(intake: Intake) -> AsyncIterator[str]:
    """The service's HTTP door on a socket."""
    port = a_free_port()
    server = uvicorn.Server(
        uvicorn.Config(intake.service.http, host="127.0.0.1", port=port, lifespan="off", log_config=None)
    )
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def test_the_same_mail_at_the_doors_of_two_replicas_is_one_mail(
    intake: Intake, outside: World, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    async with running(mongo_url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as other:
        answers = await asyncio.gather(*(one.send(a_mail()) for one in (intake, other) * 6))
        assert all(answer.startswith("250") for answer in answers)
        assert len(set(answers)) == 1
        assert len(await outside.hears()) == 1
        assert await other.counts() == {"accepted": 1, "duplicate": 11}


@pytest.mark.parametrize("how", ["hangs", "dies"])
async def test_while_the_database_is_away_senders_keep_their_mails_and_later_each_is_there_once(
    how: str,
    tmp_path: Path,
    amqp_url: str,
    database_prefix: str,
    bus_prefix: str,
    outside: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Never lost, never wrongly refused: also an address that memory does not know is 451, not 550."""
    monkeypatch.setattr(smtp, "STORED_WITHIN_S", 3.0)
    async with (
        PrivateDatabase(tmp_path) as database,
        running(database.url, amqp_url, database_prefix, a_bus(amqp_url, bus_prefix)) as intake,
    ):
        await open_for_companies(intake, outside)
        if how == "hangs":
            database.stop()
        else:
            await database.kill()
        assert (await intake.send(a_mail())).startswith("451")
        async with Client(intake.port) as client:
            await client.say("MAIL FROM:<>")
            assert (await client.say("RCPT TO:<ninguem@agencia.test>")).startswith("451")
        if how == "hangs":
            database.go_on()
        else:
            await database.start()

        async def is_taken() -> bool:
            return (await intake.send(a_mail())).startswith("250")

        await eventually(is_taken, 60)
        await eventually(lambda: len({event.id for event in outside.heard}) == 1)
        assert await intake.mails.count_documents({}) == 1
