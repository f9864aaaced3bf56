"""Installs RabbitMQ as the distribution's package, without letting it start a broker of its own."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Final

from balcao.local.broker import broker_script
from balcao.local.errors import BrokerMissing
from balcao.local.process import log_tail

POLICY: Final = Path("/usr/sbin/policy-rc.d")


async def find_or_install_broker(log: Path) -> Path:
    """The server script; installs the package first when missing and we are root on a Debian-like system.

    Raises `BrokerMissing` with the reason. What apt says goes to `log`.
    """
    script = broker_script()
    if script is not None:
        return script
    if shutil.which("apt-get") is None:
        raise BrokerMissing("this system has no apt-get to install it with")
    if os.geteuid() != 0:
        raise BrokerMissing("installing it needs root")
    async with _one_at_a_time():
        script = broker_script()
        if script is None:
            await _install(log)
            script = broker_script()
    if script is None:
        raise BrokerMissing("the package was installed, but its server script is not where it should be")
    return script


async def _install(log: Path) -> None:
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    with no_service_starts():
        # The lists may be missing or old on a fresh machine; where they can't be renewed the old ones may do.
        await _apt(log, *options, "update")
        code = await _apt(log, *options, "install", "-y", "--no-install-recommends", "rabbitmq-server")
    if code != 0:
        raise BrokerMissing(f"apt-get could not install it (exit code {code}, see {log}):\n{log_tail(log)}\n")


async def _apt(log: Path, *arguments: str) -> int:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            "apt-get",
            *arguments,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
        return await process.wait()


@contextmanager
def no_service_starts() -> Iterator[None]:
    """While this holds, packages don't start services when they are installed (Debian's policy-rc.d)."""
    try:
        descriptor = os.open(POLICY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
    except FileExistsError:
        yield  # the machine's owner has a policy already
        return
    with os.fdopen(descriptor, "w") as file:
        file.write("#!/bin/sh\nexit 101\n")
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def _lock_file() -> IO[str]:
    return Path(tempfile.gettempdir(), "balcao-install.lock").open("w")


@asynccontextmanager
async def _one_at_a_time() -> AsyncIterator[None]:
    """Two test runs that start together must not both install (and remove each other's policy)."""
    with _lock_file() as lock:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            await asyncio.sleep(0.5)
        yield
