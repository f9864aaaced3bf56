"""`make demo`: `python -m balcao.local.demo` starts everything, does the main job, and stays up (not with ONCE=1)."""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from balcao.local.demo.company import demo_company
from balcao.local.demo.doors import Doors
from balcao.local.demo.main_job import do_main_job
from balcao.local.demo.seeding import seed
from balcao.local.demo.story import StepFailed, Story
from balcao.local.demo.telling import Teller, open_desk
from balcao.local.errors import StackProblem
from balcao.local.ports import DEFAULT_BASE
from balcao.local.progress import Progress
from balcao.local.stack import Stack

INTERRUPTED = 130


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what is not on it comes from ONCE, BALCAO_LOCAL_DATA and BALCAO_PORT_BASE."""
    parser = argparse.ArgumentParser(prog="python -m balcao.local.demo", description="Balcão doing its main job.")
    once = os.environ.get("ONCE", "").lower() not in {"", "0", "no", "false"}
    parser.add_argument("--once", action="store_true", default=once, help="end after the scenario (exit code 0 or 1)")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BALCAO_LOCAL_DATA", "var/local")))
    parser.add_argument("--port-base", type=int, default=os.environ.get("BALCAO_PORT_BASE", str(DEFAULT_BASE)))
    return parser.parse_args(arguments)


class Demo:
    """One run, from nothing to everything stopped again."""

    def __init__(self, data: Path, port_base: int, *, once: bool) -> None:
        """Nothing is started before `run`."""
        # Where it is no terminal, rich takes 80 columns for granted.
        self._console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
        self._progress = Progress(self._console)
        self._teller = Teller(self._console)
        self._once = once
        # The story counts each mail as it goes, so none waits for others to be gathered with it.
        env = {"notifier": {"BALCAO_GATHER_S": "0"}}
        self._stack = Stack(data=data, port_base=port_base, restart=True, env=env, report=self._progress.report)
        self._company = demo_company()
        self._enough = asyncio.Event()
        self._stays_up = False

    async def run(self) -> int:
        """The exit code: 0 when the main job works, 1 when a step failed, 130 when interrupted before."""
        loop = asyncio.get_running_loop()
        running = asyncio.create_task(self._from_start_to_end())
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, running)
        try:
            return await running
        except asyncio.CancelledError:
            return INTERRUPTED

    def _end(self, running: "asyncio.Task[int]") -> None:
        """The first Ctrl-C stops everything in order, the second one kills what is left."""
        if self._enough.is_set():
            self._console.print("killing what is left")
            self._stack.kill_at_once()
            return
        self._enough.set()
        if not self._stays_up:
            running.cancel()

    async def _from_start_to_end(self) -> int:
        began = time.monotonic()
        with self._progress:
            await self._stack.__aenter__()
        try:
            self._console.print(f"Everything is up after {time.monotonic() - began:.1f} s.\n")
            code = await self._do_main_job()
            self._console.print(f"{time.monotonic() - began:.1f} s since the start.")
            if not self._once:
                await self._stay_up()
        finally:
            with self._progress:
                await self._stack.__aexit__(None, None, None)
        return code

    async def _do_main_job(self) -> int:
        story = Story(on_end=self._teller.end)
        async with Doors.of(self._stack) as doors:
            try:
                await self._set_up(story, doors)
                await do_main_job(doors, self._company, story)
            except StepFailed as failed:
                self._console.print(f"\nThe main job does NOT work: {failed}", style="bold red", markup=False)
                self._console.print(f"The services' logs are in {self._stack.data / 'log'}.", markup=False)
                return 1
        self._teller.summary(story.steps)
        return 0

    async def _set_up(self, story: Story, doors: Doors) -> None:
        company = self._company
        with story.step(f"{company.name} is set up: directory, passwords") as step:
            set_now = await seed(self._stack, doors, company)
            step.note(
                f"{len(company.players)} people; {f'{set_now} passwords set' if set_now else 'nothing was missing'}"
            )

    async def _stay_up(self) -> None:
        self._teller.addresses(self._stack, self._company)
        open_desk(self._stack, self._company)
        self._console.print("Ctrl-C stops everything; the data stays.")
        self._stays_up = True
        await self._enough.wait()


def main() -> int:
    """Problems a person can act on are one clear message and exit code 1."""
    given = parse(sys.argv[1:])
    try:
        return asyncio.run(Demo(given.data, given.port_base, once=given.once).run())
    except StackProblem as problem:
        print(f"balcao: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
