"""What goes to the relay: files, a checked connection, and a step in the trace."""

import ssl
import subprocess
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from pydantic import SecretStr

from balcao.shared import telemetry
from balcao.shared.events import FileRef
from balcao.shared.files import Files
from balcao.shared.mongo import COMMANDS, Mongo
from tests.integration.notifier.running import Notifier, World, eventually
from tests.integration.notifier.sink import Sink
from tests.support.told_facts import REQUESTER, opened, replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_files_of_an_answer_go_along_and_missing_ones_are_named(notifier: Notifier, outside: World) -> None:
    del notifier
    content = b"%PDF-1.7 " + bytes(range(256)) * 400
    mongo = Mongo(outside.settings.mongo_url, outside.settings.database_prefix + "files")
    file_id = await Files(mongo).put(content)
    mongo.close()
    files = (
        FileRef(file_id=file_id, name="Relatório.pdf", media_type="application/pdf", size=len(content)),
        FileRef(file_id="sha256:" + "0" * 64, name="sumiu.zip", size=10),
        FileRef(file_id="mail:m1/2", name="do-cliente.png", size=10),
        FileRef(file_id=file_id, name="filme.mp4", size=40_000_000),
    )
    await outside.say(said(replied(recipients=(REQUESTER,), files=files)))
    await eventually(lambda: len(outside.sink.taken) == 1)
    message = outside.sink.taken[0].message
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("Relatório.pdf", "application/pdf")
    assert attached.get_payload(decode=True) == content
    text = message.get_body(("plain",))
    assert text is not None
    assert all(name in text.get_content() for name in ("sumiu.zip", "do-cliente.png", "filme.mp4"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody but these tests trusts, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return cert, key


async def test_mail_goes_over_a_checked_connection_with_a_login(outside: World, certificate: tuple[Path, Path]) -> None:
    relay = await _secure_relay(certificate)
    secure = {"relay_port": relay.port, "relay_tls": "starttls", "relay_user": "balcao"}
    async with outside.notifier(**secure, relay_password=SecretStr("s3nha"), relay_ca_file=certificate[0]):
        await outside.say(said(replied(recipients=(REQUESTER,))))
        await eventually(lambda: len(relay.taken) == 1)
    assert relay.secure == 1
    await relay.stop()


@pytest.mark.parametrize("wrong", ["certificate", "password"])
async def test_a_relay_that_cannot_be_trusted_or_does_not_let_us_in_gets_nothing(
    outside: World, certificate: tuple[Path, Path], wrong: str
) -> None:
    """No fault of the mail: it waits until the settings are right."""
    relay = await _secure_relay(certificate)
    secure = {"relay_port": relay.port, "relay_tls": "starttls", "relay_user": "balcao"}
    password = SecretStr("wrong" if wrong == "password" else "s3nha")
    trusted = None if wrong == "certificate" else certificate[0]
    async with outside.notifier(**secure, relay_password=password, relay_ca_file=trusted):
        await outside.say(said(replied(recipients=(REQUESTER,))))
        await eventually(lambda: _waits(outside))
    assert relay.received == []
    assert outside.heard == []
    await relay.stop()


async def test_without_a_setting_tls_is_used_where_it_is_offered(
    outside: World, certificate: tuple[Path, Path]
) -> None:
    relay = await _secure_relay(certificate, login=None)
    async with outside.notifier(relay_port=relay.port, relay_tls="opportunistic"):
        await outside.say(said(replied(recipients=(REQUESTER,))))
        await eventually(lambda: len(relay.taken) == 1)
    assert relay.secure == 1
    await relay.stop()


async def test_handing_over_is_a_step_of_the_trace_that_the_fact_belongs_to(
    notifier: Notifier, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    del notifier
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    parent = f"00-{trace_id}-b7ad6b7169203331-01"
    await outside.say(said(replied(recipients=(REQUESTER,))).model_copy(update={"traceparent": parent}))
    await eventually(lambda: len(outside.heard) == 1)
    spans = {span.name: span for span in kept.get_finished_spans()}
    sent, told = spans["notifier.smtp_send"], spans[outside.bus.name("notifier.tell")]
    assert sent.kind is SpanKind.CLIENT
    assert sent.context is not None
    assert told.context is not None
    assert sent.parent is not None
    assert f"{sent.context.trace_id:032x}" == f"{told.context.trace_id:032x}" == trace_id
    assert sent.parent.span_id == told.context.span_id
    assert outside.heard[0].traceparent is not None
    assert outside.heard[0].traceparent.split("-")[1] == trace_id


async def test_telling_of_a_ticket_costs_three_commands_at_most(notifier: Notifier, outside: World) -> None:
    """One insert claims the three deliveries; marking its two mails takes one update each, or one for both."""
    del notifier
    await outside.say(said(opened(), actor=REQUESTER, id_="warm"))
    await eventually(lambda: _all_sent(outside, 2))
    before = _writes()
    await outside.say(said(opened(), actor=REQUESTER, id_="counted"))
    await eventually(lambda: len(outside.sink.taken) == 4)
    await eventually(lambda: _writes() - before >= 2)
    await eventually(lambda: _all_sent(outside, 4))
    assert _writes() - before <= 3


def _writes() -> float:
    return sum(
        sample.value
        for metric in COMMANDS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["command"] in {"insert", "update", "commitTransaction"}
    )


async def _secure_relay(certificate: tuple[Path, Path], login: tuple[str, str] | None = ("balcao", "s3nha")) -> Sink:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    relay = Sink(tls=context, login=login)
    await relay.start()
    return relay


async def _waits(outside: World) -> bool:
    return len(await outside.deliveries(waiting=True)) == 1


async def _all_sent(outside: World, count: int) -> bool:
    return [one["state"] for one in await outside.deliveries(channel="mail")] == ["sent"] * count
