"""What the bus and a service do while a server is away for longer than anybody likes."""

import asyncio
from typing import Any

import aio_pika
import pytest
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from balcao.shared import bus as bus_module
from balcao.shared.events import AnyEnvelope
from balcao.shared.mongo import Index, Mongo
from balcao.shared.service import Service
from balcao.shared.settings import ServiceSettings
from tests.integration.shared.probe import ALL_TRIES, HEAR, TIERS, Probe, ProbeBus, eventually, registered

pytestmark = pytest.mark.real_broker


async def test_a_message_outlives_a_database_that_is_away_for_longer_than_all_tries(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    """Counted as tries, an outage of a quarter of an hour would put all that comes in into the dead letters."""
    away = [AutoReconnect("connection closed"), *[ServerSelectionTimeoutError("refused")] * (ALL_TRIES + 2)]
    bus = ProbeBus(amqp_url, prefix)
    tried: list[str] = []

    @bus.on(HEAR)
    async def hear(event: AnyEnvelope) -> None:
        tried.append(event.id)
        if len(tried) <= len(away):
            raise away[len(tried) - 1]

    await bus.start()
    await probe.bus.publish(registered())
    await eventually(lambda: len(tried) == len(away) + 1)
    await bus.stop()
    assert (await probe.waiting(), await probe.dead()) == (0, [])
    await bus.disconnect()


async def test_what_fails_by_itself_still_has_its_tries_after_an_outage(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    bus = ProbeBus(amqp_url, prefix)
    tried: list[str] = []

    @bus.on(HEAR)
    async def hear(event: AnyEnvelope) -> None:
        tried.append(event.id)
        raise AutoReconnect("connection closed") if len(tried) <= 4 else OperationFailure("no such field")

    await bus.start()
    await probe.bus.publish(registered())

    async def is_dead() -> bool:
        return await probe.waiting(f"{HEAR}.dlq") == 1

    await eventually(is_dead)
    (letter,) = await probe.dead()
    assert len(tried) == 4 + ALL_TRIES
    assert (letter.headers["x-attempt"], letter.headers["x-waits"]) == (len(TIERS) + 1, 4)
    await bus.stop()
    await bus.disconnect()


async def test_a_fact_that_the_broker_never_confirms_is_not_waited_for_for_ever(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue without its leader confirms nothing: the outbox must get its event back."""

    async def never(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(bus_module, "CONFIRMED_WITHIN_S", 0.05)
    monkeypatch.setattr(aio_pika.RobustExchange, "publish", never)
    with pytest.raises(TimeoutError):
        await probe.bus.publish(registered())


async def test_the_depth_of_a_queue_is_looked_at_again_and_again(
    amqp_url: str, prefix: str, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A robust channel answers a repeated passive declaration from memory."""
    monkeypatch.setattr(bus_module, "DEPTHS_EVERY_S", 0.05)
    bus = ProbeBus(amqp_url, prefix)
    await bus.start()  # without a handler, so what is put there stays

    def depth() -> float | None:
        return REGISTRY.get_sample_value("balcao_queue_depth", {"queue": HEAR})

    await eventually(lambda: depth() == 0)
    await probe.bus.publish(registered())
    await eventually(lambda: depth() == 1)
    await probe.bus.publish(registered())
    await eventually(lambda: depth() == 2)
    await bus.stop()
    await bus.disconnect()


@pytest.mark.real_database
async def test_a_service_whose_servers_go_while_it_starts_waits_for_them_again(
    amqp_url: str, mongo_url: str, prefix: str, database_prefix: str, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither ends the process: a supervisor that starts it ever more rarely would prolong the outage."""
    failures: list[Exception] = [AutoReconnect("closed"), ConnectionResetError("reset"), TimeoutError()]
    make_indexes = Mongo.create_indexes

    async def fails_at_first(self: Mongo, indexes: tuple[Index, ...]) -> None:
        if failures:
            raise failures.pop()
        await make_indexes(self, indexes)

    monkeypatch.setattr(Mongo, "create_indexes", fails_at_first)
    settings = ServiceSettings(
        mongo_url=mongo_url, database_prefix=database_prefix, amqp_url=amqp_url, service_secret="x" * 32, http_port=1
    )
    service = Service("probe", settings, bus=ProbeBus(amqp_url, prefix))
    steps: list[str] = []

    @service.before_handlers
    async def step() -> None:
        steps.append("done")

    async with service.http.router.lifespan_context(service.http):

        async def is_ready() -> bool:
            return await service.missing() == {}

        await eventually(is_ready)
    assert (failures, steps) == ([], ["done"])
