"""What the bus does with messages: each is handled, tried again, or kept with its reason; none vanishes, none loops."""

import asyncio
import sys
from typing import Any

import pytest
from aio_pika import RobustQueue
from aiormq.exceptions import DeliveryError

from balcao.shared.errors import Refused
from balcao.shared.events import AnyEnvelope, Malformed
from balcao.shared.topology import DELIVERY_LIMIT, Queue
from tests.integration.shared.probe import ALL_TRIES, HEAR, Probe, ProbeBus, eventually, registered, sent

pytestmark = pytest.mark.real_broker


class Handler:
    """Fails as often as told, then hears."""

    def __init__(self, bus: ProbeBus, failures: int, error: Exception) -> None:
        self.tried: list[str] = []
        self.heard: list[str] = []

        @bus.on(HEAR)
        async def hear(event: AnyEnvelope) -> None:
            self.tried.append(event.id)
            if self.tried.count(event.id) <= failures:
                raise error
            self.heard.append(event.id)


async def test_a_message_is_handled_once_and_gone(amqp_url: str, prefix: str, probe: Probe) -> None:
    bus = ProbeBus(amqp_url, prefix)
    handler = Handler(bus, 0, ValueError())
    await bus.start()
    event = registered()
    await probe.bus.publish(event)
    await eventually(lambda: handler.heard == [event.id])
    await bus.stop()
    assert (await probe.waiting(), await probe.dead()) == (0, [])
    await bus.disconnect()


@pytest.mark.parametrize("error", [ValueError("broken"), Refused("not now"), RuntimeError("no reply")], ids=repr)
async def test_what_fails_is_tried_again_after_a_while(
    amqp_url: str, prefix: str, probe: Probe, error: Exception
) -> None:
    """Fails without `try_later`: the broker then gives the message back at once, ten times, and gives up."""
    bus = ProbeBus(amqp_url, prefix)
    handler = Handler(bus, ALL_TRIES - 1, error)
    await bus.start()
    begun = asyncio.get_running_loop().time()
    event = registered()
    await probe.bus.publish(event)
    await eventually(lambda: handler.heard == [event.id])
    assert handler.tried == [event.id] * ALL_TRIES
    assert asyncio.get_running_loop().time() - begun > 0.2
    await bus.stop()
    assert (await probe.waiting(), await probe.dead()) == (0, [])
    await bus.disconnect()


async def test_what_fails_every_time_ends_in_the_dead_letters_with_its_reason(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    bus = ProbeBus(amqp_url, prefix)
    handler = Handler(bus, 99, Refused("the ticket is closed"))
    await bus.start()
    event = registered(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    await probe.bus.publish(event)
    await eventually(lambda: _dead(probe, 1))
    (letter,) = await probe.dead()
    assert len(handler.tried) == ALL_TRIES
    headers = letter.headers
    assert (headers["x-error"], headers["x-reason"], headers["x-attempt"]) == ("Refused", "the ticket is closed", 3)
    assert (headers["x-queue"], headers["traceparent"]) == (prefix + HEAR, event.traceparent)
    assert (letter.body, letter.message_id, letter.type) == (event.to_json(), event.id, event.type)
    assert (letter.correlation_id, letter.delivery_mode) == (event.correlationid, 2)
    await bus.stop()
    await bus.disconnect()


GOOD = registered()
POISON: list[tuple[str, bytes, str | None, str]] = [
    ("broken JSON", b'{"id": ', GOOD.type, "EOF while parsing"),
    ("no JSON at all", b"\xff\x00", GOOD.type, "body"),
    ("nothing", b"", GOOD.type, "body"),
    ("another shape", b'{"id": "1"}', GOOD.type, "source: Field required"),
    ("a wrong type of field", GOOD.to_json().replace(b'"Dora"', b"[1]", 1), GOOD.type, "data.person"),
    ("an unknown type", GOOD.to_json(), "person.vanished.v1", "unknown event type 'person.vanished.v1'"),
    ("a later version", GOOD.to_json(), "person.registered.v2", "unknown event type 'person.registered.v2'"),
    ("another type than it says", sent().to_json(), GOOD.type, "data.person"),
    ("no type", GOOD.to_json(), None, "unknown event type"),
]


async def test_poison_goes_to_the_dead_letters_at_once_with_its_reason_and_holds_nothing_up(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    """Fails when poison is tried again like other failures (attempts), or dropped."""
    bus = ProbeBus(amqp_url, prefix)
    handler = Handler(bus, 0, ValueError())
    await bus.start()
    for what, body, type_, _ in POISON:
        await probe.put(body, type_=type_, message_id=what)
    good = registered()
    await probe.bus.publish(good)
    await eventually(lambda: handler.heard == [good.id])
    await eventually(lambda: _dead(probe, len(POISON)))
    letters = {letter.message_id: letter for letter in await probe.dead()}
    for what, body, _, reason in POISON:
        letter = letters[what]
        assert (what, letter.headers["x-error"], letter.headers["x-attempt"]) == (what, "Malformed", 1)
        assert reason in str(letter.headers["x-reason"]), what
        assert letter.body == body
    await bus.stop()
    await bus.disconnect()


async def test_a_handler_that_finds_its_message_malformed_sends_it_straight_to_the_dead_letters(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    bus = ProbeBus(amqp_url, prefix)
    handler = Handler(bus, 99, Malformed("no such country"))
    await bus.start()
    await probe.bus.publish(registered())
    await eventually(lambda: _dead(probe, 1))
    assert len(handler.tried) == 1
    await bus.stop()
    await bus.disconnect()


async def test_a_message_whose_handler_ends_the_process_ends_in_the_dead_letters(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    """Fails without the delivery limit: every restart meets the same message, for ever."""
    event = registered()
    await probe.bus.publish(event)
    ends: list[int] = []
    while not await _dead(probe, 1):
        assert len(ends) <= DELIVERY_LIMIT + 1, "it loops"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.shared.deadly", amqp_url, prefix
        )
        for _ in range(1200):
            if process.returncode is not None or await _dead(probe, 1):
                break
            await asyncio.sleep(0.05)
        if process.returncode is None:
            process.kill()
        ends.append(await process.wait())
    (letter,) = await probe.dead()
    assert (letter.message_id, letter.body) == (event.id, event.to_json())
    assert ends.count(9) >= DELIVERY_LIMIT
    assert await probe.waiting() == 0


async def test_what_waited_in_the_queue_is_all_handled_at_the_start(
    amqp_url: str, prefix: str, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than twice the prefetch, and the first of it before FastStream has noted that it consumes. Fails when its
    subscribers are not marked running beforehand: they then drop those without an answer, and the rest never comes."""
    consume = RobustQueue.consume

    async def consume_and_dawdle(*arguments: Any, **options: Any) -> Any:
        tag = await consume(*arguments, **options)
        await asyncio.sleep(0.3)
        return tag

    monkeypatch.setattr(RobustQueue, "consume", consume_and_dawdle)
    events = [registered(f"Pessoa {n}") for n in range(150)]
    await asyncio.gather(*(probe.bus.publish(event) for event in events))
    bus = ProbeBus(amqp_url, prefix)
    handler = Handler(bus, 0, ValueError())
    await bus.start()
    await eventually(lambda: len(handler.heard) == 150)
    assert sorted(handler.heard) == sorted(event.id for event in events)
    await bus.stop()
    assert await probe.waiting() == 0
    await bus.disconnect()


async def test_what_is_in_hand_at_the_end_is_finished_and_the_rest_goes_back(
    amqp_url: str, prefix: str, probe: Probe
) -> None:
    bus = ProbeBus(amqp_url, prefix)
    begun, done = [], []

    @bus.on(HEAR)
    async def hear(event: AnyEnvelope) -> None:
        begun.append(event.id)
        await asyncio.sleep(0.3)
        done.append(event.id)

    await bus.start()
    await asyncio.gather(*(probe.bus.publish(registered()) for _ in range(100)))
    await eventually(lambda: len(begun) > 0)
    await bus.stop()
    assert sorted(done) == sorted(begun)
    await bus.disconnect()
    await eventually(lambda: _waiting(probe, 100 - len(done)))


async def test_a_fact_that_should_be_heard_is_not_said_into_the_void(amqp_url: str, prefix: str, probe: Probe) -> None:
    """Fails without mandatory publishing: the broker drops it and confirms."""
    channel = await probe.bus.channel()
    await channel.queue_delete(probe.bus.name(HEAR))
    with pytest.raises(DeliveryError):
        await probe.bus.publish(registered())


async def test_a_fact_that_nobody_keeps_a_queue_for_may_be_said(probe: Probe) -> None:
    await probe.bus.publish(sent())
    assert await probe.waiting() == 0


async def test_what_is_said_is_on_disk(probe: Probe) -> None:
    event = registered()
    await probe.bus.publish(event)
    (message,) = await probe.taken(1)
    assert (message.delivery_mode, message.content_type) == (2, "application/cloudevents+json")
    assert (message.message_id, message.type, message.routing_key) == (event.id, event.type, event.type)


async def test_declaring_again_changes_nothing(amqp_url: str, prefix: str, probe: Probe) -> None:
    await probe.bus.publish(registered())
    again = ProbeBus(amqp_url, prefix)
    await again.connect_only()
    assert await probe.waiting() == 1
    await again.disconnect()


async def test_the_oldest_dead_letter_can_be_looked_at_as_often_as_one_likes(probe: Probe) -> None:
    """RabbitMQ 4 drops a message after 20 deliveries unless the queue says otherwise."""
    await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq")
    for _ in range(25):
        assert len(await probe.dead()) == 1


def test_a_handler_needs_a_queue_of_the_table(amqp_url: str) -> None:
    bus = ProbeBus(amqp_url, "", queues=(Queue("probe.other", ()),))
    with pytest.raises(KeyError, match=HEAR):
        bus.on(HEAR)


async def _dead(probe: Probe, count: int) -> bool:
    return await probe.waiting(f"{HEAR}.dlq") == count


async def _waiting(probe: Probe, count: int) -> bool:
    return await probe.waiting() == count
