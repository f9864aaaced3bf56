"""Which database and broker a test run uses: given addresses, else containers, else the embedded servers."""

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MONGO_VARIABLE = "BALCAO_TEST_MONGO_URL"
AMQP_VARIABLE = "BALCAO_TEST_AMQP_URL"

# Installing RabbitMQ on a fresh machine is part of it.
READY_WITHIN_S = 300
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ServerAddresses:
    """Where the database and the broker of this run are."""

    mongo_url: str
    amqp_url: str


class NoServers(Exception):
    """No database or broker could be had; the text says why."""


@contextmanager
def servers() -> Iterator[ServerAddresses]:
    """Addresses of servers that run for as long as this is open; all workers of one test run get the same pair.

    Raises `NoServers`.
    """
    mongo_url, amqp_url = os.environ.get(MONGO_VARIABLE), os.environ.get(AMQP_VARIABLE)
    if mongo_url and amqp_url:
        yield ServerAddresses(mongo_url, amqp_url)
        return
    with _hold() as started:
        yield ServerAddresses(mongo_url or started["mongo_url"], amqp_url or started["amqp_url"])


@contextmanager
def _hold() -> Iterator[dict[str, str]]:
    """Keep a connection to the process that runs the servers open: they end when the last worker has closed its own."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as held:
        held.settimeout(READY_WITHIN_S)
        _connect(held, _run_folder())
        with held.makefile("rb") as lines:
            line = lines.readline()
        if not line:
            raise NoServers("the process that runs the servers ended unexpectedly")
        answer: dict[str, str] = json.loads(line)
        if "error" in answer:
            raise NoServers(answer["error"])
        yield answer


def _run_folder() -> Path:
    """A short path (socket names are limited) that the workers of one run agree on and others don't share."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir(), f"balcao-test-{os.getuid()}-{run}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _connect(held: socket.socket, folder: Path) -> None:
    """Connect to this run's servers; the first worker to come starts them."""
    address = folder / "socket"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            _start(address)
        deadline = time.monotonic() + 30
        while True:
            try:
                held.connect(str(address))
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > deadline:
                    raise NoServers("the process that runs the servers did not start") from None
                time.sleep(0.05)
            else:
                return


def _start(address: Path) -> None:
    """Start the process; it is not ours to wait for, since it ends by itself after the last worker."""
    # Popen warns when it is forgotten while the process runs, so the process is a grandchild.
    code = (
        "import subprocess, sys;"
        "subprocess.Popen([sys.executable, '-m', 'tests.support.held_servers', sys.argv[1]],"
        " stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(sys.argv[2], 'ab'), start_new_session=True)"
    )
    log = ROOT / "var" / "test-servers.log"
    log.parent.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-c", code, str(address), str(log)], cwd=ROOT, check=True)
