"""SecantusDB as a child process: the MongoDB stand-in of the embedded stack."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from balcao.local.folder import DataFolder
from balcao.local.ports import Ports
from balcao.local.process import Program


def database_url(ports: Ports) -> str:
    """Acknowledged writes survive `kill -9`: majority and journal are part of the address."""
    return f"mongodb://127.0.0.1:{ports['mongo']}/?replicaSet=secantus&w=majority&journal=true"


def database_program(folder: DataFolder, ports: Ports, env: dict[str, str], *, in_memory: bool) -> Program:
    """How SecantusDB is run; `in_memory` forgets everything at its end and skips the journal's flushes (tests)."""
    home = folder.path("database")
    config = home / "secantusd.toml"
    # Naming a file of our own stops the server from picking up one from the home or working directory.
    config.write_text("")
    storage = [":memory:"] if in_memory else [str(folder.path("database", "data")), "--sync-on-commit"]
    arguments = ["--config", str(config), "--host", "127.0.0.1", "--port", str(ports["mongo"])]
    command = [str(Path(sys.executable).with_name("secantusd-py")), *arguments, "--storage-path", *storage]
    url = database_url(ports)

    async def ready() -> bool:
        # Asked many times while everything starts: a driver is made only once somebody listens.
        _, writer = await asyncio.open_connection("127.0.0.1", ports["mongo"])
        writer.close()
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url, serverSelectionTimeoutMS=500)
        try:
            answer = await client.admin.command("hello")
        except PyMongoError:
            return False
        finally:
            await client.close()
        return bool(answer.get("isWritablePrimary"))

    return Program(
        name="database",
        command=command,
        # The in-memory mode works in a temporary folder, which a kill would leave behind: keep it below ours.
        env={**env, "TMPDIR": str(folder.path("database", "tmp")), "PYTHONUNBUFFERED": "1"},
        cwd=home,
        log=folder.log("database"),
        ready=ready,
        ready_within_s=120,
    )
