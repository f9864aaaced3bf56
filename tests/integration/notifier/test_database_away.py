"""The database goes between a mail's leaving and its being noted: the process that sent it knows, and insists."""

import asyncio
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from balcao.notifier.courier import MOST_IN_DOUBT
from balcao.notifier.store.deliveries import Deliveries
from tests.integration.notifier.running import World, eventually
from tests.support.told_facts import PRODUCER, production_finished, replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


@pytest.mark.parametrize(
    ("fact", "write", "kind"),
    [
        (production_finished(assignee=None), "mark_sent", "production_finished"),
        (replied(), "settle", "reply"),
    ],
    ids=["a notice", "an answer"],
)
async def test_a_mail_that_went_out_is_noted_once_the_database_is_back_and_goes_out_no_second_time(
    outside: World, monkeypatch: pytest.MonkeyPatch, fact: Any, write: str, kind: str
) -> None:
    """Given up, all that was on its way when the database went would be sent again when the lease ends."""
    failures = 3
    note = getattr(Deliveries, write)

    async def away_at_first(self: Deliveries, *args: Any, **options: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise AutoReconnect("connection closed")
        return await note(self, *args, **options)

    monkeypatch.setattr(Deliveries, write, away_at_first)
    async with outside.notifier():
        await outside.say(said(fact, actor=PRODUCER))
        await eventually(lambda: failures == 0)

        async def is_noted() -> bool:
            mails = await outside.deliveries(channel="mail", kind=kind)
            return bool(mails) and all(one["state"] == "sent" for one in mails)

        await eventually(is_noted)
    sent = [one.message_id for one in outside.sink.taken]
    assert len(sent) == len(set(sent)) == len(await outside.deliveries(channel="mail"))
    # Nothing of it was left to the retry loop, which would be the way to a second copy.
    assert await outside.mongo.db["reminders"].count_documents({}) == 0


async def test_no_more_mails_follow_while_those_before_cannot_be_noted(
    outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the process to die now, all that went out unnoted would go out twice."""
    note, back = Deliveries.mark_sent, asyncio.Event()

    async def away(self: Deliveries, *args: Any) -> None:
        if not back.is_set():
            raise AutoReconnect("connection closed")
        await note(self, *args)

    monkeypatch.setattr(Deliveries, "mark_sent", away)
    async with outside.notifier():
        await outside.say(*(said(production_finished(), actor=PRODUCER, id_=f"e{n}") for n in range(20)))
        await eventually(lambda: len(outside.sink.taken) == MOST_IN_DOUBT)
        await asyncio.sleep(1)
        assert len(outside.sink.taken) == MOST_IN_DOUBT
        back.set()
        await eventually(lambda: len(outside.sink.taken) == 40)
    assert len({one.message_id for one in outside.sink.taken}) == 40
