"""A relay that is away, refuses or breaks off: nothing is lost, doubled, stuck, or in anybody else's way."""

from contextlib import AsyncExitStack

import pytest

from balcao.shared.events import MailFailed
from tests.integration.notifier.running import Notifier, World, eventually
from tests.integration.notifier.sink import DROP, TAKEN
from tests.support.told_facts import ANALYST, PRODUCER, REQUESTER, STRANGER, opened, production_finished, replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_dead_relay_blocks_nothing_and_loses_nothing(outside: World, replicas: int) -> None:
    await outside.sink.stop()
    async with AsyncExitStack() as running:
        for _ in range(replicas):
            await running.enter_async_context(outside.notifier())
        for n in range(10):
            await outside.say(said(production_finished(), actor=PRODUCER, id_=f"event-{n}"))
        # In-app notices don't wait for it, and every event is acknowledged.
        await eventually(lambda: _count(outside, 20, channel="in_app"))
        await eventually(lambda: _count(outside, 20, channel="mail", waiting=True))
        assert await outside.waiting("notifier.tell") == 0
        assert {one["tries"] for one in await outside.deliveries(channel="mail")} == {0}
        await outside.sink.start(outside.sink.port)
        await eventually(lambda: _count(outside, 20, channel="mail", state="sent"), within_s=40)
    assert len(outside.sink.received) == len({one.message_id for one in outside.sink.received}) == 20
    assert outside.heard == []


async def test_a_mail_that_is_refused_for_now_goes_out_later(notifier: Notifier, outside: World) -> None:
    del notifier
    answers = iter(["451 4.7.1 come back later"])
    outside.sink.at_recipient = lambda to: next(answers, TAKEN) if to == REQUESTER.address else TAKEN
    await outside.say(said(opened(), actor=REQUESTER))
    await eventually(lambda: len(outside.sink.to(ANALYST.address)) == 1)
    await eventually(lambda: _count(outside, 1, tries=1, waiting=True))
    (waiting,) = await outside.deliveries(waiting=True)
    assert waiting["reason"] == "451 4.7.1 come back later"
    await eventually(lambda: _count(outside, 2, channel="mail", state="sent"))
    assert len(outside.sink.to(REQUESTER.address)) == 1
    assert not await outside.deliveries(event={"$exists": True})


@pytest.mark.parametrize("where", ["at_recipient", "at_content"])
async def test_a_mail_that_is_refused_for_good_is_said_to_have_failed(
    notifier: Notifier, outside: World, where: str
) -> None:
    del notifier
    refusal = "550 5.1.1 no such mailbox"
    setattr(outside.sink, where, lambda to: refusal if to == REQUESTER.address else TAKEN)
    event = said(opened(), actor=REQUESTER)
    await outside.say(event)
    await eventually(lambda: len(outside.heard) == 1)
    await outside.say(event)
    fact = outside.heard[0].data
    assert isinstance(fact, MailFailed)
    assert (fact.recipient.address, fact.reason, fact.fact_id) == (REQUESTER.address, refusal, event.id)
    await eventually(lambda: _count(outside, 1, state="refused", reason=refusal))
    await eventually(lambda: _count(outside, 1, channel="mail", state="sent"))
    assert [one.recipient for one in outside.sink.taken] == [ANALYST.address]
    assert not await outside.deliveries(waiting=True)


async def test_an_address_that_is_none_fails_and_the_others_get_theirs(notifier: Notifier, outside: World) -> None:
    del notifier
    broken = STRANGER.model_copy(update={"address": "zoë@cliente.example"})
    await outside.say(said(replied(recipients=(broken, REQUESTER))))
    await eventually(lambda: len(outside.heard) == 2)
    assert sorted(event.type for event in outside.heard) == ["mail.failed.v1", "mail.sent.v1"]
    assert [one.recipient for one in outside.sink.received] == [REQUESTER.address]


async def test_a_mail_is_given_up_after_its_time_and_said_to_have_failed(outside: World) -> None:
    outside.sink.at_recipient = lambda _: "451 never now"
    async with outside.notifier(give_up_after_h=1 / 3600):
        await outside.say(said(replied(recipients=(REQUESTER,))))
        await eventually(lambda: len(outside.heard) == 1)
    assert outside.heard[0].type == "mail.failed.v1"
    assert outside.heard[0].data.reason == "given up: 451 never now"
    assert [one["state"] for one in await outside.deliveries()] == ["refused"]


async def test_a_kept_connection_that_died_is_replaced_without_a_retry(notifier: Notifier, outside: World) -> None:
    del notifier
    await outside.say(said(replied(recipients=(REQUESTER,)), id_="first"))
    await eventually(lambda: len(outside.heard) == 1)
    outside.sink.cut()
    await outside.say(said(replied(recipients=(REQUESTER,)), id_="second"))
    await eventually(lambda: len(outside.heard) == 2)
    assert outside.sink.connections == 2
    assert not await outside.deliveries(tries={"$gt": 0})


@pytest.mark.parametrize("answer", ["421 idle for too long", DROP], ids=["told so", "cut"])
async def test_a_kept_connection_that_is_ended_at_its_next_use_is_replaced_without_a_retry(
    notifier: Notifier, outside: World, answer: str
) -> None:
    del notifier
    answers = iter([TAKEN, answer])
    outside.sink.at_sender = lambda _: next(answers, TAKEN)
    for count, event_id in enumerate(("first", "second"), start=1):
        await outside.say(said(replied(recipients=(REQUESTER,)), id_=event_id))
        await eventually(lambda wanted=count: len(outside.heard) == wanted)  # type: ignore[misc]
    assert outside.sink.connections == 2
    assert not await outside.deliveries(reason={"$exists": True})


async def test_a_conversation_cut_before_the_content_is_tried_again(notifier: Notifier, outside: World) -> None:
    del notifier
    answers = iter([DROP])
    outside.sink.at_recipient = lambda _: next(answers, TAKEN)
    await outside.say(said(replied(recipients=(REQUESTER,))))
    await eventually(lambda: len(outside.heard) == 1)
    assert len(outside.sink.received) == 1


async def test_a_mail_whose_answer_was_lost_goes_again_under_the_same_id(notifier: Notifier, outside: World) -> None:
    """The window of doubt: the relay has the mail and we can't know. The second copy is recognisable as one."""
    del notifier
    answers = iter([DROP])
    outside.sink.at_content = lambda _: next(answers, TAKEN)
    await outside.say(said(replied(recipients=(REQUESTER,))))
    await eventually(lambda: len(outside.heard) == 1)
    first, second = outside.sink.received
    assert first.message_id == second.message_id
    assert first.content == second.content


async def test_a_relay_that_does_not_answer_is_noticed(outside: World) -> None:
    outside.sink.may_answer.clear()
    async with outside.notifier(relay_timeout_s=0.5):
        await outside.say(said(replied(recipients=(REQUESTER,))))
        await eventually(lambda: _count(outside, 1, waiting=True, tries=1))
        outside.sink.may_answer.set()
        await eventually(lambda: len(outside.heard) == 1)
    assert {one.message_id for one in outside.sink.received} == {outside.heard[0].data.internet_message_id}


async def _count(outside: World, wanted: int, **query: object) -> bool:
    return len(await outside.deliveries(**query)) == wanted
