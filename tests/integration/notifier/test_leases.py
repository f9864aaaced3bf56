"""Several replicas share what is to be tried again: each mail in one pair of hands at a time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from balcao.notifier.domain.deliveries import Delivery, fact_of_sent, plan
from balcao.notifier.domain.kinds import Channel
from balcao.notifier.store import DELIVERIES, INDEXES, REMINDERS
from balcao.notifier.store.deliveries import Deliveries
from balcao.notifier.store.reminders import Reminders
from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.commit import Committer
from balcao.shared.mongo import Mongo
from balcao.shared.outbox import OUTBOX, Relay
from balcao.shared.service import OUTBOX_INDEXES
from tests.support.told_facts import COMPANY, production_finished, replied, said

pytestmark = [pytest.mark.real_database]

SOON, PAST = timedelta(seconds=30), timedelta(seconds=-1)


@pytest.fixture
async def mongo(mongo_url: str, database_prefix: str) -> AsyncIterator[Mongo]:
    """A notifier's database."""
    mongo = Mongo(mongo_url, database_prefix + "notifier")
    await mongo.create_indexes((*INDEXES, *OUTBOX_INDEXES))
    yield mongo
    mongo.close()


@pytest.fixture
def store(mongo: Mongo) -> Deliveries:
    """The store of a process whose broker is away: what it says stays in the outbox."""
    return Deliveries(mongo, Committer(mongo, Relay(mongo.db, Bus("amqp://127.0.0.1:1/", service="notifier"))))


async def waiting(store: Deliveries, count: int) -> list[Delivery]:
    """Mails that were put off and are due."""
    deliveries = [
        one
        for n in range(count)
        for one in plan(said(production_finished(assignee=None), id_=f"event-{n}"), COMPANY)
        if one.telling.channel is Channel.MAIL
    ]
    await store.claim(deliveries, now() + SOON)
    await asyncio.gather(*(store.put_off(one, until=now() + PAST, tries=1, reason="451 later") for one in deliveries))
    return deliveries


async def test_two_replicas_that_look_at_once_take_different_mails(store: Deliveries) -> None:
    deliveries = await waiting(store, 20)
    taken = await asyncio.gather(*(store.take_due(now() + SOON, 32) for _ in range(4)))
    ids = [one.id for some in taken for one in some]
    assert sorted(ids) == sorted(one.id for one in deliveries)
    assert await store.take_due(now() + SOON, 32) == []


async def test_what_is_taken_comes_back_whole(store: Deliveries) -> None:
    (delivery,) = await waiting(store, 1)
    (taken,) = await store.take_due(now() + SOON, 32)
    assert (taken.event, taken.telling, taken.tries) == (delivery.event, delivery.telling, 1)
    assert taken.version == delivery.version + 1


async def test_whoever_lost_its_lease_changes_nothing_any_more(store: Deliveries, mongo: Mongo) -> None:
    await waiting(store, 1)
    (late,) = await store.take_due(now() + PAST, 32)
    (current,) = await store.take_due(now() + SOON, 32)
    await store.put_off(late, until=now() + PAST, tries=9, reason="late")
    said_late = said(fact_of_sent(late, "<x@y>", now()))
    assert not await store.settle(late, said_late, state="refused", at=now(), reason="late")
    assert await store.take_due(now() + SOON, 32) == []
    assert await mongo.db[OUTBOX].count_documents({}) == 0

    assert await store.settle(current, said(fact_of_sent(current, "<x@y>", now())), state="sent", at=now())
    found = await mongo.db[DELIVERIES].find_one({"_id": current.id})
    assert found is not None
    assert (found["state"], found["tries"]) == ("sent", 1)
    assert not {"due", "event", "event_type", "holder", "waiting", "since", "lease_until"} & set(found)
    assert await mongo.db[OUTBOX].count_documents({}) == 1


async def test_of_equal_claims_in_one_batch_one_is_new(store: Deliveries) -> None:
    """The same event handled twice at the same moment: group commit must not make both believe they are first."""
    deliveries = plan(said(replied()), COMPANY)
    answers = await asyncio.gather(*(store.claim(deliveries, now() + SOON) for _ in range(5)))
    assert sorted(len(one) for one in answers) == [0, 0, 0, 0, 2]
    assert await store.claim(deliveries, now() + SOON) == set()


async def test_a_repeat_leaves_alone_what_is_settled_or_waiting(store: Deliveries) -> None:
    event = said(replied())
    one, other = plan(event, COMPANY)
    await store.claim((one, other), now() + PAST)
    await store.mark_sent(one)
    assert await store.leave_to_retries(event, [one.id, other.id]) == 1
    assert await store.leave_to_retries(event, [one.id, other.id]) == 0
    assert [taken.id for taken in await store.take_due(now() + SOON, 32)] == [other.id]


async def test_a_look_between_the_two_writes_of_putting_off_leaves_no_mail_lying(
    store: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reminder is there, the delivery doesn't wait yet, and the retry loop of another replica looks just then."""
    remind = Reminders.remind

    async def interrupted(self: Reminders, id_: str, due: datetime) -> None:
        await remind(self, id_, due)
        assert id_ not in [taken.id for taken in await store.take_due(now() + PAST, 32)]

    monkeypatch.setattr(Reminders, "remind", interrupted)
    event = said(replied())
    one, other = plan(event, COMPANY)
    await store.claim((one, other), now() + PAST)
    await store.put_off(one, until=now() + PAST, tries=1, reason="451 later")
    assert await store.leave_to_retries(event, [other.id]) == 1
    assert {taken.id for taken in await store.take_due(now() + SOON, 32)} == {one.id, other.id}


async def test_a_look_too_early_takes_nothing_and_comes_back_in_time(store: Deliveries, mongo: Mongo) -> None:
    """One that waits and that nobody has held yet, beside one that is due."""
    early, due = plan(said(replied()), COMPANY)
    await store.claim((early, due), now() + SOON)
    await store.put_off(early, until=now() + SOON, tries=1, reason="451 later")
    await store.put_off(due, until=now() + PAST, tries=1, reason="451 later")
    await mongo.db[REMINDERS].update_one({"_id": early.id}, {"$set": {"due": now() + PAST}})
    assert [taken.id for taken in await store.take_due(now() + SOON, 32)] == [due.id]
    waits = await mongo.db[DELIVERIES].find_one({"_id": early.id})
    reminder = await mongo.db[REMINDERS].find_one({"_id": early.id})
    assert waits is not None
    assert reminder is not None
    assert reminder["due"] == waits["due"]


async def test_no_reminder_of_a_settled_mail_stays(store: Deliveries, mongo: Mongo) -> None:
    (delivery,) = await waiting(store, 1)
    (taken,) = await store.take_due(now() + PAST, 32)
    await store.mark_sent(taken)
    assert await store.take_due(now() + SOON, 32) == []
    assert await mongo.db[REMINDERS].count_documents({"_id": delivery.id}) == 0
