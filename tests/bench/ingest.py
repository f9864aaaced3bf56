"""Mails in over SMTP → ticket stored, beside the bare limit of the same servers in the same run."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import httpx

from balcao.local.services import SERVICES
from tests.bench.limit import DONE, QUEUE
from tests.bench.mails import samples
from tests.bench.smtp import send_all, send_paced
from tests.bench.world import World, percentile, until
from tests.support.desk_company import ADDRESS

CONNECTIONS = 20
"""As many as Postfix opens to one host unless told otherwise; the bare limit is measured with the same."""
PACE_PER_S = 20.0


async def ingest(world: World, mails: int, paced: int) -> dict[str, float]:
    """Throughput with all connections busy, then the time from 250 to stored at a steady 20 mails a second."""
    await _warm_up(world)
    batch = samples(mails, ADDRESS, run="full.")
    world.facts.clear()
    mails_out = world.sink.count
    cpu, commands = world.cpu_s(), await _commands(world)
    begun = time.perf_counter()
    await send_all("127.0.0.1", world.smtp_port, ADDRESS, batch, CONNECTIONS)
    accepted_s = time.perf_counter() - begun
    await until(lambda: len(world.facts.of("ticket.opened.v1")) >= mails, 120, f"{mails} tickets opened")
    stored_s = world.facts.of("ticket.opened.v1")[-1][0] - begun
    await until(lambda: world.sink.count - mails_out >= 2 * mails, 120, "acknowledgement and notice of each ticket")
    all_s = time.perf_counter() - begun
    used = {f"cpu_ms.{name}": (after - cpu[name]) / mails * 1000 for name, after in world.cpu_s().items()}
    used |= {f"commands.{name}": (n - commands[name]) / mails for name, n in (await _commands(world)).items()}
    used["ingest.commands_per_ticket"] = sum(value for name, value in used.items() if name.startswith("commands."))
    latencies = await _latencies(world, paced)
    return {
        "ingest.accepted_per_s": mails / accepted_s,
        "ingest.tickets_per_s": mails / stored_s,
        "ingest.everything_per_s": mails / all_s,
        "ingest.p50_ms": percentile(latencies, 0.5) * 1000,
        "ingest.p99_ms": percentile(latencies, 0.99) * 1000,
        **used,
    }


async def _commands(world: World) -> dict[str, float]:
    """Commands each service has sent to the database so far."""
    found: dict[str, float] = {}
    async with httpx.AsyncClient() as client:
        for name in SERVICES:
            lines = (await client.get(f"{world.stack.url(name)}/metrics")).text.splitlines()
            counts = [line.rsplit(" ", 1) for line in lines if line.startswith("balcao_database_commands_total{")]
            if os.environ.get("BENCH_VERBOSE"):
                print(name, counts)
            found[name] = sum(float(value) for _, value in counts)
    return found


async def _warm_up(world: World) -> None:
    world.facts.clear()
    await send_all("127.0.0.1", world.smtp_port, ADDRESS, samples(60, ADDRESS, seed=1, run="warm."), CONNECTIONS)
    await until(lambda: len(world.facts.of("ticket.opened.v1")) >= 60, 60, "warm-up")
    await asyncio.sleep(1)


async def _latencies(world: World, paced: int) -> list[float]:
    batch = samples(paced, ADDRESS, seed=11, run="paced.")
    await asyncio.sleep(1)
    world.facts.clear()
    answered = await send_paced("127.0.0.1", world.smtp_port, ADDRESS, batch, PACE_PER_S)
    await until(lambda: len(world.facts.of("ticket.opened.v1")) >= paced, 60, "paced mails stored")
    stored = {fact["data"]["threading"]["in_reply_to"]: at for at, fact in world.facts.of("ticket.opened.v1")}
    return [max(0.0, stored[message_id] - at) for message_id, at in answered.items()]


async def limit(world: World, mails: int) -> tuple[float, float]:
    """Mails a second through the bare pipeline, and the database's milliseconds of processor time for each."""
    batch = samples(mails, ADDRESS, run="limit.")
    async with _bare_pipeline(world) as (port, done):
        await send_all("127.0.0.1", port, ADDRESS, batch[:40], CONNECTIONS)
        await until(lambda: done[0] >= 40, 60, "limit warm-up")
        done[0] = 0
        cpu = world.cpu_s()["database"]
        begun = time.perf_counter()
        await send_all("127.0.0.1", port, ADDRESS, batch, CONNECTIONS)
        await until(lambda: done[0] >= mails, 120, "the bare pipeline to store all")
        return mails / (time.perf_counter() - begun), (world.cpu_s()["database"] - cpu) / mails * 1000


@asynccontextmanager
async def _bare_pipeline(world: World) -> AsyncIterator[tuple[int, list[int]]]:
    port = world.stack.ports["smtp"] + 300
    env = {
        **os.environ,
        "LIMIT_MONGO": world.stack.url("database"),
        "LIMIT_AMQP": world.stack.url("broker"),
        "LIMIT_SMTP": str(port),
    }
    done = [0]
    connection = await aio_pika.connect(world.stack.url("broker"))
    channel = await connection.channel()
    await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    counted = await channel.declare_queue(DONE, exclusive=True)

    async def count(_: aio_pika.abc.AbstractIncomingMessage) -> None:
        done[0] += 1

    await counted.consume(count, no_ack=True)
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.limit", part, env=env)
        for part in ("receive", "consume")
    ]
    try:
        await until(lambda: _listens(port), 20, "the bare receiver")
        await asyncio.sleep(1)
        yield port, done
    finally:
        for process in processes:
            process.terminate()
            await process.wait()
        await channel.queue_delete(QUEUE)
        await connection.close()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
