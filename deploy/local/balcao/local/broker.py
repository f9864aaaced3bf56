"""A private RabbitMQ as a child process: own port, own cookie, own data, nothing of the system's broker touched."""

import asyncio
import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import Final

import psutil

from balcao.local.folder import DataFolder
from balcao.local.ports import Ports, holder_of, is_free
from balcao.local.process import Program

# Debian's script in /usr/sbin changes to the user rabbitmq, who may not read our data folder; this one doesn't.
DEBIAN_SCRIPT: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
DEBIAN_WRAPPERS: Final = (Path("/usr/sbin/rabbitmq-server"), Path("/sbin/rabbitmq-server"))

EPMD_ENDS_WITHIN_S: Final = 5.0


def broker_url(ports: Ports) -> str:
    """RabbitMQ's own guest account, which may log in from this machine only."""
    return f"amqp://guest:guest@127.0.0.1:{ports['amqp']}/"  # pragma: allowlist secret


def broker_script() -> Path | None:
    """The server script of this machine, or None when RabbitMQ isn't installed."""
    if DEBIAN_SCRIPT.exists():
        return DEBIAN_SCRIPT
    found = shutil.which("rabbitmq-server")
    return Path(found) if found and Path(found) not in DEBIAN_WRAPPERS else None


def broker_program(script: Path, folder: DataFolder, ports: Ports, env: dict[str, str]) -> Program:
    """How RabbitMQ is run; its messages in quorum queues survive both SIGTERM and SIGKILL."""
    base = folder.path("broker")
    for part in ("home", "mnesia", "log"):
        folder.path("broker", part)
    (base / "rabbitmq.conf").write_text(_configuration(ports["amqp"]))
    (base / "enabled_plugins").write_text("[].\n")
    own = _environment(base, ports)

    async def ready() -> bool:
        return await _speaks_amqp(ports["amqp"])

    async def end_epmd() -> None:
        await _end_epmd(ports)

    return Program(
        name="broker",
        command=[str(script)],
        env={**_without_settings_of_others(env), **own},
        cwd=base,
        log=folder.log("broker"),
        ready=ready,
        ready_within_s=120,
        stop_within_s=30,
        after_exit=end_epmd,
    )


def broker_process(pid: int) -> int:
    """The Erlang machine below the server script with process id `pid`: the one whose memory counts."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            if child.name().startswith("beam"):
                return child.pid
    return pid


def _configuration(port: int) -> str:
    settings = {
        "listeners.tcp.1": f"127.0.0.1:{port}",
        "loopback_users.guest": "true",
        "vm_memory_high_watermark.absolute": "1GB",
        "disk_free_limit.absolute": "200MB",
        "log.console": "true",
        "log.file": "false",
    }
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def _environment(base: Path, ports: Ports) -> dict[str, str]:
    return {
        "HOME": str(base / "home"),
        "RABBITMQ_NODENAME": "balcao@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(ports["amqp"]),
        "RABBITMQ_DIST_PORT": str(ports["erlang"]),
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(base / "mnesia"),
        "RABBITMQ_LOG_BASE": str(base / "log"),
        "RABBITMQ_CONFIG_FILE": str(base / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(base / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(base / "pid"),
        "RABBITMQ_CONF_ENV_FILE": str(base / "none.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(base / "none.config"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "LC_ALL": "C.UTF-8",
    }


def _without_settings_of_others(env: dict[str, str]) -> dict[str, str]:
    """Drop what an installed broker's user may have set, and the variable that changes how the script runs."""
    return {
        key: value
        for key, value in env.items()
        if not key.startswith(("RABBITMQ_", "ERL_")) and key not in {"NOTIFY_SOCKET", "HOME"}
    }


async def _speaks_amqp(port: int) -> bool:
    """Whether the server greets us: RabbitMQ opens its listener as the last step of its start."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"AMQP\x00\x00\x09\x01")
        # Connection.Start is a method frame (1) on channel 0.
        return await reader.read(3) == b"\x01\x00\x00"
    finally:
        writer.close()


async def end_leftover_epmd(ports: Ports) -> None:
    """End the port mapper of a stack that was killed before it could; no effect on any other program on that port."""
    if "epmd" in (holder_of(ports["epmd"]) or ""):
        await _end_epmd(ports)


async def _end_epmd(ports: Ports) -> None:
    """End the Erlang port mapper on our own port, which outlives the node that started it.

    It refuses for as long as it believes the node to be alive, which after a SIGKILL is a moment longer.
    """
    epmd = shutil.which("epmd")
    deadline = time.monotonic() + EPMD_ENDS_WITHIN_S
    while epmd is not None and not is_free(ports["epmd"]) and time.monotonic() < deadline:
        await _ask_epmd_to_end(epmd, ports["epmd"])
        await asyncio.sleep(0.05)


async def _ask_epmd_to_end(epmd: str, port: int) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        process = await asyncio.create_subprocess_exec(
            epmd,
            "-port",
            str(port),
            "-kill",
            env={"PATH": os.defpath, "ERL_EPMD_ADDRESS": "127.0.0.1", "HOME": "/"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(5):
            await process.wait()
