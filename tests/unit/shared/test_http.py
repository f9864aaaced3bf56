"""What all HTTP servers do alike: problems in words, health, a limit to bodies."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from pydantic import BaseModel
from pymongo.errors import AutoReconnect

from balcao.shared import errors, telemetry
from balcao.shared.errors import Condition, Refused
from balcao.shared.http import create_app, read_version, status_of


class TicketIsClosed(Refused):
    """The ticket is closed."""


class Body(BaseModel):
    size: int


MISSING: dict[str, str] = {}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async def missing() -> dict[str, str]:
        return MISSING

    app = create_app("probe", ready=missing, most_body_bytes=1000)

    @app.post("/closed")
    async def closed() -> None:
        raise TicketIsClosed("ticket #7 is closed; open a new one", status=999, possible=["open"], title="x")

    @app.post("/away")
    async def away() -> None:
        raise AutoReconnect("connection to 10.0.0.1 refused")

    @app.post("/broken")
    async def broken() -> None:
        raise KeyError("a secret")

    @app.post("/sized")
    async def sized(body: Body) -> int:
        return body.size

    @app.get("/tickets/{number}")
    async def ticket(number: int) -> int:
        return number

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as found:
        yield found


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    return found


async def test_a_condition_is_a_problem_with_its_name_and_details(client: httpx.AsyncClient) -> None:
    found = problem(await client.post("/closed"))
    assert found == {
        "type": "urn:balcao:problem:ticket-is-closed",
        "title": "The ticket is closed",
        "status": 409,
        "detail": "ticket #7 is closed; open a new one",
        "possible": ["open"],
    }


async def test_the_database_being_away_is_said_without_where_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.post("/away")
    assert (answer.status_code, problem(answer)["type"]) == (503, "urn:balcao:problem:unavailable")
    assert "10.0.0.1" not in answer.text


async def test_what_nobody_foresaw_is_said_without_its_insides(client: httpx.AsyncClient) -> None:
    answer = await client.post("/broken")
    assert (answer.status_code, problem(answer)["type"]) == (500, "urn:balcao:problem:internal")
    assert "secret" not in answer.text


async def test_a_wrong_body_is_answered_with_what_is_wrong_where(client: httpx.AsyncClient) -> None:
    found = problem(await client.post("/sized", json={"size": "big"}))
    assert (found["status"], found["errors"][0]["where"]) == (422, "body.size")
    assert problem(await client.post("/sized", content=b"{"))["status"] == 422
    assert problem(await client.get("/nowhere"))["status"] == 404
    assert problem(await client.get("/sized"))["status"] == 405


async def test_a_body_past_the_limit_is_refused_announced_or_not(client: httpx.AsyncClient) -> None:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" " * 100

    assert problem(await client.post("/sized", content=b" " * 1001))["status"] == 413
    assert problem(await client.post("/sized", content=drops()))["status"] == 413
    assert problem(await client.post("/sized", content=b"", headers={"Content-Length": "much"}))["status"] == 413
    assert (await client.post("/sized", json={"size": 1})).json() == 1


async def test_it_lives_though_it_is_not_ready(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await client.get("/health/ready")).status_code == 200
    monkeypatch.setitem(MISSING, "broker", "not connected")
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"missing": {"broker": "not connected"}})
    assert (await client.get("/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("NotFound", 404),
        ("Stale", 409),
        ("Refused", 409),
        ("Invalid", 422),
        ("NotAllowed", 403),
        ("NotSignedIn", 401),
        ("TooMany", 429),
        ("Unavailable", 503),
    ],
)
def test_each_kind_of_condition_has_its_status(name: str, status: int) -> None:
    kind: type[Condition] = getattr(errors, name)
    assert status_of(kind("words")) == status
    assert kind.title


async def test_a_request_is_one_step_of_its_trace_named_by_its_route(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the path there would be as many names as tickets, and tokens among them."""
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    assert (await client.get("/tickets/7", headers={"traceparent": parent})).json() == 7
    await client.get("/nowhere/7")
    spans = kept.get_finished_spans()
    assert [(one.name, one.kind) for one in spans] == [
        ("GET /tickets/{number}", SpanKind.SERVER),
        ("GET other", SpanKind.SERVER),
    ]
    assert spans[0].parent is not None
    assert f"{spans[0].parent.span_id:016x}" == "b" * 16


@pytest.mark.parametrize(
    ("header", "version"), [(None, None), ("*", None), (" * ", None), ("7", 7), ('"7"', 7), ('W/"12"', 12)]
)
def test_an_if_match_header_names_a_version_or_any(header: str | None, version: int | None) -> None:
    assert read_version(header) == version


@pytest.mark.parametrize("header", ["", "seven", "-1", "1.5", "²", "7, 8", "9" * 40])
def test_an_if_match_header_that_names_none_is_refused(header: str) -> None:
    with pytest.raises(errors.Invalid):
        read_version(header)
