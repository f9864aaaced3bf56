"""Calls to the services behind the door."""

import httpx
import orjson
import pytest

from balcao.portal_api.clients import Upstream, UpstreamRefused
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting, read_acting

SECRET = "a secret that only this test knows, 32+"
ANA = Acting(company_id="agencia", person_id="ana", name="Ana", address="ana@agencia.test", roles=("agent",))


def upstream(answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None) -> Upstream:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Upstream("tickets", "http://tickets.test", SECRET, transport=httpx.MockTransport(handle))


async def test_each_call_says_who_acts_to_this_service_alone() -> None:
    seen: list[httpx.Request] = []

    await upstream(httpx.Response(200, json={}), seen).post("/v1/x", ANA, {"é": 1}, if_match='"3"')

    token = seen[0].headers["authorization"].removeprefix("Bearer ")
    assert read_acting(token, SECRET, "tickets") == ANA
    with pytest.raises(Exception, match="not valid"):
        read_acting(token, SECRET, "workflow")
    assert orjson.loads(seen[0].content) == {"é": 1}
    assert seen[0].headers["if-match"] == '"3"'


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")],
    ids=lambda one: type(one).__name__,
)
async def test_a_service_that_does_not_answer_is_away(trouble: Exception) -> None:
    with pytest.raises(Unavailable) as raised:
        await upstream(trouble).get("/v1/x", ANA)
    assert raised.value.details == {"part": "tickets"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]"], ids=repr)
async def test_a_refusal_without_a_problem_gets_one(body: bytes) -> None:
    with pytest.raises(UpstreamRefused) as raised:
        await upstream(httpx.Response(404, content=body)).get("/v1/x", ANA)
    assert (raised.value.status, raised.value.code, raised.value.problem["status"]) == (404, "refused", 404)


async def test_a_refusal_keeps_its_name_and_details() -> None:
    problem = {
        "type": "urn:balcao:problem:ticket-is-closed",
        "title": "Closed",
        "detail": "open a new one",
        "status": 409,
    }

    with pytest.raises(UpstreamRefused) as raised:
        await upstream(httpx.Response(409, json=problem)).get("/v1/x", ANA)
    assert (raised.value.code, raised.value.message, raised.value.problem) == (
        "ticket-is-closed",
        "open a new one",
        problem,
    )
