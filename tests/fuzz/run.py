"""`make fuzz`: thousands of mutants through the reader. COUNT, SEED and CORPUS (a folder of mails) may be given."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.judge import Verdict, judge
from tests.fuzz.mutate import mutant
from tests.fuzz.seeds import seeds

OUT = Path("var/fuzz")


def main() -> int:
    """Read the command line, run, say what was found; mails that broke something are kept in var/fuzz."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=None, help="a folder of mails to mutate as well")
    arguments = parser.parse_args()
    parents = seeds(arguments.corpus)
    wrong, slowest, outcomes = 0, Verdict("", 0.0, False), Counter[str]()
    begun = time.perf_counter()
    unchanged = [judge(one, thoroughly=True) for one in parents]
    for place, verdict in enumerate(unchanged):
        wrong += _report(verdict, parents[place], f"seed-{place}")
    ordinary, slowest_ordinary = 0, 0.0
    for number in range(arguments.count):
        raw = mutant(parents, arguments.seed * 1_000_003 + number)
        verdict = judge(raw, thoroughly=number % 5 == 0)
        outcomes[verdict.outcome] += 1
        if verdict.is_ordinary:
            ordinary += 1
            slowest_ordinary = max(slowest_ordinary, verdict.seconds)
        slowest = max(slowest, verdict, key=lambda one: one.seconds)
        wrong += _report(verdict, raw, f"mutant-{arguments.seed}-{number}")
    print(f"fuzz: {len(parents)} mails and {arguments.count} mutants of them in {time.perf_counter() - begun:.0f} s")
    print(f"fuzz: outcomes {dict(outcomes)}; {ordinary} ordinary, the slowest of them {slowest_ordinary:.3f} s")
    print(f"fuzz: slowest of all {slowest.seconds:.2f} s, wrong {wrong}")
    return 1 if wrong else 0


def _report(verdict: Verdict, raw: bytes, name: str) -> int:
    if not verdict.wrong:
        return 0
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.eml").write_bytes(raw)
    print(f"fuzz: {name} ({len(raw)} bytes): {verdict.wrong}; kept as {OUT / name}.eml")
    return 1


if __name__ == "__main__":
    sys.exit(main())
