"""The gateway's lists and detail with 1,000 and 20,000 tickets in the database."""

import random
import time

from balcao.shared.events import Party
from tests.bench.shelf import fill_up_to, index_all
from tests.bench.world import World, percentile


async def lists(world: World, rounds: int) -> dict[str, float]:
    """Fill up and measure at both sizes."""
    figures: dict[str, float] = {}
    for name, size in (("1k", 1_000), ("20k", 20_000)):
        await fill_up_to(world, size, await myself(world))
        await index_all(world)
        for label, query in ((f"list_{name}", ""), (f"list_{name}_any", "?status=any")):
            figures |= shown(label, await timed(world, [f"/api/v1/tickets{query}"] * rounds))
    return figures | shown("detail", await timed(world, details(20_000, rounds)))


def details(most: int, rounds: int) -> list[str]:
    """Some tickets' own paths."""
    chance = random.Random(5)
    return [f"/api/v1/tickets/{chance.randint(most // 20, most - most // 20)}" for _ in range(rounds)]


async def myself(world: World) -> Party:
    """The agent whose lists are measured."""
    me = (await world.agent.get("/api/v1/me")).json()
    return Party(person_id=me["id"], name=me["name"], address=me["address"])


async def timed(world: World, paths: list[str]) -> list[float]:
    """Seconds each request took, the first tenth left out."""
    values = []
    for path in paths:
        begun = time.perf_counter()
        answer = await world.agent.get(path)
        values.append(time.perf_counter() - begun)
        answer.raise_for_status()
    return values[len(values) // 10 :]


def shown(label: str, values: list[float]) -> dict[str, float]:
    """Median and 99th hundredth in milliseconds."""
    return {f"{label}.p50_ms": percentile(values, 0.5) * 1000, f"{label}.p99_ms": percentile(values, 0.99) * 1000}
