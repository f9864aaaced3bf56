"""The five services as the embedded stack runs them: module, port, settings."""

import asyncio
import importlib.util
import sys
from dataclasses import dataclass
from typing import Final

from balcao.local.broker import broker_url
from balcao.local.database import database_url
from balcao.local.errors import ServiceMissing
from balcao.local.folder import DataFolder
from balcao.local.ports import Ports
from balcao.local.process import Program

# In the order in which they are shown; they can be started in any.
SERVICES: Final = ("tickets", "workflow", "notifier", "intake", "portal-api")


@dataclass(frozen=True)
class Surroundings:
    """What every process of one stack is told."""

    folder: DataFolder
    ports: Ports
    secret: str
    inherited: dict[str, str]
    database_prefix: str = "balcao_"


def http_url(ports: Ports, name: str) -> str:
    """Where the process `name` answers HTTP, without a slash at the end."""
    return f"http://127.0.0.1:{ports[name]}"


def service_env(around: Surroundings, name: str) -> dict[str, str]:
    """The settings of the service `name`, on top of what this process inherited."""
    ports = around.ports
    env = {
        **around.inherited,
        "BALCAO_MONGO_URL": database_url(ports),
        "BALCAO_DATABASE_PREFIX": around.database_prefix,
        "BALCAO_AMQP_URL": broker_url(ports),
        "BALCAO_HTTP_HOST": "127.0.0.1",
        "BALCAO_HTTP_PORT": str(ports[name]),
        "BALCAO_SERVICE_SECRET": around.secret,
        "PYTHONUNBUFFERED": "1",
    }
    if name == "intake":
        env |= {"BALCAO_SMTP_HOST": "127.0.0.1", "BALCAO_SMTP_PORT": str(ports["smtp"])}
        env["BALCAO_TICKETS_URL"] = http_url(ports, "tickets")
    if name == "notifier":
        env |= {"BALCAO_RELAY_HOST": "127.0.0.1", "BALCAO_RELAY_PORT": str(ports["catcher_smtp"])}
    if name in ("notifier", "workflow"):
        env["BALCAO_PUBLIC_URL"] = http_url(ports, "portal-api")
    if name == "portal-api":
        for other in ("tickets", "workflow", "notifier", "intake"):
            env[f"BALCAO_{other.upper()}_URL"] = http_url(ports, other)
    return env


def service_program(around: Surroundings, name: str, env: dict[str, str]) -> Program:
    """How the service `name` is run; raise `ServiceMissing` when its package isn't installed."""
    module = f"balcao.{name.replace('-', '_')}"
    if not _is_installed(f"{module}.__main__"):
        raise ServiceMissing(module)
    return python_program(around, name, module, env)


def python_program(around: Surroundings, name: str, module: str, env: dict[str, str]) -> Program:
    """A Python module as a process that answers `/health/ready` on the port called `name`."""
    port = around.ports[name]

    async def ready() -> bool:
        return await _answers_ok(port, "/health/ready")

    return Program(
        name=name,
        command=[sys.executable, "-m", module],
        env=env,
        cwd=around.folder.path("run", name),
        log=around.folder.log(name),
        ready=ready,
        ready_within_s=120,
    )


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


async def _answers_ok(port: int, path: str) -> bool:
    """Whether GET `path` on 127.0.0.1 is answered with 200.

    By hand, because this is asked many times a second while everything starts on the same cores.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        status = (await reader.readline()).split()
        return len(status) > 1 and status[1] == b"200"
    finally:
        writer.close()
