"""A service that is told to stop ends by itself, and its supervisor sees that nothing went wrong."""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from balcao.local.ports import claim_free_base


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_still_waits_for_its_servers_ends_with_exit_code_zero(number: signal.Signals) -> None:
    claim = claim_free_base()
    port = claim.ports["workflow"]
    settings = {
        "BALCAO_HTTP_PORT": str(port),
        "BALCAO_MONGO_URL": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=300",
        "BALCAO_AMQP_URL": "amqp://127.0.0.1:9/",
        "BALCAO_SERVICE_SECRET": "s" * 32,
    }
    process = subprocess.Popen([sys.executable, "-m", "balcao.workflow"], env={**os.environ, **settings})
    try:
        _wait_until_it_lives(port)
        process.send_signal(number)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        claim.release()


def _wait_until_it_lives(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health/live").raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
