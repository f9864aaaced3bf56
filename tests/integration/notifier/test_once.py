"""Everybody is told exactly once, whatever is redelivered and however many replicas there are."""

import asyncio

import pytest

from balcao.shared.events import MailSent
from tests.integration.notifier.running import Notifier, World, eventually
from tests.support.told_facts import AT, PRODUCER, REQUESTER, opened, production_finished, replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_a_new_ticket_is_acknowledged_and_told(notifier: Notifier, outside: World) -> None:
    await outside.say(said(opened(), actor=REQUESTER))
    await eventually(lambda: len(outside.sink.taken) == 2)
    assert {one.recipient for one in outside.sink.taken} == {"zoe@cliente.example", "ana@aurora.example"}
    await eventually(lambda: _is(outside, [("acknowledgement", "sent"), ("ticket_opened", "sent")]))
    notices = (await notifier.get("/notices")).json()
    assert [(one["kind"], one["ticket_number"]) for one in notices["items"]] == [("ticket_opened", 12)]


async def test_an_event_that_comes_five_times_to_two_replicas_tells_everybody_once(outside: World) -> None:
    """H5: each notice happens exactly once, whatever is redelivered."""
    event = said(production_finished(), actor=PRODUCER)
    async with outside.notifier(), outside.notifier():
        await outside.say(*[event] * 5)
        await outside.say(said(production_finished(), actor=PRODUCER, id_="another"))
        await eventually(lambda: len(outside.sink.taken) >= 4)
        await eventually(lambda: _is(outside, [("production_finished", "sent")] * 4))
        await eventually(lambda: _is_empty(outside))
    assert (
        sorted(one.recipient for one in outside.sink.received)
        == ["ana@aurora.example"] * 2 + ["davi@aurora.example"] * 2
    )
    assert len({one.message_id for one in outside.sink.received}) == 4
    assert len(await outside.deliveries(channel="in_app")) == 4


async def test_a_repeat_that_comes_while_the_mail_is_on_its_way_sends_no_second_one(outside: World) -> None:
    event = said(production_finished(assignee=None), actor=PRODUCER)
    async with outside.notifier(), outside.notifier():
        outside.sink.may_answer.clear()
        await outside.say(event)
        await eventually(lambda: len(outside.sink.received) == 1)
        await outside.say(event, event)
        await eventually(lambda: _left_to_retries(outside))
        outside.sink.may_answer.set()
        await eventually(lambda: _is(outside, [("production_finished", "sent")]))
        # What the repeat left for the retry loop is taken back: nothing can become due any more.
        assert not await outside.deliveries(waiting=True)
        assert not await outside.deliveries(due={"$exists": True})
    assert len(outside.sink.received) == 1


async def test_an_answer_says_once_per_recipient_that_it_went_out(notifier: Notifier, outside: World) -> None:
    """W7: who received it. Acknowledgements and notices don't."""
    del notifier
    await outside.say(said(opened(), actor=REQUESTER), said(replied()), said(replied()))
    await eventually(lambda: len(outside.heard) == 2)
    await eventually(lambda: _is_empty(outside))
    assert len(outside.sink.received) == 4
    facts = [event.data for event in outside.heard]
    assert all(isinstance(fact, MailSent) for fact in facts)
    assert {fact.recipient.name for fact in facts} == {"Zoë Guimarães", "Ivo Prado"}
    sent = {one.message_id for one in outside.sink.received}
    assert {fact.internet_message_id for fact in facts} <= sent
    assert all(fact.sent_at > AT for fact in facts)


async def test_fifty_tickets_at_once_share_connections_and_commits(notifier: Notifier, outside: World) -> None:
    del notifier
    events = [said(opened(), actor=REQUESTER, id_=f"event-{n}") for n in range(50)]
    await asyncio.gather(*(outside.bus.publish(event) for event in events))
    await eventually(lambda: len(outside.sink.taken) == 100)
    assert outside.sink.connections <= 4
    assert len({one.message_id for one in outside.sink.taken}) == 100


async def _is(outside: World, states: list[tuple[str, str]]) -> bool:
    return await outside.states() == states


async def _is_empty(outside: World) -> bool:
    return await outside.waiting("notifier.tell") == 0


async def _left_to_retries(outside: World) -> bool:
    return len(await outside.deliveries(waiting=True)) == 1
