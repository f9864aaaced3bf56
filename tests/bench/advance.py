"""Task completed → ticket in delivery → notice handed to SMTP, on an idle system."""

import asyncio
import time

from tests.bench.mails import samples
from tests.bench.shelf import index_all
from tests.bench.smtp import send_paced
from tests.bench.world import World, percentile, until
from tests.support.desk_company import ADDRESS, AGENT, PLANNER


async def advance(world: World, rounds: int) -> dict[str, float]:
    """One ticket and task a round, through the gateway as a producer would."""
    world.sink.reads = True
    numbers = await _tickets_with_tasks(world, rounds)
    await index_all(world)  # an idle system has nothing left to index
    moved: list[float] = []
    noticed: list[float] = []
    for ticket_number, task_number in numbers:
        await asyncio.sleep(0.05)
        world.facts.clear()
        begun = time.perf_counter()
        answer = await world.producer.post(f"/api/v1/tasks/{task_number}/complete", json={"handover": "pronto"})
        answer.raise_for_status()
        await until(lambda: bool(world.facts.of("ticket.stage_entered.v1")), 20, "delivery")
        moved.append(world.facts.of("ticket.stage_entered.v1")[0][0] - begun)
        noticed.append(await _both_told(world, ticket_number, begun) - begun)
    return {
        "advance.p50_ms": percentile(moved, 0.5) * 1000,
        "advance.p99_ms": percentile(moved, 0.99) * 1000,
        "notice.p50_ms": percentile(noticed, 0.5) * 1000,
        "notice.p99_ms": percentile(noticed, 0.99) * 1000,
    }


async def _both_told(world: World, number: int, since: float) -> float:
    """The moment the second of analyst and delivery assignee had the notice."""

    def latest() -> list[float]:
        return [world.sink.arrived.get((address, number), 0.0) for address in (AGENT, PLANNER)]

    await until(lambda: min(latest()) > since, 20, f"both notices of ticket {number}")
    return max(latest())


async def _tickets_with_tasks(world: World, count: int) -> list[tuple[int, int]]:
    world.facts.clear()
    await send_paced("127.0.0.1", world.smtp_port, ADDRESS, samples(count, ADDRESS, seed=23, run="adv."), 50)
    await until(lambda: len(world.facts.of("ticket.opened.v1")) >= count, 60, "tickets for tasks")
    tickets = [fact["data"]["ticket"]["number"] for _, fact in world.facts.of("ticket.opened.v1")]
    pairs = []
    for number in tickets:
        answer = await world.agent.post(f"/api/v1/tickets/{number}/tasks", json={})
        answer.raise_for_status()

        async def task_number(n: int = number) -> int:
            ticket = (await world.agent.get(f"/api/v1/tickets/{n}")).json()
            return next((task["number"] for task in ticket["tasks"] if task["number"]), 0)

        while not (task := await task_number()):
            await asyncio.sleep(0.02)
        pairs.append((number, task))
    await asyncio.sleep(2)
    return pairs
