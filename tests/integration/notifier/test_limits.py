"""Limits on mails hold across replicas, lose nothing, and end a dialogue of machines."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from balcao.notifier import allowances
from balcao.shared.clock import now
from balcao.shared.events import MailLoopBroken
from tests.integration.notifier.running import World, eventually
from tests.support.told_facts import REQUESTER, WATCHER, opened, replied, said, ticket

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


@pytest.mark.parametrize(
    ("setting", "name", "replicas"),
    [
        ("mails_per_company", "company", 1),
        ("mails_per_recipient", "recipient", 2),
        ("mails_per_domain", "domain", 1),
    ],
)
async def test_past_a_limit_mails_wait_for_the_next_window_and_then_go(
    outside: World, setting: str, name: str, replicas: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now().replace(minute=10, second=0, microsecond=0)
    monkeypatch.setattr("balcao.notifier.hurdles.later", lambda _limit, _at, _spread: now() + timedelta(seconds=1))
    moment = [at]
    monkeypatch.setattr(allowances.Allowances.__init__, "__defaults__", (lambda: moment[0],))
    async with AsyncExitStack() as running:
        for _ in range(replicas):
            await running.enter_async_context(outside.notifier(**{setting: 3}))
        for n in range(6):
            await outside.say(said(replied(recipients=(REQUESTER,)), id_=f"e{n}"))
        await eventually(lambda: _went(outside, 3))
        await eventually(lambda: _waits(outside, 3, f"no more than 3 mails in 60 min per {name}"))
        assert len(outside.sink.taken) == 3
        assert {one["tries"] for one in await outside.deliveries(waiting=True)} == {0}
        moment[0] = at + timedelta(hours=1)
        await eventually(lambda: _went(outside, 6))
    assert len({one.message_id for one in outside.sink.taken}) == len(outside.sink.taken) == 6


async def test_a_dialogue_with_a_machine_ends_and_is_said(outside: World) -> None:
    """It answers each acknowledgement with a mail that is no reply to anything we know, so each opens a ticket."""
    async with outside.notifier(loop_mails=4) as one:
        for n in range(9):
            fact = opened(ticket=ticket(id=f"00000000-0000-5000-8000-00000000000{n}", number=100 + n, analyst=None))
            await outside.say(said(fact, actor=REQUESTER, id_=f"e{n}", at=now()))
            await eventually(lambda wanted=n + 1: _settled(outside, wanted))  # type: ignore[misc]
        await eventually(lambda: len(outside.heard) == 4)
        # A person's answer is no part of a loop, and goes.
        await outside.say(said(replied(recipients=(REQUESTER, WATCHER)), at=now()))
        await eventually(lambda: len(outside.sink.to(REQUESTER.address)) == 6)
        shown = (await one.get("/deliveries", ticket_id="00000000-0000-5000-8000-000000000008")).json()["items"]
    facts = [event.data for event in outside.heard if isinstance(event.data, MailLoopBroken)]
    # The first one answers nothing; the four after it may be answers to ours, and the fifth is one too many.
    assert [fact.ticket_id for fact in facts] == [f"00000000-0000-5000-8000-00000000000{n}" for n in range(5, 9)]
    assert {(fact.recipient.address, fact.mails, fact.within_s) for fact in facts} == {(REQUESTER.address, 4, 600)}
    assert [(item["state"], item["tries"]) for item in shown] == [("refused", 0)]


async def test_somebody_who_asks_for_many_things_at_once_is_no_machine(outside: World) -> None:
    """All of it was asked before the first acknowledgement went out: none can be an answer to one."""
    asked_at = now()
    async with outside.notifier(loop_mails=4):
        for n in range(12):
            fact = opened(ticket=ticket(number=100 + n, analyst=None))
            await outside.say(said(fact, actor=REQUESTER, id_=f"e{n}", at=asked_at))
        await eventually(lambda: len(outside.sink.to(REQUESTER.address)) == 12)
    assert outside.heard == []


async def _went(outside: World, wanted: int) -> bool:
    return len(outside.sink.taken) >= wanted and len(await outside.deliveries(state="sent")) == wanted


async def _waits(outside: World, wanted: int, reason: str) -> bool:
    return len(await outside.deliveries(waiting=True, reason=reason)) == wanted


async def _settled(outside: World, wanted: int) -> bool:
    return len(await outside.deliveries(channel="mail", state={"$in": ["sent", "refused"]})) == wanted
