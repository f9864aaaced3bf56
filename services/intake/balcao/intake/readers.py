"""Reads mails within a time limit: ordinary ones here, all others in processes that are killed past it."""

import asyncio
import contextlib
import io
import os
import pickle
import sys
from collections.abc import Sequence
from typing import Any, cast

import structlog
from prometheus_client import Counter

from balcao.intake.domain.charsets import Hint, decode
from balcao.intake.domain.mail import Attachment
from balcao.intake.domain.reading import Reading, Unread, read_if_ordinary
from balcao.intake.domain.safe_body import SafeBody
from balcao.intake.reading_process import HEADER
from balcao.shared.errors import Refused

_COMMAND = (sys.executable, "-m", "balcao.intake.reading_process")
_TRIES = 2
_START_LIMIT_S = 30.0

ELSEWHERE = Counter(
    "balcao_mails_read_elsewhere_total", "Mails that a reading process was given, by how it went.", ["how"]
)

_log = structlog.get_logger()


class TookTooLong(Refused):
    """Reading a mail went past the time limit."""


class ReaderDied(Refused):
    """The process that read a mail ended on it, twice."""


class Readers:
    """Processes that read mails, started when they are needed and replaced when they are lost."""

    def __init__(self, count: int, limit_s: float, command: Sequence[str] = _COMMAND) -> None:
        self.limit_s = limit_s
        self._command = tuple(command)
        self._free = asyncio.Semaphore(count)
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._stopped = False

    async def start(self) -> None:
        """Have one ready, so that the first mail that needs it does not wait for Python to start."""
        decode("não é".encode("latin-1"), hint=Hint())  # loads the guesser's tables, which takes a while
        self._idle.append(await self._new())

    async def stop(self) -> None:
        """End all processes."""
        self._stopped = True
        for one in list(self._all):
            await one.end()
        self._all.clear()
        self._idle.clear()

    async def read(self, raw: bytes, envelope_sender: str | None) -> Reading | Unread:
        """Read a mail. Never takes longer than the limit from when its turn has come, and never fails for the mail."""
        if (reading := read_if_ordinary(raw, envelope_sender)) is not None:
            return reading
        try:
            found = await self._do({"do": "read", "sender": envelope_sender}, raw)
        except TookTooLong:
            return Unread("limit_time", f"reading it took longer than {self.limit_s:g} s")
        except ReaderDied:
            return Unread("broke_reader", "it ended the program that reads mails")
        return found if isinstance(found, Reading | Unread) else Unread("unreadable", f"could not be read ({found})")

    async def extract(self, raw: bytes, part: str) -> tuple[Attachment, bytes] | None:
        """A file of a mail; none when there is no such file. Raises `TookTooLong` and `ReaderDied`."""
        found = await self._do({"do": "extract", "part": part}, raw)
        return cast("tuple[Attachment, bytes]", found) if isinstance(found, tuple) else None

    async def body(self, raw: bytes, files: str, *, remote_images: bool) -> SafeBody | None:
        """A mail's words made safe to show; none when it can't be read. Raises `TookTooLong` and `ReaderDied`."""
        found = await self._do({"do": "body", "files": files, "remote_images": remote_images}, raw)
        return found if isinstance(found, SafeBody) else None

    async def _do(self, job: dict[str, Any], raw: bytes) -> object:
        described = pickle.dumps({**job, "limit_s": self.limit_s})
        async with self._free:
            for _ in range(_TRIES):
                process = self._idle.pop() if self._idle else await self._new()
                try:
                    answer = await asyncio.wait_for(process.ask(described, raw), self.limit_s)
                except TimeoutError:
                    await self._lose(process, "too_long", job)
                    raise TookTooLong(f"longer than {self.limit_s:g} s") from None
                except Exception:
                    # It ended, or said what can't be an answer. That may have been somebody else's doing (memory is
                    # short): a second one tries again.
                    await self._lose(process, "died", job)
                    continue
                except BaseException:
                    # Cancelled in the middle: the answer would come to whoever asks next.
                    await self._lose(process, "abandoned", job)
                    raise
                self._idle.append(process)
                ELSEWHERE.labels("read").inc()
                return answer
        raise ReaderDied("the reading process ended")

    async def _new(self) -> "_Process":
        process = await _Process.start(self._command)
        self._all.add(process)
        return process

    async def _lose(self, process: "_Process", why: str, job: dict[str, Any]) -> None:
        self._all.discard(process)
        ELSEWHERE.labels(why).inc()
        if not self._stopped:
            _log.warning("mail_reader.lost", why=why, job=job["do"])
        await process.end()


class _Process:
    """One child that answers jobs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: tuple[str, ...]) -> "_Process":
        # Without our settings: there is nothing to be found in it.
        env = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=env, start_new_session=True
        )
        one = cls(process)
        # Only the mail's own time counts against its limit, not Python's start.
        await asyncio.wait_for(one.ask(pickle.dumps({"do": "hello", "limit_s": _START_LIMIT_S}), b""), _START_LIMIT_S)
        return one

    async def ask(self, described: bytes, raw: bytes) -> object:
        """Give it a job and wait for the answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(HEADER.pack(len(described), len(raw)))
        stdin.write(described)
        stdin.write(raw)
        sent = asyncio.ensure_future(stdin.drain())
        try:
            _, size = HEADER.unpack(await stdout.readexactly(HEADER.size))
            content = await stdout.readexactly(size)
        finally:
            sent.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sent
        return _Answers(io.BytesIO(content)).load()

    async def end(self) -> None:
        """Kill it; it keeps nothing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class _Answers(pickle.Unpickler):
    """Answers hold our own value types and nothing that could run: a reader may have been broken into by a mail."""

    _MODULES = ("balcao.intake.domain.", "balcao.shared.events.")
    _OTHERS = frozenset(
        {
            ("datetime", "datetime"),
            ("datetime", "timezone"),
            ("datetime", "timedelta"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self._OTHERS:
            return super().find_class(module, name)
        if module.startswith(self._MODULES) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"an answer must not hold {module}.{name}")
