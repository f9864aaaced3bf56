"""What is committed is said: at once, or by the sweeper after whatever went wrong; each event at least once."""

import asyncio
import sys
from collections import Counter
from datetime import timedelta

import pytest

from balcao.shared import outbox
from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.commit import Committer, Work
from balcao.shared.events import AnyEnvelope
from balcao.shared.mongo import Mongo
from balcao.shared.outbox import OUTBOX, Relay
from tests.integration.shared.probe import HEAR, Probe, ProbeBus, eventually, registered

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def left(mongo: Mongo) -> int:
    return await mongo.db[OUTBOX].count_documents({})


async def commit(mongo: Mongo, relay: Relay, *events: AnyEnvelope) -> None:
    """One commit that says these."""
    await Committer(mongo, relay).save(Work(events=list(events)))


async def ids_in_queue(probe: Probe) -> Counter[str]:
    return Counter(message.message_id or "" for message in await probe.taken(1000))


async def test_what_is_committed_is_said_at_once_and_the_outbox_is_empty(mongo: Mongo, probe: Probe) -> None:
    relay, events = Relay(mongo.db, probe.bus), [registered() for _ in range(3)]
    await commit(mongo, relay, *events)
    await eventually(lambda: _has(mongo, 0))
    assert await ids_in_queue(probe) == Counter(event.id for event in events)
    await relay.stop()


async def test_what_could_not_be_said_is_said_by_the_sweeper_and_nothing_else(mongo: Mongo, probe: Probe) -> None:
    """Fails when a commit stays marked as being published after the publishing failed: it is never swept."""
    relay = Relay(mongo.db, probe.bus)
    said, unsaid = registered(), registered()
    await commit(mongo, relay, said)
    await eventually(lambda: _has(mongo, 0))
    probe.bus.mute = True
    await commit(mongo, relay, unsaid)
    await asyncio.sleep(0.1)
    assert await left(mongo) == 1
    assert await relay.sweep(older_than_s=-1) == 1
    assert await ids_in_queue(probe) == Counter([said.id, unsaid.id])
    assert await left(mongo) == 0
    await relay.stop()


async def test_even_an_error_that_nobody_foresaw_leaves_it_to_the_sweeper(
    mongo: Mongo, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when only the broker's own errors are caught."""

    async def surprise(*_: object) -> None:
        raise KeyError("surprise")

    relay, event = Relay(mongo.db, probe.bus), registered()
    monkeypatch.setattr(probe.bus, "publish", surprise)
    await commit(mongo, relay, event)
    await asyncio.sleep(0.1)
    assert await relay.sweep(older_than_s=-1) == 1
    assert await ids_in_queue(probe) == Counter([event.id])
    await relay.stop()


async def test_what_is_being_said_this_moment_is_not_swept(
    mongo: Mongo, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a slow broker would get everything twice."""
    go_on, publish = asyncio.Event(), Bus.publish

    async def slowly(bus: Bus, event: AnyEnvelope, body: bytes | None = None) -> None:
        await go_on.wait()
        await publish(bus, event, body)

    monkeypatch.setattr(Bus, "publish", slowly)
    relay, event = Relay(mongo.db, probe.bus), registered()
    await commit(mongo, relay, event)
    assert await relay.sweep(older_than_s=-1) == 0
    go_on.set()
    await eventually(lambda: _has(mongo, 0))
    assert await ids_in_queue(probe) == Counter([event.id])
    await relay.stop()


async def test_what_is_fresh_is_left_to_whoever_committed_it(mongo: Mongo, probe: Probe) -> None:
    probe.bus.mute = True
    relay, other = Relay(mongo.db, probe.bus), Relay(mongo.db, probe.bus)
    await commit(mongo, relay, registered())
    assert await other.sweep() == 0
    await mongo.db[OUTBOX].update_many({}, {"$set": {"at": now() - timedelta(seconds=5)}})
    assert await other.sweep() == 1
    await relay.stop()


async def test_a_process_that_dies_between_commit_and_publish_leaves_exactly_that_to_the_next(
    mongo: Mongo, probe: Probe, mongo_url: str, amqp_url: str, prefix: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.shared.dying", mongo_url, mongo.db.name, amqp_url, prefix
    )
    assert await process.wait() == 9
    assert (await left(mongo), await probe.waiting()) == (1, 2)
    said = await ids_in_queue(probe)
    relay = Relay(mongo.db, probe.bus)
    assert await relay.sweep(older_than_s=-1) == 1
    swept = await ids_in_queue(probe)
    assert len(said) == 2
    assert len(swept) == 2
    assert not said & swept
    await relay.stop()


async def test_two_sweepers_at_once_dont_say_anything_twice(
    mongo: Mongo, amqp_url: str, prefix: str, probe: Probe
) -> None:
    """Fails without the lease: both publish what both have read."""
    probe.bus.mute = True
    events = [registered(f"Pessoa {n}") for n in range(40)]
    forgotten = Relay(mongo.db, probe.bus)
    for event in events:
        await commit(mongo, forgotten, event)
    await forgotten.stop()
    other = ProbeBus(amqp_url, prefix)
    await other.connect_only()
    sweepers = [Relay(mongo.db, bus) for bus in (probe.bus, other, probe.bus)]
    swept = await asyncio.gather(*(sweeper.sweep(older_than_s=-1) for sweeper in sweepers))
    assert sum(swept) == 40
    assert await ids_in_queue(probe) == Counter(event.id for event in events)
    assert await left(mongo) == 0
    await other.disconnect()


async def test_a_lease_whose_holder_died_runs_out(mongo: Mongo, probe: Probe) -> None:
    probe.bus.mute = True
    relay = Relay(mongo.db, probe.bus)
    await commit(mongo, relay, registered())
    await relay.stop()
    survivor = Relay(mongo.db, probe.bus)
    await mongo.db[OUTBOX].update_many({}, {"$set": {"lease": {"token": "dead", "until": now().timestamp() + 60}}})
    assert await survivor.sweep(older_than_s=-1) == 0
    await mongo.db[OUTBOX].update_many({}, {"$set": {"lease.until": now().timestamp() - 1}})
    assert await survivor.sweep(older_than_s=-1) == 1


async def test_what_the_broker_refuses_stays_until_it_takes_it(mongo: Mongo, probe: Probe) -> None:
    """A fact whose queue is missing is not lost: it goes out once somebody has declared the queue again."""
    relay, event = Relay(mongo.db, probe.bus), registered()
    channel = await probe.bus.channel()
    await channel.queue_delete(probe.bus.name(HEAR))
    await commit(mongo, relay, event)
    await asyncio.sleep(0.2)
    assert await relay.sweep(older_than_s=-1) == 0
    assert await left(mongo) == 1
    await probe.bus.connect_only()
    assert await relay.sweep(older_than_s=-1) == 0, "refused a moment ago: it rests first"
    await eventually(lambda: _swept(relay))
    assert await ids_in_queue(probe) == Counter([event.id])
    await relay.stop()


async def test_one_event_that_the_broker_refuses_does_not_hold_up_the_others(mongo: Mongo, probe: Probe) -> None:
    """More than one sweep reads. Fails when a sweep only ever reads the oldest ones."""
    relay = Relay(mongo.db, probe.bus)
    probe.bus.mute = True
    for _ in range(60):
        await commit(mongo, relay, registered().model_copy(update={"type": "nobody.hears_this.v1"}))
    event = registered()
    await commit(mongo, relay, event)
    await asyncio.sleep(0.2)
    assert await relay.sweep(older_than_s=-1) == 1
    assert await ids_in_queue(probe) == Counter([event.id])
    assert await left(mongo) == 60
    await relay.stop()


async def _swept(relay: Relay) -> bool:
    return await relay.sweep(older_than_s=-1) == 1


async def _has(mongo: Mongo, count: int) -> bool:
    return await left(mongo) == count


async def test_stopping_deletes_what_was_published_without_waiting_for_its_rest(
    mongo: Mongo, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else everything said just before a stop would be said again after the start, or a stop would take that long."""
    monkeypatch.setattr(outbox, "DELETED_AFTER_S", 3600.0)
    relay, event = Relay(mongo.db, probe.bus), registered()
    await commit(mongo, relay, event)
    await eventually(lambda: _was_said(relay))
    assert await left(mongo) == 1
    await asyncio.wait_for(relay.stop(), 30)
    assert await left(mongo) == 0
    assert await ids_in_queue(probe) == Counter([event.id])


async def _was_said(relay: Relay) -> bool:
    return bool(relay._published)
