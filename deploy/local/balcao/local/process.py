"""One child process: start, wait until ready, stop or kill with everything below it, restart when it crashes."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from balcao.local.errors import ProcessFailed, StackProblem

Probe = Callable[[], Awaitable[bool]]
Report = Callable[[str, str], None]

FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 30.0
# A process that ran this long before it crashed is given the short wait again.
STEADY_S: Final = 60.0
TAIL_LINES: Final = 15

_PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Runs in the child: have the system end it when the supervisor is killed, so that nothing is left running."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Program:
    """What is to be run, and how one sees that it is ready and gone."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    ready: Probe
    ready_within_s: float = 60.0
    stop_within_s: float = 20.0
    after_exit: Callable[[], Awaitable[None]] = field(default=_nothing)


class Child:
    """A running (or stopped) `Program`. Not for use from several tasks at once, `pid` and `running` aside."""

    def __init__(self, program: Program, *, restart: bool = False, report: Report | None = None) -> None:
        """With `restart`, a crash is answered by starting again, later each time; `report` gets (name, what)."""
        self.program = program
        self.restart = restart
        self.started_in_s = 0.0
        self._report = report or (lambda _name, _what: None)
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there (not whether it is ready)."""
        return self._process is not None and self._process.returncode is None

    @property
    def started(self) -> bool:
        """Whether there is something to stop: the process, or the watch that would bring it back."""
        return self._process is not None or self._watch is not None

    @property
    def pid(self) -> int:
        """The process that was started; raise `StackProblem` when it isn't running."""
        if self._process is None or self._process.returncode is not None:
            raise StackProblem(f"{self.program.name} is not running")
        return self._process.pid

    async def start(self) -> None:
        """Start and return once ready; raise `ProcessFailed` when it ends first or takes too long."""
        if self.running:
            raise StackProblem(f"{self.program.name} is running already")
        await self._start_once()
        if self.restart:
            self._watch = asyncio.create_task(self._restart_after_crashes(), name=f"watch {self.program.name}")

    async def stop(self) -> None:
        """Ask it to end, wait, and kill it when it doesn't; no effect when it isn't running."""
        await self._stop_watching()
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(self.program.stop_within_s):
                    await process.wait()
            except TimeoutError:
                self._report(self.program.name, f"did not stop within {self.program.stop_within_s:.0f} s: killed")
        await self._reap(process)

    async def kill(self) -> None:
        """SIGKILL the process and all it started, and return when they are gone. It is not started again."""
        await self._stop_watching()
        if self._process is not None:
            await self._reap(self._process)

    def kill_at_once(self) -> None:
        """SIGKILL the process and all it started, without waiting: for somebody in a hurry."""
        if self._watch is not None:
            self._watch.cancel()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _start_once(self) -> None:
        began = time.monotonic()
        with self.program.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.program.command,
                env=dict(self.program.env),
                cwd=self.program.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                # A session of its own: Ctrl-C at the terminal reaches the supervisor only, which ends things in order.
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        try:
            await self._until_ready(self._process)
        except BaseException:
            await self._reap(self._process)
            raise
        self.started_in_s = time.monotonic() - began

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + self.program.ready_within_s
        while True:
            if process.returncode is not None:
                raise self._failure(f"ended with exit code {process.returncode} while starting")
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the answer.
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(5):
                    if await self.program.ready():
                        return
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready within {self.program.ready_within_s:.0f} s")
            await asyncio.sleep(0.05)

    def _failure(self, what: str) -> ProcessFailed:
        return ProcessFailed(self.program.name, what, self.program.log, log_tail(self.program.log))

    async def _restart_after_crashes(self) -> None:
        backoff = FIRST_BACKOFF_S
        while True:
            process, since = self._process, time.monotonic()
            assert process is not None
            code = await process.wait()
            await self._reap(process)
            if time.monotonic() - since > STEADY_S:
                backoff = FIRST_BACKOFF_S
            while True:
                self._report(self.program.name, f"ended ({code}); starting again in {backoff:.1f} s")
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF_S)
                try:
                    await self._start_once()
                except (StackProblem, OSError) as problem:
                    self._report(self.program.name, str(problem))
                else:
                    break
            self._report(self.program.name, "runs again")

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        """End what is left of the child's process group (a wrapper's children outlive it) and wait for it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await _until_group_is_gone(process.pid)
        if self._process is process:
            self._process = None
        await self.program.after_exit()


async def _until_group_is_gone(group: int, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not _group_lives(group):
            return
        await asyncio.sleep(0.02)


def _group_lives(group: int) -> bool:
    """Whether a process of the group runs; one that waits for a parent who never asks (a zombie) doesn't count."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.Error):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def log_tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 20_000))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
