"""A thousand completions at once, each with its own ticket; and one completion that a thousand tickets wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from tests.bench.shelf import index_all
from tests.bench.world import World, percentile, until

AT_ONCE = 20
"""Requests under way while the tickets and tasks are made."""
SETTLED_WITHIN_S = 600


async def burst(world: World, count: int) -> dict[str, float]:
    """From the moment all are sent, through the gateway as producers would, to each ticket's stage being said."""
    tasks = list((await tickets_with_tasks(world, count)).values())
    world.facts.clear()
    cpu = world.cpu_s()
    begun = time.perf_counter()
    accepted: list[float] = []

    async def complete(task: int) -> None:
        answer = await world.producer.post(f"/api/v1/tasks/{task}/complete", json={"handover": "pronto"}, timeout=600)
        answer.raise_for_status()
        accepted.append(time.perf_counter() - begun)

    await asyncio.gather(*(complete(task) for task in tasks))
    await until(lambda: len(_delivered(world)) >= count, SETTLED_WITHIN_S, f"{count} tickets in delivery")
    moved = [at - begun for at in _delivered(world).values()]
    used = {f"advance_burst.cpu_ms.{name}": (after - cpu[name]) / count * 1000 for name, after in world.cpu_s().items()}
    return {
        **used,
        "advance_burst.accepted_p99_ms": percentile(accepted, 0.99) * 1000,
        "advance_burst.p50_ms": percentile(moved, 0.5) * 1000,
        "advance_burst.p99_ms": percentile(moved, 0.99) * 1000,
        "advance_burst.per_s": count / max(moved),
    }


async def linked(world: World, count: int) -> dict[str, float]:
    """One task that so many tickets wait for (a fix that many clients asked for), from its completion to the last
    ticket's stage being said; and how long it took to link them, as people at the desk would."""
    first, task = next(iter((await tickets_with_tasks(world, 1)).items()))
    world.facts.clear()
    opened = await _each(range(count - 1), lambda n: _post(world.agent, "/api/v1/tickets", {"title": f"Pedido {n}"}))
    begun = time.perf_counter()
    await _each([one["number"] for one in opened], lambda number: _link(world.agent, number, task))
    await until(lambda: len(_tasks(world)) >= count - 1, SETTLED_WITHIN_S, f"{count} tickets linked")
    linked_s = time.perf_counter() - begun
    await index_all(world)
    world.facts.clear()
    begun = time.perf_counter()
    await _post(world.producer, f"/api/v1/tasks/{task}/complete", {"handover": "pronto"})
    await until(lambda: len(_delivered(world)) >= count, SETTLED_WITHIN_S, f"{count} tickets in delivery")
    moved = [at - begun for at in _delivered(world).values()]
    assert first in _delivered(world)
    return {
        "linked.max": count,
        "linked.linked_s": linked_s,
        "linked.first_ms": min(moved) * 1000,
        "linked.p50_ms": percentile(moved, 0.5) * 1000,
        "linked.all_s": max(moved),
    }


async def tickets_with_tasks(world: World, count: int) -> dict[int, int]:
    """So many new tickets, each in production with one task: the task's number by the ticket's."""
    world.facts.clear()
    opened = await _each(range(count), lambda n: _post(world.agent, "/api/v1/tickets", {"title": f"Peça {n}"}))
    numbers = [answer["number"] for answer in opened]
    await _each(numbers, lambda number: _post(world.agent, f"/api/v1/tickets/{number}/tasks", {}))
    await until(lambda: len(_tasks(world)) >= count, SETTLED_WITHIN_S, f"{count} tickets in production")
    await index_all(world)
    return _tasks(world)


def _tasks(world: World) -> dict[int, int]:
    entered = [fact["data"] for _, fact in world.facts.of("ticket.stage_entered.v1")]
    return {one["ticket"]["number"]: one["task"]["number"] for one in entered if one["stage"] == "production"}


def _delivered(world: World) -> dict[int, float]:
    """When each ticket was in delivery."""
    entered = [(at, fact["data"]) for at, fact in world.facts.of("ticket.stage_entered.v1")]
    return {one["ticket"]["number"]: at for at, one in entered if one["stage"] == "delivery"}


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def _link(client: httpx.AsyncClient, number: int, task: int) -> dict[str, Any]:
    answer = await client.put(f"/api/v1/tickets/{number}/tasks/{task}")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def _each(items: Sequence[int], do: Callable[[int], Awaitable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The answers in order, with a bounded number of requests under way."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(item: int) -> dict[str, Any]:
        async with free:
            return await do(item)

    return await asyncio.gather(*(one(item) for item in items))
