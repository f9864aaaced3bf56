"""The process is killed while webhooks are being told: each fact arrives all the same, under its one id."""

import asyncio
import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from balcao.shared.clock import now
from tests.integration.notifier.running import World, eventually
from tests.integration.notifier.test_webhooks import LOOPBACK, register, states
from tests.support.outside_server import Received, Reply, outside_server
from tests.support.told_facts import replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ROOT = Path(__file__).resolve().parents[3]


async def test_nothing_is_lost_when_a_replica_is_killed_in_the_middle_of_telling(
    outside: World, tmp_path: Path
) -> None:
    async with outside_server() as there:
        async with outside.notifier(**LOOPBACK) as first:
            endpoint = await register(first, there.url)
        never = asyncio.Event()

        async def hang(_: Received) -> Reply:
            await never.wait()
            return Reply()

        there.answer = hang
        process = _started(outside, tmp_path)
        try:
            await outside.say(*(said(replied(), id_=f"event-{n}") for n in range(9)))
            await eventually(lambda: _all_kept(outside, 9), 40)
            await eventually(lambda: len(there.received) >= 2, 40)
        finally:
            process.kill()
            process.wait()
        hung = {one.headers["webhook-id"] for one in there.received}
        there.answer = lambda _: Reply()
        never.set()
        there.received.clear()
        past = now() - timedelta(seconds=1)
        # Time passes: the lease of the process that is gone ends.
        await outside.mongo.db["call_lanes"].update_many({}, {"$set": {"lease_until": past, "due": past}})
        async with outside.notifier(**LOOPBACK) as second:

            async def all_delivered() -> bool:
                return await states(second, endpoint) == ["delivered"] * 9

            await eventually(all_delivered, 40)
        told = [one.headers["webhook-id"] for one in there.received]
        assert sorted(told) == [f"event-{n}" for n in range(9)]
        assert hung <= set(told), "what was in the air is told again under the same id"


async def _all_kept(outside: World, count: int) -> bool:
    return await outside.mongo.db["calls"].count_documents({}) == count


def _started(outside: World, folder: Path) -> subprocess.Popen[bytes]:
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
        "BALCAO_CALL_NETWORKS": "127.0.0.0/8",
    }
    command = [sys.executable, "-m", "tests.integration.notifier.process", outside.bus.name("")]
    with (folder / "notifier.log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log)
