"""The gateway's list and detail with 1,000 and 20,000 tickets in the database; one in twenty still needs somebody."""

import asyncio
import random
import time
from datetime import timedelta

from motor.motor_asyncio import AsyncIOMotorClient

from balcao.shared.clock import now
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.tickets.domain.directory import Company, Team
from balcao.tickets.domain.opening import Request, open_at_desk
from balcao.tickets.domain.ticket import Ticket
from tests.bench.world import World, percentile

_ACTIVE_EVERY = 20


async def lists(world: World, rounds: int) -> dict[str, float]:
    """Fill up and measure at both sizes."""
    figures: dict[str, float] = {}
    for name, size in (("1k", 1_000), ("20k", 20_000)):
        await _fill_up_to(world, size)
        for label, query in ((f"list_{name}", ""), (f"list_{name}_any", "?status=any")):
            values = await _timed(world, [f"/api/v1/tickets{query}"] * rounds)
            figures[f"{label}.p50_ms"] = percentile(values, 0.5) * 1000
            figures[f"{label}.p99_ms"] = percentile(values, 0.99) * 1000
    chance = random.Random(5)
    values = await _timed(world, [f"/api/v1/tickets/{chance.randint(1_000, 19_000)}" for _ in range(rounds)])
    figures["detail.p50_ms"] = percentile(values, 0.5) * 1000
    figures["detail.p99_ms"] = percentile(values, 0.99) * 1000
    return figures


async def _timed(world: World, paths: list[str]) -> list[float]:
    values = []
    for path in paths:
        begun = time.perf_counter()
        answer = await world.agent.get(path)
        values.append(time.perf_counter() - begun)
        answer.raise_for_status()
    return values[len(values) // 10 :]


async def _fill_up_to(world: World, size: int) -> None:
    """Write tickets as the service itself stores them, past the numbers already given."""
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(world.stack.url("database"), tz_aware=True)
    database = client["balcao_tickets"]
    company_id = derived_id("company", "bench")
    counter = await database["counters"].find_one({"_id": f"{company_id}:ticket"})
    last = int(counter["last"]) if counter else 0  # type: ignore[call-overload]
    chance = random.Random(size)
    team = Team(company=Company(id=company_id, slug="bench", name="Bench"))
    while last < size:
        batch = [_ticket(chance, number, team) for number in range(last + 1, min(size, last + 500) + 1)]
        documents = [{"_id": one.id, **one.model_dump(exclude={"id"})} for one in batch]
        await database["tickets"].insert_many(documents)
        last += len(batch)
    await database["counters"].update_one({"_id": f"{company_id}:ticket"}, {"$set": {"last": last}}, upsert=True)
    client.close()
    await asyncio.sleep(1)


def _ticket(chance: random.Random, number: int, team: Team) -> Ticket:
    requester = Party(person_id=f"p{number % 50}", name=f"Cliente {number % 50}", address=f"c{number % 50}@loja.test")
    request = Request(f"Pedido número {number} da loja", "palavras " * 300, priority=chance.choice([0, 0, 25, 50, 80]))
    opened = now() - timedelta(minutes=25_000 - number)
    ticket = open_at_desk(
        request, requester, team, ticket_id=derived_id("bench", str(number)), number=number, at=opened
    ).after
    if number % _ACTIVE_EVERY:
        ticket = ticket.model_copy(update={"status": "resolved", "active": False, "progress": None})
    return ticket
