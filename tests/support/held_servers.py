"""Database and broker of one test run, shared by all its workers: they live as long as a worker holds their socket.

Run as `python -m tests.support.held_servers SOCKET`: containers where a Docker engine answers, else embedded.
"""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from balcao.local.errors import StackProblem
from balcao.local.stack import Servers
from tests.support.containers import docker_answers, in_containers

# Nobody came for this long after the start: whoever asked for us is gone.
FIRST_HOLDER_WITHIN_S = 60.0


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
            writer.write(json.dumps(await asyncio.shield(self._answer)).encode() + b"\n")
            await writer.drain()
            await reader.read()
        writer.close()
        self._count -= 1
        if self._count == 0:
            self._left.set()

    async def until_nobody_holds(self) -> None:
        """Return when the last holder has left, or when none ever came."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_HOLDER_WITHIN_S):
                await self._came.wait()
            await self._left.wait()


@asynccontextmanager
async def embedded() -> AsyncIterator[dict[str, str]]:
    """The embedded servers on free ports, their data gone at the end."""
    async with Servers() as servers:
        yield {"mongo_url": servers.url("database"), "amqp_url": servers.url("broker")}


async def serve_while_held(socket: Path) -> int:
    """Start servers and serve their addresses on the unix socket until nobody holds them; returns the exit code."""
    holders = Holders()
    async with await asyncio.start_unix_server(holders.serve, socket):
        try:
            async with in_containers() if docker_answers() else embedded() as addresses:
                holders.announce(addresses)
                await holders.until_nobody_holds()
        except StackProblem as problem:
            holders.announce({"error": str(problem)})
            await holders.until_nobody_holds()
            return 1
        finally:
            shutil.rmtree(socket.parent, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(serve_while_held(Path(sys.argv[1]))))
