"""Overhearing: each process hears all, keeps nothing, and says when it may have missed something."""

from typing import Any

import aio_pika
import pytest

from balcao.shared.events import PersonRegistered
from balcao.shared.overhearing import Overhearing
from tests.integration.shared.probe import HEAR, Probe, ProbeBus, eventually, registered

pytestmark = pytest.mark.real_broker


class Ear:
    """What one process heard."""

    def __init__(self, probe: Probe) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.missed = 0
        self.overhearing: Overhearing = probe.bus.overhearing((PersonRegistered,), self._hear, self._miss)

    def _hear(self, type_: str, body: bytes) -> None:
        self.heard.append((type_, body))
        if len(self.heard) == 1:
            raise ValueError("the first can't be shown")

    def _miss(self) -> None:
        self.missed += 1


async def test_each_process_hears_what_is_said_and_work_queues_are_left_alone(probe: Probe) -> None:
    """One that can't be shown silences nothing that follows."""
    ears = [Ear(probe), Ear(probe)]
    for ear in ears:
        ear.overhearing.start()
        await ear.overhearing.wait_until_listening()
    events = [registered(), registered()]
    for event in events:
        await probe.bus.publish(event)
    expected = [(event.type, event.to_json()) for event in events]
    await eventually(lambda: all(ear.heard == expected for ear in ears))

    async def both_waiting() -> bool:
        return await probe.waiting(HEAR) == 2

    await eventually(both_waiting)
    for ear in ears:
        await ear.overhearing.stop()
        assert ear.missed == 1


async def test_what_may_have_been_missed_is_said_when_the_connection_is_back(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[Any] = []
    connect = aio_pika.connect

    async def connect_noting(*args: Any, **options: Any) -> Any:
        connections.append(await connect(*args, **options))
        return connections[-1]

    monkeypatch.setattr(aio_pika, "connect", connect_noting)
    ear = Ear(probe)
    ear.overhearing.start()
    await ear.overhearing.wait_until_listening()
    await connections[0].close()
    await eventually(lambda: ear.missed == 2)
    await ear.overhearing.wait_until_listening()
    await probe.bus.whisper(registered())
    await eventually(lambda: len(ear.heard) == 1)
    await ear.overhearing.stop()
    assert await probe.waiting(HEAR) == 1


async def test_whispering_to_nobody_or_to_a_broker_that_is_away_does_no_harm(
    probe: Probe, amqp_url: str, prefix: str
) -> None:
    """It only makes something show sooner that can be read elsewhere."""
    bus, unheard = ProbeBus(amqp_url, prefix), registered().model_copy(update={"type": "nobody.listens.v1"})
    await bus.whisper(unheard)  # not connected yet
    await bus.connect_only()
    await bus.whisper(unheard)
    await bus.disconnect()
    await bus.whisper(unheard)
