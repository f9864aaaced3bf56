"""A wire between a client and a server on this machine, on which tests listen, and which they cut or let go dead."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from tests.support.dovecot import a_free_port

Side = Literal["client", "server"]


@dataclass(eq=False)
class _Trap:
    side: Side
    pattern: bytes
    caught: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Wire:
    """Listens on `port` and passes everything on to `target`, both ways, until told otherwise."""

    def __init__(self, target: int, port: int | None = None) -> None:
        self.port = port or a_free_port()
        self.connections = 0
        self.target = target
        self._traps: list[_Trap] = []
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._passes = asyncio.Event()
        self._passes.set()

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for talk in tuple(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    @asynccontextmanager
    async def caught(self, side: Side, pattern: bytes, within_s: float = 30.0) -> AsyncIterator[bool]:
        """Wait until a side says something; inside, that conversation is frozen right there, and afterwards it is cut.

        What the client says does not reach the server; of what the server says, half of what follows reaches the
        client. Gives whether it came in time.
        """
        trap = _Trap(side, pattern)
        self._traps.append(trap)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await trap.caught.wait()
            if trap in self._traps:
                self._traps.remove(trap)
            yield trap.caught.is_set()
        finally:
            trap.done.set()

    def go_dead(self) -> None:
        """Pass nothing on any more and close nothing, as when a cable is pulled. New connections get no answer."""
        self._passes.clear()

    def come_back(self) -> None:
        """Pass on what comes on new connections; the old ones stay dead."""
        for talk in tuple(self._talks):
            talk.cancel()
        self._passes.set()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        onward: asyncio.StreamWriter | None = None
        try:
            await self._passes.wait()
            answers, onward = await asyncio.open_connection("127.0.0.1", self.target)
            pumps = [
                asyncio.create_task(self._pump("client", reader, onward)),
                asyncio.create_task(self._pump("server", answers, writer)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(task)
            for one in (writer, onward):
                if one is not None:
                    one.transport.abort()

    async def _pump(self, side: Side, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Return when this conversation is over."""
        before = b""
        while data := await source.read(64 * 1024):
            await self._passes.wait()
            trap = next((one for one in self._traps if one.side == side and one.pattern in before + data), None)
            if trap is not None:
                await self._spring(trap, before, data, sink)
                return
            sink.write(data)
            await sink.drain()
            before = data[-64:]

    async def _spring(self, trap: _Trap, before: bytes, data: bytes, sink: asyncio.StreamWriter) -> None:
        self._traps.remove(trap)
        if trap.side == "server":
            start = max(0, (before + data).index(trap.pattern) + len(trap.pattern) - len(before))
            sink.write(data[: (start + len(data)) // 2])
            await sink.drain()
        trap.caught.set()
        await trap.done.wait()
