"""What an operator can do with dead letters: see them, give them back, drop them; and what an interruption leaves."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aiormq.exceptions import DeliveryError

from balcao.shared.deadletters import DeadLetters
from balcao.shared.errors import Refused
from balcao.shared.events import AnyEnvelope
from balcao.shared.topology import DELIVERY_LIMIT
from tests.integration.shared.probe import ALL_TRIES, HEAR, Probe, ProbeBus, eventually, registered

pytestmark = pytest.mark.real_broker


@pytest.fixture
async def letters(amqp_url: str) -> AsyncIterator[DeadLetters]:
    """An operator's view of the broker."""
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        yield DeadLetters(connection)


async def failed(probe: Probe, amqp_url: str, prefix: str, *events: AnyEnvelope) -> None:
    """Let events fail until they are dead letters."""
    bus = ProbeBus(amqp_url, prefix)

    @bus.on(HEAR)
    async def hear(event: AnyEnvelope) -> None:
        raise Refused(f"the ticket of {event.data.person.name} is closed")

    await bus.start()
    await asyncio.gather(*(probe.bus.publish(event) for event in events))
    await eventually(lambda: has_dead(probe, len(events)))
    await bus.stop()
    await bus.disconnect()


async def has_dead(probe: Probe, count: int) -> bool:
    return await probe.waiting(f"{HEAR}.dlq") == count


class Command:
    """The operator's command as a process."""

    def __init__(self, amqp_url: str) -> None:
        self._env = os.environ | {"BALCAO_AMQP_URL": amqp_url}
        self.out, self.err, self.code = "", "", -1

    async def run(self, *arguments: str) -> "Command":
        """Run it to its end."""
        process = await self.start(*arguments)
        out, err = await process.communicate()
        self.out, self.err, self.code = out.decode(), err.decode(), process.returncode or 0
        return self

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start it."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "balcao.shared.deadletters",
            *arguments,
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


@pytest.fixture
def command(amqp_url: str) -> Command:
    return Command(amqp_url)


async def test_a_dead_letter_is_listed_with_its_reason_tries_and_age_and_stays(
    amqp_url: str, prefix: str, probe: Probe, letters: DeadLetters
) -> None:
    event = registered("Dora")
    await failed(probe, amqp_url, prefix, event)
    for _ in range(3):
        listing = await letters.listing(prefix + HEAR)
        assert listing is not None
        assert listing.total == 1
        (letter,) = listing.letters
        assert (letter.id, letter.type, letter.error) == (event.id, event.type, "Refused")
        assert (letter.reason, letter.attempts) == ("the ticket of Dora is closed", ALL_TRIES)
        assert letter.failed_at is not None
        assert letter.failed_at > event.time
        assert letter.body == event.to_json()


async def test_what_the_broker_gave_up_says_so(amqp_url: str, prefix: str, probe: Probe, letters: DeadLetters) -> None:
    """The delivery limit: nobody could write a reason."""
    await probe.bus.publish(registered())
    for _ in range(12):
        async with await probe.bus.channel() as channel:
            queue = await channel.get_queue(probe.bus.name(HEAR))
            message = await queue.get(fail=False)
            if message is None:
                break
            await message.reject(requeue=True)
    await eventually(lambda: has_dead(probe, 1))
    listing = await letters.listing(prefix + HEAR)
    assert listing is not None
    (letter,) = listing.letters
    assert (letter.error, letter.attempts) == ("delivery_limit", DELIVERY_LIMIT)
    assert "its handler never answered" in letter.reason
    assert letter.failed_at is not None


async def test_a_queue_that_this_broker_does_not_have_is_none(letters: DeadLetters) -> None:
    assert await letters.listing("nowhere.hear") is None
    assert await letters.find("nowhere.hear", "1") is None
    assert [letter async for letter in letters.replay("nowhere.hear")] == []


async def test_of_very_many_the_oldest_are_listed_and_all_are_counted(
    prefix: str, probe: Probe, letters: DeadLetters
) -> None:
    for n in range(7):
        await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq", message_id=str(n))
    listing = await letters.listing(prefix + HEAR, limit=3)
    assert listing is not None
    assert (listing.total, [letter.id for letter in listing.letters]) == (7, ["0", "1", "2"])
    await eventually(lambda: has_dead(probe, 7))


async def test_a_replayed_message_is_as_new_and_its_tries_begin_again(
    amqp_url: str, prefix: str, probe: Probe, letters: DeadLetters
) -> None:
    """Fails when the headers of former tries are kept: the first failure then is the last one."""
    event = registered(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    await failed(probe, amqp_url, prefix, event)
    replayed = [letter.id async for letter in letters.replay(prefix + HEAR)]
    assert replayed == [event.id]
    assert await probe.dead() == []
    (message,) = await probe.taken(1)
    assert (message.body, message.message_id, message.type) == (event.to_json(), event.id, event.type)
    assert (message.correlation_id, message.delivery_mode) == (event.correlationid, 2)
    assert dict(message.headers) == {"traceparent": event.traceparent, "x-delivery-count": 0}, (
        "the count is the broker's"
    )


async def test_replayed_it_is_handled(amqp_url: str, prefix: str, probe: Probe, letters: DeadLetters) -> None:
    event = registered()
    await failed(probe, amqp_url, prefix, event)
    heard: list[str] = []
    bus = ProbeBus(amqp_url, prefix)

    @bus.on(HEAR)
    async def hear(heard_event: AnyEnvelope) -> None:
        heard.append(heard_event.id)

    await bus.start()
    assert len([letter async for letter in letters.replay(prefix + HEAR, event.id)]) == 1
    await eventually(lambda: heard == [event.id])
    await bus.stop()
    await bus.disconnect()


async def test_replaying_what_fails_at_once_again_comes_to_an_end(
    amqp_url: str, prefix: str, probe: Probe, letters: DeadLetters
) -> None:
    """Poison is back among the dead letters before the replay is through: it is not replayed a second time."""
    bus = ProbeBus(amqp_url, prefix)
    bus.on(HEAR)(_nothing)
    await bus.start()
    for n in range(20):
        await probe.put(b"{", type_="person.registered.v1", queue=f"{HEAR}.dlq", message_id=str(n))
    await eventually(lambda: has_dead(probe, 20))
    assert len([letter async for letter in letters.replay(prefix + HEAR)]) == 20
    await eventually(lambda: has_dead(probe, 20))
    await bus.stop()
    await bus.disconnect()


async def _nothing(event: AnyEnvelope) -> None:
    del event


async def test_one_of_many_can_be_replayed_or_discarded_and_the_others_stay(
    prefix: str, probe: Probe, letters: DeadLetters
) -> None:
    for n in range(5):
        await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq", message_id=str(n))
    await eventually(lambda: has_dead(probe, 5))
    assert [letter.id async for letter in letters.replay(prefix + HEAR, "3")] == ["3"]
    assert [letter.id async for letter in letters.discard(prefix + HEAR, "1")] == ["1"]
    await eventually(lambda: has_dead(probe, 3))
    assert sorted(letter.message_id or "" for letter in await probe.dead()) == ["0", "2", "4"]
    assert [message.message_id for message in await probe.taken(5)] == ["3"]


async def test_a_message_without_an_id_has_one_by_its_bytes(prefix: str, probe: Probe, letters: DeadLetters) -> None:
    await probe.put(b"a", type_=None, queue=f"{HEAR}.dlq")
    await probe.put(b"b", type_=None, queue=f"{HEAR}.dlq")
    listing = await letters.listing(prefix + HEAR)
    assert listing is not None
    first, second = (letter.id for letter in listing.letters)
    assert first != second
    found = await letters.find(prefix + HEAR, second)
    assert found is not None
    assert found.body == b"b"


async def test_a_replay_that_the_broker_refuses_loses_nothing(prefix: str, probe: Probe, letters: DeadLetters) -> None:
    """Fails when the original is acknowledged before its copy is confirmed."""
    for n in range(3):
        await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq", message_id=str(n))
    channel = await probe.bus.channel()
    await channel.queue_delete(probe.bus.name(HEAR))
    with pytest.raises(DeliveryError):
        await anext(letters.replay(prefix + HEAR))
    await eventually(lambda: has_dead(probe, 3))


async def test_an_interrupted_replay_loses_nothing(prefix: str, probe: Probe, letters: DeadLetters) -> None:
    for n in range(10):
        await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq", message_id=str(n))
    replaying = letters.replay(prefix + HEAR)
    done = [(await anext(replaying)).id for _ in range(4)]
    await replaying.aclose()  # type: ignore[attr-defined]
    await eventually(lambda: has_dead(probe, 6))
    replayed = [message.message_id for message in await probe.taken(10)]
    assert replayed == done
    assert sorted([*done, *(letter.message_id or "" for letter in await probe.dead())]) == [str(n) for n in range(10)]


async def test_a_replay_killed_at_any_moment_loses_nothing(command: Command, prefix: str, probe: Probe) -> None:
    everything = {str(n) for n in range(300)}
    for n in everything:
        await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq", message_id=n)
    await eventually(lambda: has_dead(probe, 300))
    process = await command.start("replay", "--queue", prefix + HEAR)
    assert process.stdout is not None
    for _ in range(20):
        await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await eventually(lambda: is_whole(probe, 300))
    replayed = [message.message_id for message in await probe.taken(400)]
    assert len(replayed) >= 20
    assert {*replayed, *(letter.message_id for letter in await probe.dead())} == everything


async def is_whole(probe: Probe, count: int) -> bool:
    return await probe.waiting() + await probe.waiting(f"{HEAR}.dlq") >= count


async def test_the_command_lists_shows_replays_and_discards(
    command: Command, amqp_url: str, prefix: str, probe: Probe
) -> None:
    events = [registered("Dora"), registered("Eva")]
    await failed(probe, amqp_url, prefix, *events)
    queue = ("--queue", prefix + HEAR)
    listed = await command.run("list", *queue)
    assert listed.code == 0
    lines = listed.out.splitlines()
    assert (lines[0], lines[-1]) == (f"{prefix}{HEAR}: 2", "2 dead letters")
    assert any(
        line.split()[:2] == [events[0].id, "person.registered.v1"]
        and "3 tries  Refused: the ticket of Dora is closed" in line
        for line in lines
    )
    shown = await command.run("show", *queue, "--id", events[1].id)
    assert shown.code == 0
    head, _, body = shown.out.partition("\n\n")
    assert "reason: the ticket of Eva is closed" in head
    assert json.loads(body) == json.loads(events[1].to_json())
    refused = await command.run("discard", *queue, "--id", events[0].id)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    await eventually(lambda: has_dead(probe, 2))
    dropped = await command.run("discard", *queue, "--id", events[0].id, "--yes")
    assert (dropped.code, dropped.out.splitlines()[-1]) == (0, "1 discarded")
    replayed = await command.run("replay", "--queue", f"{prefix}{HEAR}.dlq")
    assert (replayed.code, replayed.out.splitlines()[-1]) == (0, "1 replayed")
    assert [message.message_id for message in await probe.taken(5)] == [events[1].id]
    assert (await command.run("list", *queue)).out == "0 dead letters\n"


async def test_what_makes_no_sense_is_refused_in_words(command: Command, prefix: str, probe: Probe) -> None:
    await probe.put(b"x", type_=None, queue=f"{HEAR}.dlq", message_id="1")
    for arguments, code, words in (
        (["show"], 2, "show needs --id"),
        (["replay"], 2, "replay needs --queue (all of it) or --id (one message)"),
        (["discard", "--yes"], 2, "discard needs"),
        (["discard", "--queue", prefix + HEAR], 2, "--yes"),
        (["drop"], 2, "invalid choice"),
        (["list", "--queue", "nowhere.hear"], 1, "nowhere.hear: not found"),
        (["show", "--queue", prefix + HEAR, "--id", "2"], 1, "2: not found"),
        (["replay", "--queue", prefix + HEAR, "--id", "2"], 1, "2: not found"),
    ):
        done = await command.run(*arguments)
        assert (arguments, done.code) == (arguments, code)
        assert words in done.err
    assert len(await probe.dead()) == 1


async def test_a_broker_that_is_away_or_not_named_is_said_without_its_password() -> None:
    away = await Command("amqp://user:secret@127.0.0.1:9/").run("list")  # pragma: allowlist secret
    assert away.code == 1
    assert "broker 127.0.0.1:9" in away.err
    assert "secret" not in away.err + away.out
    unnamed = await Command("http://127.0.0.1/").run("list")
    assert (unnamed.code, unnamed.err.startswith("BALCAO_AMQP_URL: ")) == (2, True)
