"""Random commands through `tickets` and `workflow` with a scrambled bus and killed services, against the model (H1-H6).

`python -m tests.model.run --steps 100000 --seed 1 --walks 2`: the commands are shared among walks beside each other,
each with a seed, services and servers of its own, for one embedded database keeps one processor busy. A walk ends at
its first difference, which is printed with all the commands of its island; exit code 1 when any did.
"""

import argparse
import asyncio
import logging
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from balcao.shared.ids import derived_id
from balcao.workflow.domain.phases import default_type
from tests.model.compare import differences
from tests.model.island import Island
from tests.model.rules import Kind
from tests.model.services import RefusedCommand, Services

ISLANDS = 32
MOST_COMMANDS = 30
"""After so many an island is left alone, and a new one comes in its place."""
AT_ONCE = 6
SETTLED_WITHIN_S = 180.0
_BETWEEN_LOOKS_S = 0.3
"""Facts that were taken are still being handled; each look costs the database as much as some handling."""
SAYS_EVERY_S = 60.0
"""How it stands: a long run takes an hour."""
WITHOUT_ORDER = Path(__file__).parent / "without_order"


class Differs(Exception):
    """The services did not do what the rules say."""


@dataclass(frozen=True)
class Wanted:
    """What kind of run."""

    steps: int
    seed: int
    kill_every: int = 1500
    """Commands between two kills."""
    sabotage: Path | None = None
    settled_within_s: float = SETTLED_WITHIN_S


@dataclass
class Outcome:
    """What happened."""

    steps: int = 0
    settlings: int = 0
    kills: int = 0
    handed_on: int = 0
    moves: int = 0
    seconds: float = 0.0


async def run(wanted: Wanted) -> Outcome:
    """Say that many commands. Raises `Differs`."""
    chance, outcome, begun = random.Random(wanted.seed), Outcome(), time.monotonic()
    async with Services(wanted.seed, sabotage=wanted.sabotage) as services:
        walk, said = _Walk(wanted, services, chance, outcome), begun
        while outcome.steps < wanted.steps:
            await walk.round()
            if time.monotonic() - said > SAYS_EVERY_S:
                said = time.monotonic()
                of_steps = f"{outcome.steps:,} of {wanted.steps:,} commands"
                print(f"model: seed {wanted.seed}: {of_steps}, {said - begun:,.0f} s", flush=True)
        outcome.kills, outcome.handed_on = services.kills, services.scrambler.handed_on
    outcome.seconds = time.monotonic() - begun
    return outcome


class _Walk:
    """Rounds of commands on all islands at once, each followed by a settling."""

    def __init__(self, wanted: Wanted, services: Services, chance: random.Random, outcome: Outcome) -> None:
        self._wanted, self._services, self._chance, self._outcome = wanted, services, chance, outcome
        self._phases: dict[str, Kind] = {
            phase.id: phase.kind for phase in default_type(derived_id("company", "modelo")).phases
        }
        self._islands: list[Island] = []
        self._made = 0
        self._seen: dict[str, int] = {}
        self._next_kill = wanted.kill_every // 2

    async def round(self) -> None:
        """Some commands everywhere, a kill now and then, and the comparison."""
        kept = [one for one in self._islands if len(one.said) < MOST_COMMANDS]
        new = [self._new() for _ in range(ISLANDS - len(kept))]
        self._islands = [*kept, *new]
        plays = [self._first(island) for island in new] + [self._play(island) for island in kept]
        if self._outcome.steps >= self._next_kill:
            self._next_kill += self._wanted.kill_every
            plays.append(self._services.kill_one())
        await asyncio.gather(*plays)
        await self._settle()

    def _new(self) -> Island:
        self._made += 1
        name = f"{self._wanted.seed}.{self._made}"
        return Island(name, self._services, random.Random(self._chance.random()), self._phases)

    async def _first(self, island: Island) -> None:
        await island.first()
        self._outcome.steps += len(island.said)

    async def _play(self, island: Island) -> None:
        try:
            said = await island.play(AT_ONCE)
        except RefusedCommand as refused:
            raise Differs(_told(island, [f"refused: {refused}"])) from refused
        self._outcome.steps += said

    async def _settle(self) -> None:
        """Wait until everything said has been heard and the model agrees; what then still comes is a late repeat."""
        scrambler = self._services.scrambler
        scrambler.let_through(True)
        until = time.monotonic() + self._wanted.settled_within_s
        while True:
            await self._nothing_given_up()
            late = time.monotonic() > until
            if late or await self._services.is_quiet():
                found = await differences(self._services, self._islands, self._seen)
                if not found and scrambler.is_empty:
                    break
                if late:
                    raise Differs("\n".join(_told(one, found[one.name]) for one in self._islands if one.name in found))
            await asyncio.sleep(_BETWEEN_LOOKS_S)
        self._outcome.settlings += 1
        for island in self._islands:
            self._outcome.moves += sum(len(ticket.moves) for ticket in island.world.tickets.values())
            island.world.settle()
        scrambler.let_through(False)

    async def _nothing_given_up(self) -> None:
        """Raise `Differs` for dead letters: whatever comes late, some order of the facts must be right for all."""
        dead = await self._services.scrambler.dead_letters()
        if dead:
            troubles = [f"{queue} could not handle {fact}" for queue, fact in dead]
            concerned = [one for one in self._islands if any(one.knows(fact) for _, fact in dead)]
            raise Differs("\n".join([*troubles, *(_told(one, ["dead letters"]) for one in concerned)]))


def _told(island: Island, troubles: list[str]) -> str:
    commands = "\n".join(f"  {n}. {words}" for n, words in enumerate(island.said, start=1))
    return "\n".join((f"island {island.name} differs:", *(f"  {one}" for one in troubles), "its commands:", commands))


def _walked(wanted: Wanted) -> Outcome:
    """In a process of its own."""
    logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    return asyncio.run(run(wanted))


def main() -> None:
    """Read the command line, walk, print; exit code 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.model.run")
    parser.add_argument("--steps", type=int, default=100_000, help="commands of all walks together")
    parser.add_argument("--seed", type=int, default=1, help="of the first walk; the next has the next")
    parser.add_argument("--walks", type=int, default=2, help="how many beside each other")
    parser.add_argument("--without-order", action="store_true", help="sabotage the order of facts: must differ")
    arguments = parser.parse_args()
    sabotage = WITHOUT_ORDER if arguments.without_order else None
    each = -(-arguments.steps // arguments.walks)
    failed = False
    with ProcessPoolExecutor(arguments.walks) as pool:
        seeds = range(arguments.seed, arguments.seed + arguments.walks)
        for walk in as_completed([pool.submit(_walked, Wanted(each, seed, sabotage=sabotage)) for seed in seeds]):
            try:
                print(walk.result(), flush=True)
            except Differs as difference:
                failed = True
                print(difference, file=sys.stderr, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
