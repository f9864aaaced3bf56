"""Several notices to one person within a short time go out as one mail, once, whoever dies meanwhile."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from balcao.notifier.domain.deliveries import Delivery, plan
from balcao.notifier.domain.gathering import fact_of, id_of
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.store.deliveries import Deliveries
from balcao.notifier.store.gathering import Gathering
from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.commit import Committer
from balcao.shared.events import AnyEnvelope
from balcao.shared.ids import derived_id
from balcao.shared.outbox import OUTBOX, Relay
from tests.integration.notifier.running import World, eventually
from tests.integration.notifier.sink import Received
from tests.support.told_facts import AT, COMPANY, PRODUCER, production_finished, requester_replied, said, ticket

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


def reply(n: int) -> AnyEnvelope:
    """The requester's reply on ticket number n."""
    fact = requester_replied(ticket=ticket(number=n, title=f"Pedido {n}", id=derived_id("ticket", str(n))))
    return said(fact, id_=f"reply-{n}", actor=PRODUCER, at=AT + timedelta(seconds=n))


def text_of(mail: Received) -> str:
    """The plain text of a mail."""
    body = mail.message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def states(outside: World) -> list[tuple[str, str]]:
    return sorted((one["kind"], one["state"]) for one in await outside.deliveries(channel="mail"))


async def test_the_first_goes_at_once_and_what_follows_goes_out_together(outside: World) -> None:
    async with outside.notifier(gather_s=3) as notifier:
        await outside.say(reply(1))
        await eventually(lambda: len(outside.sink.taken) == 1)
        await outside.say(reply(2), reply(3), said(production_finished(assignee=None), id_="urgent", actor=PRODUCER))
        await eventually(lambda: len(outside.sink.taken) == 2)
        assert "Pedido 2" not in text_of(outside.sink.taken[1])  # what is urgent waits for nothing
        unread = await notifier.get("/notices/unread")
        assert unread.json() == {"unread": 4}  # nor does what shows in the product

        async def all_told() -> bool:
            kinds = ("gathered", "requester_replied")
            return [one for one in await states(outside) if one[0] in kinds] == [
                ("gathered", "sent"),
                ("requester_replied", "gathered"),
                ("requester_replied", "gathered"),
                ("requester_replied", "sent"),
            ]

        await eventually(all_told)
    (together,) = outside.sink.taken[2:]
    assert together.recipient == "ana@aurora.example"
    assert text_of(together).index("Pedido 2") < text_of(together).index("Pedido 3")
    assert "Pedido 1" not in text_of(together)
    assert await outside.mongo.db["gathering"].count_documents({}) == 0
    record = (await outside.deliveries(event_id="reply-2", channel="mail"))[0]
    assert record["into"] == (await outside.deliveries(kind="gathered"))[0]["event_id"]


async def test_what_waited_in_vain_for_others_goes_out_as_the_mail_it_would_have_been(outside: World) -> None:
    async with outside.notifier(gather_s=1):
        await outside.say(reply(1))
        await eventually(lambda: len(outside.sink.taken) == 1)
        await outside.say(reply(2))
        await eventually(lambda: len(outside.sink.taken) == 2)
        await eventually(lambda: _settled(outside))
    assert "[#2] Pedido 2" in str(outside.sink.taken[1].message["subject"])
    assert await states(outside) == [("requester_replied", "sent")] * 2


async def _settled(outside: World) -> bool:
    return {state for _, state in await states(outside)} == {"sent"}


# processes that die at each step


@pytest.fixture
def gathering(outside: World) -> Gathering:
    """What another process holds, whose broker is away: what it says stays in the outbox."""
    return Gathering(outside.mongo, a_committer(outside))


def a_committer(outside: World) -> Committer:
    return Committer(outside.mongo, Relay(outside.mongo.db, Bus("amqp://127.0.0.1:1/", service="notifier")))


async def claimed(outside: World, *events: AnyEnvelope) -> list[Delivery]:
    """Mails that were recorded as gathering, by a process that did no more."""
    mails = [one for event in events for one in plan(event, COMPANY) if one.telling.channel is Channel.MAIL]
    deliveries = Deliveries(outside.mongo, a_committer(outside))
    await deliveries.claim(mails, now() + timedelta(seconds=30), {one.id for one in mails})
    return mails


async def test_a_process_that_dies_before_noting_when_loses_nothing(outside: World) -> None:
    """The event was not acknowledged: it comes again, to somebody who would have sent it at once."""
    async with outside.notifier(gather_s=1):
        pass  # the indexes and queues are there
    await claimed(outside, reply(1), reply(2))
    async with outside.notifier(gather_s=1):
        await outside.say(reply(1), reply(2), reply(1))
        await eventually(lambda: _all_out(outside))
    assert sorted(await outside.mongo.db["gathering"].distinct("_id")) == []
    words = " ".join(str(one.message["subject"]) + text_of(one) for one in outside.sink.taken)
    assert ("Pedido 1" in words, "Pedido 2" in words) == (True, True)
    assert len(outside.sink.taken) <= 2


async def _all_out(outside: World) -> bool:
    found = await outside.deliveries(channel="mail")
    return len(found) >= 2 and {one["state"] for one in found} <= {"sent", "gathered"}


async def test_a_process_that_dies_after_saying_so_tells_nothing_twice(outside: World, gathering: Gathering) -> None:
    """What waits is dropped after it was told; whoever comes in between finds that it was."""
    async with outside.notifier(gather_s=1):
        pass
    mails = await claimed(outside, reply(1), reply(2))
    due = dict.fromkeys([one.id for one in mails], now() - timedelta(seconds=1))
    await gathering.keep(due, mails)
    waiting = await gathering.of((await gathering.whose_is_due(now()))[0])
    assert [one.id for one in waiting] == [one.id for one in mails]
    together = said(fact_of(waiting), id_=id_of(waiting))
    assert await gathering.tell_together(waiting, together)
    await gathering.keep(due, mails)  # as if it had died before dropping them
    assert not await gathering.tell_together(waiting, together)
    assert not await gathering.let_go(waiting[0])
    assert await gathering.of((await gathering.whose_is_due(now()))[0]) == []
    assert await outside.mongo.db[OUTBOX].count_documents({}) == 1


async def test_replicas_that_look_at_once_tell_it_once(outside: World, gathering: Gathering) -> None:
    async with outside.notifier(gather_s=1):
        pass
    mails = await claimed(outside, *(reply(n) for n in range(1, 6)))
    await gathering.keep(dict.fromkeys([one.id for one in mails], now() - timedelta(seconds=1)), mails)
    async with outside.notifier(gather_s=1), outside.notifier(gather_s=1), outside.notifier(gather_s=1):
        await eventually(lambda: len(outside.sink.taken) == 1)
        await eventually(lambda: _all_out(outside))
        await asyncio.sleep(2.5)  # two more looks of each
    assert len(outside.sink.taken) == 1
    assert [text_of(outside.sink.taken[0]).count(f"Pedido {n}") for n in range(1, 6)] == [1] * 5


async def test_a_choice_taken_back_leaves_nothing_lying(outside: World) -> None:
    """Left behind as gathering, then turned off: what was promised to go out does."""
    async with outside.notifier(gather_s=1) as notifier:
        await claimed(outside, reply(1))
        wanted: dict[str, Any] = {"ways": {str(Kind.REQUESTER_REPLIED): ["in_app"]}}
        assert (await notifier.patch("/preferences", wanted)).status_code == 200
        await outside.say(reply(1), reply(1))
        await eventually(lambda: len(outside.sink.taken) == 1)
