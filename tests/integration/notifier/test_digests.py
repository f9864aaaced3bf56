"""The daily mail about one's work: asked for once a day and person, told once (W17)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balcao.notifier import digests, wishes
from balcao.notifier.companies import Companies
from balcao.notifier.digests import Digests
from balcao.notifier.store.agenda_days import AgendaDays
from balcao.notifier.store.people import People
from balcao.notifier.store.preferences import Choices
from balcao.notifier.store.profiles import Profiles
from balcao.notifier.wishes import Wishes
from balcao.shared.bus import Bus
from balcao.shared.commit import Committer
from balcao.shared.events import AgendaDrawn, AgendaTicket, PersonProfile, PersonRegistered, read
from balcao.shared.outbox import OUTBOX, Relay
from tests.integration.notifier.running import ANA, World, eventually
from tests.support.told_facts import ANALYST, COMPANY, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

PEOPLE = [
    PersonProfile(id=f"p{n}", name=f"P {n}", addresses=(f"p{n}@aurora.example",), roles=("agent",)) for n in range(5)
]
ADMIN = ANA.model_copy(update={"roles": ("admin",)})
EIGHT = datetime(2030, 5, 6, 11, 0, tzinfo=UTC)
"""Eight in the morning for the company, after everybody became known."""


async def a_replica(outside: World) -> Digests:
    """One whose broker is away: what it says stays in the outbox."""
    database = outside.mongo.db
    committer = Committer(outside.mongo, Relay(database, Bus("amqp://127.0.0.1:1/", service="notifier")))
    known = Wishes(People(database), Choices(database))
    await known.refresh()
    return Digests(known, Companies(Profiles(database)), AgendaDays(committer))


async def wanted(outside: World) -> list[Any]:
    """What was asked for."""
    found = await outside.mongo.db[OUTBOX].find({}).to_list(None)
    return [read(bytes(item["body"]), item["type"]) for one in found for item in one["items"]]


@pytest.fixture
async def team(outside: World) -> World:
    """Five agents whom a notifier has heard of."""
    async with outside.notifier():
        await outside.say(*(said(PersonRegistered(person=one), id_=one.id) for one in PEOPLE))

        async def all_known() -> bool:
            return await outside.mongo.db["people"].count_documents({}) == len(PEOPLE)

        await eventually(all_known)
    return outside


async def test_each_is_asked_for_once_a_day_whatever_replicas_there_are(team: World) -> None:
    replicas = [await a_replica(team) for _ in range(4)]
    counts = await asyncio.gather(*(one.look(EIGHT) for one in replicas))
    assert sum(counts) == len(PEOPLE)
    again = await asyncio.gather(
        *(one.look(EIGHT + timedelta(minutes=1)) for one in [*replicas, await a_replica(team)])
    )
    assert sum(again) == 0
    asked = await wanted(team)
    assert sorted((one.data.person.person_id, one.data.day) for one in asked) == [
        (one.id, "2030-05-06") for one in PEOPLE
    ]
    assert sum([await one.look(EIGHT + timedelta(days=1)) for one in replicas]) == len(PEOPLE)


async def test_nobody_is_asked_for_outside_their_hour_or_who_wants_none(team: World) -> None:
    async with team.notifier() as notifier:
        for person, digest in (("p0", {"on": False}), ("p1", {"hour": 17}), ("p2", {"time_zone": "Asia/Tokyo"})):
            answer = await notifier.patch(f"/preferences/of-people/{person}", {"digest": digest}, ADMIN)
            assert answer.status_code == 200, answer.text
    replica = await a_replica(team)
    assert await replica.look(EIGHT - timedelta(seconds=1)) == 0
    assert await replica.look(EIGHT) == 2
    assert {one.data.person.person_id for one in await wanted(team)} == {"p3", "p4"}


async def test_what_is_drawn_up_goes_out_once_by_mail(outside: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And shows what is late before what is for today."""
    monkeypatch.setattr(digests, "LOOKS_EVERY_S", 0.2)
    monkeypatch.setattr(wishes, "LOOKS_EVERY_S", 0.2)
    late = AgendaTicket(id="t1", number=41, title="Banner atrasado", due=EIGHT - timedelta(days=2))
    due = AgendaTicket(id="t2", number=42, title="Folder de hoje", due=EIGHT)
    drawn = said(
        AgendaDrawn(person=ANALYST, day="2030-05-06", overdue=(late,), today=(due,), overdue_count=1, today_count=1)
    )
    async with outside.notifier(), outside.notifier():
        await outside.say(drawn, drawn)
        await eventually(lambda: len(outside.sink.taken) == 1)
        await outside.say(drawn)

        async def is_through() -> bool:
            return await outside.waiting("notifier.tell") == 0

        await eventually(is_through)
    (mail,) = outside.sink.taken
    assert mail.recipient == ANALYST.address
    body = mail.message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert 0 < text.index("Banner atrasado") < text.index("Folder de hoje")
    assert COMPANY.name in str(mail.message["from"])
