"""`make chaos`: kills every part of the product at random moments under load, then counts what was lost or doubled."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from rich.console import Console

from tests.chaos.report import show
from tests.chaos.scenario import Outcome, Wanted, run

_PROVE = Wanted(mails=30, kills=4, seed=5, minutes=2, without_dedupe=True, echo=0.3, patience_s=20, settled_within_s=30)


def main() -> None:
    """Read the command line, run, print; exit code 1 when anything differs from what must be."""
    arguments = _arguments()
    # It says at length that the broker is away, which is the purpose.
    logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    console = Console(width=140 if not sys.stdout.isatty() else None)
    wanted = Wanted(
        mails=arguments.mails,
        kills=arguments.kills,
        seed=arguments.seed,
        minutes=arguments.minutes,
        without_dedupe=arguments.without_dedupe,
        logs=arguments.keep_logs,
    )
    outcome = asyncio.run(run(wanted, console.print))
    show(console, outcome)
    held = not outcome.differences
    if arguments.prove and not arguments.without_dedupe:
        console.rule("the same with the dedupe removed: it must not hold")
        proof = asyncio.run(run(_PROVE, console.print))
        show(console, proof)
        held = _proves(proof, console) and held
    sys.exit(0 if held else 1)


def _proves(outcome: Outcome, console: Console) -> bool:
    """Whether the checks noticed that things were done twice."""
    noticed = {finding.name for finding in outcome.findings if finding.differences}
    missed = {"mails in", "openings", "notices"} - noticed
    if missed:
        console.print(f"[red]without dedupe nothing was noticed by: {', '.join(sorted(missed))}[/]")
    else:
        console.print("without dedupe the checks notice it, as they must")
    return not missed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--mails", type=int, default=300, help="mails that come in, a fifth of them answers")
    parser.add_argument("--kills", type=int, default=32, help="SIGKILLs, shared out evenly over all nine parts")
    parser.add_argument("--seed", type=int, default=1, help="decides mails, stories, and who is killed when")
    parser.add_argument("--minutes", type=float, default=15, help="the run is given up after that long")
    parser.add_argument(
        "--without-dedupe", action="store_true", help="run services whose ids are random: must report differences"
    )
    parser.add_argument(
        "--prove",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="afterwards show with a few mails that the checks notice a missing dedupe",
    )
    parser.add_argument("--keep-logs", type=Path, default=None, help="copy the processes' logs to this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
