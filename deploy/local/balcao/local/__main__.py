"""Command line of the embedded stack: `python -m balcao.local up`."""

import argparse
import asyncio
import errno
import os
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from balcao.local.errors import StackProblem
from balcao.local.install import find_or_install_broker
from balcao.local.ports import DEFAULT_BASE
from balcao.local.progress import Progress
from balcao.local.services import SERVICES
from balcao.local.stack import Stack

ADDRESSES = {
    "portal-api": "desk and portal",
    "catcher": "mails that were sent",
    "database": "database",
    "broker": "broker",
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; argparse ends the process when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m balcao.local", description="Balcão on this machine alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start everything and keep it running until Ctrl-C")
    up.add_argument("--data", type=Path, default=Path(os.environ.get("BALCAO_LOCAL_DATA", "var/local")))
    up.add_argument("--port-base", type=int, default=os.environ.get("BALCAO_PORT_BASE", str(DEFAULT_BASE)))
    up.add_argument("--services", default=",".join(SERVICES), help="comma-separated; all when not given")
    commands.add_parser("install-broker", help="install RabbitMQ where it is missing (as root), without starting it")
    return parser.parse_args(arguments)


async def up(data: Path, port_base: int, services: list[str]) -> int:
    """Run the stack until a signal asks for its end; a second one kills instead of waiting. Returns the exit code."""
    console = Console()
    progress = Progress(console)
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    stack = Stack(data=data, port_base=port_base, services=services, restart=True, report=progress.report)
    running = asyncio.create_task(_keep_up(stack, progress, console, asked))

    def end() -> None:
        if asked.is_set():
            stack.kill_at_once()
            return
        asked.set()
        if not stack.is_up:
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    try:
        await running
    except asyncio.CancelledError:
        console.print("stopped before everything was up")
        return 130
    return 0


async def _keep_up(stack: Stack, progress: Progress, console: Console, asked: asyncio.Event) -> None:
    with progress:
        await stack.__aenter__()
    try:
        for name, what in ADDRESSES.items():
            if name in stack.names:
                console.print(f"{what:22} {stack.url(name)}", highlight=False, soft_wrap=True)
        if "intake" in stack.names:
            console.print(f"{'mail in (SMTP)':22} 127.0.0.1:{stack.ports['smtp']}", highlight=False, soft_wrap=True)
        console.print(f"{'data and logs':22} {stack.data}\nCtrl-C stops everything.", highlight=False, soft_wrap=True)
        await asked.wait()
    finally:
        with progress:
            await stack.__aexit__(None, None, None)


async def install_broker() -> int:
    """Print where RabbitMQ's server script is, after installing it if need be."""
    with tempfile.TemporaryDirectory() as folder:
        print(await find_or_install_broker(Path(folder, "install.log")))
    return 0


def main() -> int:
    """Run a command; problems a person can act on are one clear message and exit code 1."""
    given = parse(sys.argv[1:])
    try:
        if given.command == "install-broker":
            return asyncio.run(install_broker())
        return asyncio.run(up(given.data, given.port_base, [name for name in given.services.split(",") if name]))
    except StackProblem as problem:
        print(f"balcao: {problem}", file=sys.stderr)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        print(f"balcao: the disk is full: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
