"""Servers that live as long as somebody holds a connection to their socket: shared by all workers of a test run."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Final

from balcao.local.errors import StackProblem
from balcao.local.stack import Servers

# Nobody came for this long after the start: whoever asked for us is gone.
FIRST_HOLDER_WITHIN_S: Final = 120.0


class Holders:
    """Who is connected; each is sent one line of JSON with the addresses (or the error) and counts until it leaves."""

    def __init__(self) -> None:
        """Must be made inside the running loop."""
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._count = 0
        self._came = asyncio.Event()
        self._left = asyncio.Event()

    def announce(self, answer: dict[str, str]) -> None:
        """Tell everybody, those who come later included."""
        self._answer.set_result(answer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One holder, from connection to disconnection."""
        self._count += 1
        self._left.clear()
        self._came.set()
        with contextlib.suppress(OSError):
            answer = await asyncio.shield(self._answer)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
            await reader.read()
        writer.close()
        self._count -= 1
        if self._count == 0:
            self._left.set()

    async def until_nobody_holds(self) -> None:
        """Return when the last holder has left, or when none ever came."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), FIRST_HOLDER_WITHIN_S)
            await self._left.wait()


async def serve_while_held(socket: Path) -> int:
    """Start servers on free ports and serve their addresses on the unix socket until nobody holds them; exit code."""
    holders = Holders()
    server = await asyncio.start_unix_server(holders.serve, socket)
    async with server:
        try:
            async with Servers() as servers:
                holders.announce({"mongo_url": servers.url("database"), "amqp_url": servers.url("broker")})
                await holders.until_nobody_holds()
        except StackProblem as problem:
            holders.announce({"error": str(problem)})
            await holders.until_nobody_holds()
            return 1
    return 0
