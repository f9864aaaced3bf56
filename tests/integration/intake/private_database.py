"""A database of one test's own, which may be stopped, killed and started again."""

import asyncio
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from tests.unit.intake.talking import a_free_port


class PrivateDatabase:
    """SecantusDB below a folder; what it acknowledged survives `kill`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = a_free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"mongodb://127.0.0.1:{self._port}/?replicaSet=secantus&w=majority&journal=true"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it and wait until it answers."""
        program = Path(sys.executable).with_name("secantusd-py")
        config = self._folder / "secantusd.toml"
        config.write_text("")
        arguments = ["--config", str(config), "--host", "127.0.0.1", "--port", str(self._port), "--sync-on-commit"]
        arguments += ["--storage-path", str(self._folder / "data")]
        self._process = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(60):
            while not await self._answers():
                await asyncio.sleep(0.1)

    def stop(self) -> None:
        """Let it hang: its port is open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it work again."""
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """Kill it; what it keeps stays in its folder."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def _answers(self) -> bool:
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(self.url, serverSelectionTimeoutMS=500)
        try:
            return bool((await client.admin.command("hello")).get("isWritablePrimary"))
        except PyMongoError:
            return False
        finally:
            await client.close()
