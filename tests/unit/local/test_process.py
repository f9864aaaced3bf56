"""Child processes: readiness, ends of all kinds, coming back after a crash."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from balcao.local.errors import ProcessFailed, StackProblem
from balcao.local.process import Child, Program

Starter = Callable[..., Awaitable[Child]]

SAYS_READY = "import pathlib, sys, time; pathlib.Path('ready').touch(); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SAYS_READY
WITH_GRANDCHILD = (
    "import subprocess, sys, pathlib;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "pathlib.Path('grandchild').write_text(str(child.pid));" + SAYS_READY
)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Starter]:
    """Starts Python code as a child that is ready once the file `ready` is there; what runs is killed at the end."""
    children: list[Child] = []

    async def starter(code: str, *, restart: bool = False, within: float = 20.0, stop_within: float = 20.0) -> Child:
        async def ready() -> bool:
            return (tmp_path / "ready").exists()

        program = Program(
            name="sample",
            command=[sys.executable, "-c", code],
            env=dict(os.environ),
            cwd=tmp_path,
            log=tmp_path / "sample.log",
            ready=ready,
            ready_within_s=within,
            stop_within_s=stop_within,
        )
        child = Child(program, restart=restart)
        children.append(child)
        await child.start()
        return child

    yield starter
    for child in children:
        await child.kill()


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process does anything (a zombie doesn't)."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_a_process_is_running_once_started_and_gone_once_stopped(start: Starter) -> None:
    child = await start(SAYS_READY)
    pid = child.pid
    assert alive(pid)
    await child.stop()
    assert not alive(pid)
    assert not child.running


async def test_a_process_that_ends_while_starting_shows_the_end_of_its_log(start: Starter) -> None:
    with pytest.raises(ProcessFailed, match=r"(?s)exit code 3 while starting.*sample\.log.*what went wrong"):
        await start("print('what went wrong', flush=True); raise SystemExit(3)")


async def test_a_process_that_does_not_get_ready_is_ended(start: Starter, tmp_path: Path) -> None:
    code = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    with pytest.raises(ProcessFailed, match="was not ready within 1 s"):
        await start(code, within=1)
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_a_process_that_ignores_the_request_to_stop_is_killed(start: Starter) -> None:
    child = await start(STUBBORN, stop_within=0.3)
    pid = child.pid
    await child.stop()
    assert not alive(pid)


async def test_killing_a_process_ends_what_it_started(start: Starter, tmp_path: Path) -> None:
    child = await start(WITH_GRANDCHILD)
    grandchild = int((tmp_path / "grandchild").read_text())
    assert alive(grandchild)
    await child.kill()
    assert not alive(grandchild)


async def test_a_crashed_process_comes_back(start: Starter) -> None:
    child = await start(SAYS_READY, restart=True)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.running and child.pid != first)


async def test_a_killed_process_stays_down_until_it_is_started(start: Starter) -> None:
    child = await start(SAYS_READY, restart=True)
    await child.kill()
    assert not child.started
    await child.start()
    assert child.running


async def test_without_restart_a_crashed_process_stays_down(start: Starter) -> None:
    child = await start(SAYS_READY)
    pid = child.pid
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not child.running)
    with pytest.raises(StackProblem, match="not running"):
        _ = child.pid


async def test_starting_twice_is_refused(start: Starter) -> None:
    child = await start(SAYS_READY)
    with pytest.raises(StackProblem, match="running already"):
        await child.start()
