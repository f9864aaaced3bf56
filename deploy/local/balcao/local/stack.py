"""The embedded stack as a library: servers alone, or servers, mail catcher and services, as child processes."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from balcao.local.broker import broker_process, broker_program, broker_url, end_leftover_epmd
from balcao.local.database import database_program, database_url
from balcao.local.errors import StackProblem
from balcao.local.folder import DataFolder
from balcao.local.install import find_or_install_broker
from balcao.local.ports import Claim, Ports, claim_free_base
from balcao.local.process import Child, Program, Report
from balcao.local.services import SERVICES, Surroundings, http_url, python_program, service_env, service_program

SERVERS: Final = ("database", "broker")
CATCHER: Final = "catcher"
PORTS_OF: Final = {
    "database": ("mongo",),
    "broker": ("amqp", "erlang", "epmd"),
    CATCHER: ("catcher_smtp", "catcher"),
    "intake": ("intake", "smtp"),
}


class Stack:
    """Processes by name, started side by side by `async with`, ended servers last.

    Names: "database", "broker", "catcher" and the services "intake", "tickets", "workflow", "notifier", "portal-api".
    """

    def __init__(
        self,
        *,
        data: Path | None = None,
        port_base: int | None = None,
        services: Iterable[str] = SERVICES,
        catcher: bool = True,
        in_memory: bool = False,
        restart: bool = False,
        env: Mapping[str, Mapping[str, str]] | None = None,
        report: Report | None = None,
    ) -> None:
        """Without `data` a temporary folder is used and removed; without `port_base` a free one is found.

        `in_memory` is for the database (forgets at its end, quicker); `restart` brings crashed processes back; `env`
        has settings for a service (or for all, under "*") that win over the usual ones; `report` is told each
        (name, what happened).
        """
        chosen = tuple(services)
        unknown = set(chosen) - set(SERVICES)
        if unknown:
            raise StackProblem(
                f"there is no service called {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}"
            )
        self._data = data
        self._port_base = port_base
        self._phases = (SERVERS, (CATCHER,) if catcher else (), tuple(name for name in SERVICES if name in chosen))
        self._in_memory = in_memory
        self._restart = restart
        self._extra_env = env or {}
        self._tell = report or (lambda _name, _what: None)
        self._up = False
        self._claim: Claim | None = None
        self._folder: DataFolder | None = None
        self._around: Surroundings | None = None
        self._children: dict[str, Child] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All processes in the order of their start."""
        return tuple(name for phase in self._phases for name in phase)

    @property
    def around(self) -> Surroundings:
        """Folder, ports and secret of the running stack."""
        if self._around is None:
            raise StackProblem("the stack is not running")
        return self._around

    @property
    def ports(self) -> Ports:
        """Ports by name (see `balcao.local.ports.OFFSETS`)."""
        return self.around.ports

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.around.folder.root

    async def __aenter__(self) -> Self:
        """Start everything and return when all are ready; what was started is ended again when one fails."""
        try:
            await self._prepare()
            # All at once: services wait for their servers by themselves, and most of a start is loading code.
            await self._start_together(self.names)
        except BaseException:
            await self._end()
            raise
        self._up = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything in reverse order, and remove the data when it was temporary."""
        await self._end()

    async def start(self, name: str) -> None:
        """Start one process and return once it is ready (also after `kill` or `stop`)."""
        child = self._child(name)
        for port in PORTS_OF.get(name, (name,)):
            await self._until_free(port)
        self._report(name, "starting")
        await child.start()
        self._report(name, "ready")

    async def stop(self, name: str) -> None:
        """End one process gracefully (SIGTERM) and return when it is gone."""
        self._report(name, "stopping")
        await self._child(name).stop()
        self._report(name, "stopped")

    async def kill(self, name: str) -> None:
        """SIGKILL one process, its children included, and return when it is gone; `start` brings it back."""
        await self._child(name).kill()
        self._report(name, "killed")

    def kill_at_once(self) -> None:
        """SIGKILL every process without waiting; whoever waits for their end goes on at once."""
        for child in self._children.values():
            child.kill_at_once()

    @property
    def is_up(self) -> bool:
        """Whether `async with` has come to its body and not yet left it."""
        return self._up

    def running(self, name: str) -> bool:
        """Whether the process is there."""
        return self._child(name).running

    def pid(self, name: str) -> int:
        """The process id; of the broker that of the Erlang machine, whose memory is the broker's."""
        pid = self._child(name).pid
        return broker_process(pid) if name == "broker" else pid

    def env(self, name: str) -> dict[str, str]:
        """The whole environment that the service `name` is started with."""
        if name not in SERVICES:
            raise StackProblem(f"{name} is not a service")
        extra = {**self._extra_env.get("*", {}), **self._extra_env.get(name, {})}
        return {**service_env(self.around, name), **extra}

    def url(self, name: str) -> str:
        """Where a process is reached: a MongoDB or AMQP address for the servers, else HTTP without a last slash."""
        if name == "database":
            return database_url(self.ports)
        if name == "broker":
            return broker_url(self.ports)
        return http_url(self.ports, name)

    def started_in(self, name: str) -> float:
        """Seconds from the last start of the process to its readiness."""
        return self._child(name).started_in_s

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self._child(name).program.log

    def _report(self, name: str, what: str) -> None:
        # Where the terminal is gone nobody can be told any more, and things must be ended all the same.
        with contextlib.suppress(OSError):
            self._tell(name, what)

    async def _prepare(self) -> None:
        root = self._data if self._data is not None else Path(tempfile.mkdtemp(prefix="balcao-"))
        self._folder = folder = DataFolder(root)
        folder.open()
        ports = self._choose_ports()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("BALCAO_TEST_")}
        self._around = Surroundings(folder, ports, folder.secret(), inherited)
        await end_leftover_epmd(ports)
        for port in (port for name in self.names for port in PORTS_OF.get(name, (name,))):
            await self._until_free(port)
        self._report("broker", "looking for RabbitMQ")
        script = await find_or_install_broker(folder.log("install"))
        for name in self.names:
            program = self._program(name, script)
            self._children[name] = Child(program, restart=self._restart, report=self._report)

    def _choose_ports(self) -> Ports:
        if self._port_base is not None:
            return Ports(self._port_base)
        self._claim = claim_free_base()
        return self._claim.ports

    def _program(self, name: str, broker_script: Path) -> Program:
        around = self.around
        if name == "database":
            return database_program(around.folder, around.ports, around.inherited, in_memory=self._in_memory)
        if name == "broker":
            return broker_program(broker_script, around.folder, around.ports, around.inherited)
        if name == CATCHER:
            env = {
                **around.inherited,
                "BALCAO_CATCHER_FOLDER": str(around.folder.path("mails")),
                "BALCAO_CATCHER_SMTP_PORT": str(around.ports["catcher_smtp"]),
                "BALCAO_CATCHER_HTTP_PORT": str(around.ports["catcher"]),
                "PYTHONUNBUFFERED": "1",
            }
            return python_program(around, CATCHER, "balcao.local.catcher", env)
        return service_program(around, name, self.env(name))

    def _child(self, name: str) -> Child:
        if name not in self._children:
            raise StackProblem(f"{name} is not part of this stack")
        return self._children[name]

    async def _until_free(self, port: str) -> None:
        """After a SIGKILL, even of a whole stack before us, it may take a moment until the port is given back."""
        for _ in range(100):
            with contextlib.suppress(StackProblem):
                self.ports.check(port)
                return
            await asyncio.sleep(0.05)
        self.ports.check(port)

    async def _start_together(self, names: Iterable[str]) -> None:
        """Start side by side; the first failure ends the others and is raised as it is."""
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(self.start(name))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _end(self) -> None:
        self._up = False
        for phase in reversed(self._phases):
            present = [name for name in phase if name in self._children and self._children[name].started]
            await asyncio.gather(*(self.stop(name) for name in present))
        self._children.clear()
        self._around = None
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.close()
            if self._data is None:
                shutil.rmtree(folder.root, ignore_errors=True)
        if self._claim is not None:
            self._claim.release()
            self._claim = None


class Servers(Stack):
    """Database and broker alone, for tests that bring their own code."""

    def __init__(
        self,
        *,
        data: Path | None = None,
        port_base: int | None = None,
        in_memory: bool = True,
        report: Report | None = None,
    ) -> None:
        """As `Stack` without services and catcher; the database forgets at its end unless told otherwise."""
        super().__init__(data=data, port_base=port_base, services=(), catcher=False, in_memory=in_memory, report=report)
