"""Which process listens where: fixed offsets from one base, checked before use, claimed against parallel runs."""

import errno
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO, Final

import psutil

from balcao.local.errors import PortTaken, StackProblem

OFFSETS: Final = {
    "mongo": 17,
    "smtp": 25,
    "catcher_smtp": 26,
    "catcher": 27,
    "amqp": 72,
    "erlang": 73,
    "epmd": 74,
    "portal-api": 80,
    "intake": 81,
    "tickets": 82,
    "workflow": 83,
    "notifier": 84,
}
DEFAULT_BASE: Final = 18000
SPAN: Final = 100
# Above lies the range the system hands out by itself: starts failed there now and then.
HIGHEST: Final = 32767


class Ports:
    """The ports of one stack, by name, all derived from `base`."""

    def __init__(self, base: int) -> None:
        """Raise `StackProblem` when the base leaves no room for all offsets."""
        if not 1024 <= base <= HIGHEST - SPAN:
            raise StackProblem(f"the port base must lie between 1024 and {HIGHEST - SPAN}, and {base} does not")
        self.base = base

    def __getitem__(self, name: str) -> int:
        return self.base + OFFSETS[name]

    def check(self, *names: str) -> None:
        """Raise `PortTaken` for the first of `names` (all when none given) that something listens on."""
        for name in names or tuple(OFFSETS):
            if not is_free(self[name]):
                raise PortTaken(self[name], name, holder_of(self[name]))

    def all_free(self) -> bool:
        """Whether every port of this base could be bound just now."""
        return all(is_free(self[name]) for name in OFFSETS)


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are winding down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def holder_of(port: int) -> str | None:
    """Describe the process that listens on `port`, or None where the system doesn't tell us."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, OSError):
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            try:
                command = " ".join(psutil.Process(connection.pid).cmdline())
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                return f"process {connection.pid}"
            return f"process {connection.pid} ({command[:80]})"
    return None


class Claim:
    """A base that no other stack on this machine picks while this object is held (and the process lives)."""

    def __init__(self, ports: Ports, lock: IO[str]) -> None:
        """`lock` is an open, locked file."""
        self.ports = ports
        self._lock = lock

    def release(self) -> None:
        """Let others pick the base again."""
        self._lock.close()


def claim_free_base() -> Claim:
    """Find a base with all ports free and claim it, so that test runs side by side don't take the same one."""
    folder = Path(tempfile.gettempdir(), f"balcao-ports-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    bases = list(range(10000, HIGHEST - SPAN, SPAN))
    bases.remove(DEFAULT_BASE)
    random.shuffle(bases)
    for base in bases:
        lock = Path(folder, str(base)).open("w")  # noqa: SIM115 - kept open as long as the claim
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        ports = Ports(base)
        if ports.all_free():
            return Claim(ports, lock)
        lock.close()
    raise StackProblem("no free range of ports below 32768 on this machine")
