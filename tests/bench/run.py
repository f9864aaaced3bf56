"""`make bench`: measures the product on this machine and writes var/bench/latest.json."""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from balcao.local.stack import Stack
from tests.bench.accepting import accepting
from tests.bench.advance import advance
from tests.bench.burst import burst, linked
from tests.bench.finding import finding
from tests.bench.ingest import ingest, limit
from tests.bench.lists import lists
from tests.bench.mail_out import mail_out
from tests.bench.pages import pages
from tests.bench.parse.reading import reading
from tests.bench.smtp import Sink
from tests.bench.world import World

OUT = Path("var/bench/latest.json")


@dataclass(frozen=True)
class Wanted:
    """What is to be measured."""

    parts: frozenset[str]
    mails: int
    tickets: int
    sink_port: int


async def measure(wanted: Wanted, figures: dict[str, float]) -> None:
    """Put all figures of the chosen parts into `figures`, one part after the other."""
    if "parse" in wanted.parts:
        figures |= reading()
    if "smtp" in wanted.parts:
        figures |= await accepting(wanted.mails)
    if not wanted.parts <= {"parse", "smtp"}:
        await _of_the_whole_product(wanted, figures)


async def _of_the_whole_product(wanted: Wanted, figures: dict[str, float]) -> None:
    """On a fresh stack in a temporary folder."""
    sink = Sink()
    await sink.start(wanted.sink_port)
    env = {
        "notifier": {"BALCAO_RELAY_PORT": str(wanted.sink_port), "BALCAO_GATHER_S": "0", "BALCAO_LOOP_MAILS": "100000"},
        "*": {"BALCAO_LOG_LEVEL": "warning"},
    }
    begun = time.perf_counter()
    async with Stack(catcher=False, env=env) as stack:
        figures["start_s"] = time.perf_counter() - begun
        world = World(stack, sink)
        try:
            await world.set_up()
            for part, measured in _PARTS.items():
                if part in wanted.parts:
                    figures |= await measured(world, wanted)
            figures |= {f"rss_mb.{name}": _memory(stack.pid(name)) for name in stack.names}
        finally:
            await world.close()
            await sink.stop()


async def _ingest(world: World, wanted: Wanted) -> dict[str, float]:
    """The limit is taken before and after, since these machines drift."""
    before = await limit(world, wanted.mails)
    figures = await ingest(world, wanted.mails, paced=200)
    after = await limit(world, wanted.mails)
    figures["ingest.limit_per_s"] = (before[0] + after[0]) / 2
    figures["cpu_ms.limit_database"] = (before[1] + after[1]) / 2
    figures["ingest.ratio"] = figures["ingest.tickets_per_s"] / figures["ingest.limit_per_s"]
    return figures


async def _burst(world: World, wanted: Wanted) -> dict[str, float]:
    del wanted
    return await burst(world, count=1000) | await linked(world, count=1000)


_PARTS: dict[str, Callable[[World, Wanted], Awaitable[dict[str, float]]]] = {
    "ingest": _ingest,
    "advance": lambda world, _: advance(world, rounds=60),
    "mail_out": lambda world, wanted: mail_out(world, facts=wanted.mails),
    "burst": _burst,
    "lists": lambda world, _: lists(world, rounds=60),
    "pages": lambda world, _: pages(world, rounds=60),
    "finding": lambda world, wanted: finding(world, rounds=20, size=wanted.tickets),
}
"""In this order: what the later ones leave behind does not disturb the earlier ones."""


def _memory(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 2**20


def main() -> None:
    """Read the command line, measure, print, write; what was measured before a part failed, too."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--mails", type=int, default=int(os.environ.get("MAILS", "600")))
    parser.add_argument("--only", default=",".join(("parse", "smtp", *_PARTS)), help="comma-separated parts")
    parser.add_argument("--tickets", type=int, default=100_000, help="how many the lists and the search run over")
    parser.add_argument("--sink-port", type=int, default=27_026)
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    parts = frozenset(arguments.only.split(","))
    if unknown := parts - {"parse", "smtp", *_PARTS}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    wanted = Wanted(parts, arguments.mails, arguments.tickets, arguments.sink_port)
    try:
        asyncio.run(measure(wanted, figures))
    finally:
        _show(figures)


def _show(figures: dict[str, float]) -> None:
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}")
    Console().print(table)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
