"""Services as processes: in any order of start, and gracefully to their end."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.main_job import do_main_job
from balcao.local.demo.seeding import seed
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.services import SERVICES
from balcao.local.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

GRACE_S = 15.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_stack() -> AsyncIterator[Stack]:
    """A stack of this module's own, with its data on disk: here processes are ended and started."""
    async with Stack(env={"notifier": {"BALCAO_GATHER_S": "0"}}) as running:
        yield running


@pytest.mark.parametrize("service", SERVICES)
async def test_sigterm_ends_a_service_gracefully(own_stack: Stack, service: str) -> None:
    """Within 15 s, by itself, with exit code 0 and nothing cut off; and it can be started again."""
    process = psutil.Process(own_stack.pid(service))
    began = time.monotonic()

    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(psutil.wait_procs, [process], GRACE_S)

    took = time.monotonic() - began
    last = _log_of(own_stack, service)[-1]
    await own_stack.stop(service)  # the supervisor takes note
    await own_stack.start(service)
    assert took < GRACE_S
    assert last["event"] == "service.stopped"


async def test_services_that_start_before_their_servers_wait_and_say_what_for(
    own_stack: Stack, company: DemoCompany
) -> None:
    """Services in reverse order, then the broker, the database last; then the main job works."""
    for name in reversed(own_stack.names):
        await own_stack.stop(name)
    marks = {name: len(_log_of(own_stack, name)) for name in SERVICES}
    starting = [asyncio.create_task(own_stack.start(name)) for name in reversed(SERVICES)]
    for name in SERVICES:
        await _until_missing(own_stack, name, "database")
    await own_stack.start("broker")
    assert not any(task.done() for task in starting)

    await asyncio.gather(own_stack.start("catcher"), own_stack.start("database"))
    await asyncio.gather(*starting)

    for name, mark in marks.items():
        events = [line["event"] for line in _log_of(own_stack, name)[mark:]]
        assert "start.waiting_for_database" in events
        assert events.index("start.waiting_for_database") < events.index("service.ready")
    async with Doors.of(own_stack) as doors:
        await seed(own_stack, doors, company)
        await do_main_job(doors, company, Story())


async def _until_missing(stack: Stack, name: str, part: str) -> None:
    """Wait until the service answers that it lives, is not ready, and lacks this part."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stack.ports[name]}", timeout=5) as http:

        async def look() -> None:
            live, ready = await http.get("/health/live"), await http.get("/health/ready")
            if live.status_code != 200 or ready.status_code != 503 or part not in ready.json()["missing"]:
                raise NotYet(f"{live.status_code}, {ready.status_code} {ready.text}")

        await eventually(f"{name} to live and to wait for the {part}", look, within_s=45)


def _log_of(stack: Stack, name: str) -> list[dict[str, Any]]:
    """The service's log so far; every line must be JSON."""
    return [json.loads(line) for line in Path(stack.log(name)).read_text(encoding="utf-8").splitlines()]
