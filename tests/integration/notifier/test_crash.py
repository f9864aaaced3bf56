"""The process is killed while mails are on their way."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.notifier.running import World, eventually
from tests.support.told_facts import ANALYST, REQUESTER, opened, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ROOT = Path(__file__).resolve().parents[3]


async def test_killed_between_sending_and_recording_the_doubtful_mail_goes_again_under_its_id(
    outside: World, tmp_path: Path
) -> None:
    """The window of doubt, as docs/architecture/notifier.md describes it: of two mails one was recorded as sent and
    stays single; the other had reached the relay unrecorded and is sent again, the same bytes under the same id."""
    event = said(opened(), actor=REQUESTER)
    outside.sink.at_content = lambda to: _hold(outside, to)
    with _process(outside, tmp_path) as (process, port):
        await eventually(lambda: _is_ready(port), within_s=40)
        await outside.say(event)
        await eventually(lambda: len(outside.sink.received) == 2)
        process.kill()
        process.wait()
    outside.sink.at_content = lambda _: "250 OK"
    outside.sink.may_answer.set()
    assert {one["state"] for one in await outside.deliveries(channel="mail")} == {"queued"}
    (notice,) = await outside.deliveries(channel="in_app")

    async with outside.notifier():
        await eventually(lambda: _all_sent(outside), within_s=40)
    for person in (REQUESTER, ANALYST):
        first, second = outside.sink.to(person.address)
        assert (first.message_id, first.content) == (second.message_id, second.content)
    assert await outside.deliveries(channel="in_app") == [notice]


async def test_killed_after_recording_nothing_goes_again(outside: World, tmp_path: Path) -> None:
    event = said(opened(), actor=REQUESTER)
    with _process(outside, tmp_path) as (process, port):
        await eventually(lambda: _is_ready(port), within_s=40)
        await outside.say(event)
        await eventually(lambda: _all_sent(outside))
        process.kill()
        process.wait()
    async with outside.notifier():
        await outside.say(event, said(opened(), actor=REQUESTER, id_="the next one"))
        await eventually(lambda: len(outside.sink.received) == 4)
        await eventually(lambda: _all_sent(outside))
    assert len({one.message_id for one in outside.sink.received}) == 4


def _hold(outside: World, _: str) -> str:
    outside.sink.may_answer.clear()
    return "250 OK"


async def _all_sent(outside: World) -> bool:
    states = [one["state"] for one in await outside.deliveries(channel="mail")]
    return len(states) >= 2 and set(states) == {"sent"}


async def _is_ready(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def _process(outside: World, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A notifier process with a short lease, gone at the end in any case."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = outside.settings
    env = {
        "BALCAO_MONGO_URL": settings.mongo_url,
        "BALCAO_AMQP_URL": settings.amqp_url,
        "BALCAO_DATABASE_PREFIX": settings.database_prefix,
        "BALCAO_HTTP_PORT": str(port),
        "BALCAO_SERVICE_SECRET": settings.service_secret.get_secret_value(),
        "BALCAO_RELAY_HOST": settings.relay_host,
        "BALCAO_RELAY_PORT": str(settings.relay_port),
        "BALCAO_RELAY_TLS": "off",
        "BALCAO_RELAY_TIMEOUT_S": "4",
    }
    command = [sys.executable, "-m", "tests.integration.notifier.process", outside.bus.name("")]
    with (folder / "notifier.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log)
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()
