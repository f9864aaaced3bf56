"""`make bench`: measures the product on this machine and writes var/bench/latest.json."""

import argparse
import asyncio
import json
import os
import time
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


async def measure(mails: int, parts: set[str], sink_port: int, tickets: int) -> dict[str, float]:
    """All figures of the chosen parts, on a fresh stack in a temporary folder."""
    figures: dict[str, float] = reading() if "parse" in parts else {}
    if "smtp" in parts:
        figures |= await accepting(mails)
    if parts <= {"parse", "smtp"}:
        return figures  # needs no whole product
    sink = Sink()
    await sink.start(sink_port)
    env = {
        "notifier": {"BALCAO_RELAY_PORT": str(sink_port), "BALCAO_GATHER_S": "0", "BALCAO_LOOP_MAILS": "100000"},
        "*": {"BALCAO_LOG_LEVEL": "warning"},
    }
    begun = time.perf_counter()
    async with Stack(catcher=False, env=env) as stack:
        figures["start_s"] = time.perf_counter() - begun
        world = World(stack, sink)
        try:
            await world.set_up()
            if "ingest" in parts:
                # The limit is taken before and after, since these machines drift.
                before = await limit(world, mails)
                figures |= await ingest(world, mails, paced=200)
                after = await limit(world, mails)
                figures["ingest.limit_per_s"] = (before[0] + after[0]) / 2
                figures["cpu_ms.limit_database"] = (before[1] + after[1]) / 2
                figures["ingest.ratio"] = figures["ingest.tickets_per_s"] / figures["ingest.limit_per_s"]
            if "advance" in parts:
                figures |= await advance(world, rounds=60)
            if "mail_out" in parts:
                figures |= await mail_out(world, facts=mails)
            if "burst" in parts:
                figures |= await burst(world, count=1000)
                figures |= await linked(world, count=1000)
            if "lists" in parts:
                figures |= await lists(world, rounds=60)
            if "pages" in parts:
                figures |= await pages(world, rounds=60)
            if "finding" in parts:
                figures |= await finding(world, rounds=20, size=tickets)
            figures |= {f"rss_mb.{name}": _memory(stack.pid(name)) for name in stack.names}
        finally:
            await world.close()
            await sink.stop()
    return figures


def _memory(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 2**20


def main() -> None:
    """Read the command line, measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--mails", type=int, default=int(os.environ.get("MAILS", "600")))
    parser.add_argument(
        "--only", default="parse,smtp,ingest,mail_out,advance,burst,lists,pages,finding", help="comma-separated parts"
    )
    parser.add_argument("--tickets", type=int, default=100_000, help="how many the lists and the search run over")
    parser.add_argument("--sink-port", type=int, default=27_026)
    arguments = parser.parse_args()
    figures = asyncio.run(
        measure(arguments.mails, set(arguments.only.split(",")), arguments.sink_port, arguments.tickets)
    )
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}")
    Console().print(table)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
