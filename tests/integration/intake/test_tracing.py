"""One trace joins the SMTP door, the database and the bus."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.integration.intake.running import Intake, World, eventually
from tests.unit.intake.builders import a_mail

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    """Everything that is traced from here on."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


async def test_a_mail_is_one_trace_from_the_door_to_the_fact(
    intake: Intake, outside: World, recorded: InMemorySpanExporter
) -> None:
    recorded.clear()
    await intake.send(a_mail())
    (event,) = await outside.hears()
    await eventually(lambda: any(one.name == "intake.receive_mail" for one in recorded.get_finished_spans()))
    (door,) = [one for one in recorded.get_finished_spans() if one.name == "intake.receive_mail"]

    assert door.parent is None
    assert event.traceparent is not None
    assert event.traceparent.split("-")[1:3] == [f"{door.context.trace_id:032x}", f"{door.context.span_id:016x}"]
    assert (door.attributes or {})["mail_size"] == len(a_mail())
    in_database = [
        one.name for one in recorded.get_finished_spans() if one.parent and one.parent.span_id == door.context.span_id
    ]
    assert "insert mails" in in_database
    assert "insert outbox" in in_database
