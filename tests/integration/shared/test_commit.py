"""Atomic writes: what is saved is all there or not at all, each cause acts once, and who loses a race decides again."""

import asyncio
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from balcao.shared import commit
from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.clock import now
from balcao.shared.commit import AlreadyDone, Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound, Refused, Stale
from balcao.shared.events import Fact
from balcao.shared.ids import new_id
from balcao.shared.mongo import Document, Index, Mongo
from balcao.shared.numbers import Numbers
from balcao.shared.outbox import OUTBOX, Relay
from balcao.shared.records import Records
from balcao.shared.timeline import INDEXES, TIMELINE, Cause
from tests.integration.shared.probe import Probe

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

LAMPS = "lamps"


class Lamp(Aggregate):
    """Something that many turn."""

    turns: int = 0
    by: tuple[str, ...] = ()


class Turned(Fact):
    """It was turned."""

    type = "lamp.turned.v1"

    by: str


def turn(by: str) -> Any:
    """The rule: a lamp breaks at the hundredth turn."""

    def rule(lamp: Lamp) -> Change[Lamp]:
        if lamp.turns >= 100:
            raise Refused("the lamp is broken")
        return Revision(lamp).set(turns=lamp.turns + 1, by=(*lamp.by, by)).say(Turned, by=by).done()

    return rule


def a_cause(id_: str | None = None) -> Cause:
    id_ = id_ or new_id()
    return Cause(id_, id_, now())


class Shop:
    """Lamps on a real database."""

    def __init__(self, mongo: Mongo, probe: Probe) -> None:
        self.mongo = mongo
        self.relay = Relay(mongo.db, probe.bus)
        self.committer = Committer(mongo, self.relay)
        self.lamps = Records(mongo.db, self.committer, collection=LAMPS, kind=Lamp, source="probe", noun="lamp")

    async def lamp(self, **values: Any) -> Lamp:
        """A lamp that is there."""
        change = Revision(Lamp(id=new_id(), company_id="agencia", **values)).say(Turned, by="maker").done()
        return await self.lamps.create(change, a_cause())

    async def turned(self, lamp: Lamp, by: str = "ana", cause: Cause | None = None, **options: Any) -> Lamp:
        return await self.lamps.change("agencia", lamp.id, turn(by), cause or a_cause(), **options)

    async def count(self, collection: str, **query: Any) -> int:
        return await self.mongo.db[collection].count_documents(query)


@pytest.fixture
async def shop(mongo: Mongo, probe: Probe) -> Shop:
    await mongo.create_indexes(
        (
            *INDEXES,
            Index.on(LAMPS, "company_id", "turns", why="probe"),
            Index.on("names", "name", unique=True, why="probe"),
        )
    )
    return Shop(mongo, probe)


async def test_a_change_is_saved_with_its_entry(shop: Shop) -> None:
    lamp = await shop.turned(await shop.lamp())
    assert lamp == await shop.lamps.get("agencia", lamp.id)
    assert (lamp.turns, lamp.version, lamp.entries) == (1, 2, 2)
    entries = await shop.lamps.timeline("agencia", lamp.id, public_only=False)
    assert [(entry["n"], entry["data"]["by"]) for entry in entries] == [(1, "maker"), (2, "ana")]
    assert await shop.lamps.timeline("agencia", lamp.id, public_only=True) == []


async def test_another_companys_lamp_is_not_found(shop: Shop) -> None:
    lamp = await shop.lamp()
    assert await shop.lamps.find("outra", lamp.id) is None
    assert await shop.lamps.timeline("outra", lamp.id, public_only=False) == []
    with pytest.raises(NotFound):
        await shop.lamps.change("outra", lamp.id, turn("eve"), a_cause())
    assert (await shop.lamps.get("agencia", lamp.id)).turns == 0


async def test_turned_by_many_at_once_every_turn_counts(shop: Shop) -> None:
    """Group commit and conflicts. Fails when a lost race is taken for a repeat, or not decided again."""
    lamps = [await shop.lamp() for _ in range(5)]
    await asyncio.gather(*(shop.turned(lamp, f"{n}") for n in range(6) for lamp in lamps))
    for lamp in lamps:
        now_ = await shop.lamps.get("agencia", lamp.id)
        assert (now_.turns, sorted(now_.by), now_.version) == (6, [str(n) for n in range(6)], 7)
        entries = await shop.lamps.timeline("agencia", lamp.id, public_only=False)
        assert [entry["n"] for entry in entries] == list(range(1, 8))


async def test_steps_taken_at_once_are_one_transaction_and_an_entry_for_each(shop: Shop) -> None:
    """Each for its own cause, numbered on; what decides nothing leaves nothing."""
    lamp = await shop.lamp()
    steps: list[Any] = [(turn(f"{n}"), a_cause()) for n in range(5)]
    steps.insert(2, (lambda lamp: Revision(lamp).done(), a_cause()))
    await shop.lamps.change_at_once("agencia", lamp.id, steps)
    now_ = await shop.lamps.get("agencia", lamp.id)
    assert (now_.turns, now_.by, now_.version, now_.entries) == (5, tuple("01234"), 6, 6)
    entries = await shop.lamps.timeline("agencia", lamp.id, public_only=False)
    assert [entry["n"] for entry in entries] == list(range(1, 7))
    assert len({entry["cause"] for entry in entries}) == 6


async def test_of_steps_taken_at_once_none_is_saved_when_one_has_acted_before(shop: Shop) -> None:
    lamp, before = await shop.lamp(), a_cause()
    await shop.turned(lamp, "ana", before)
    with pytest.raises(AlreadyDone):
        await shop.lamps.change_at_once("agencia", lamp.id, [(turn("bia"), a_cause()), (turn("ana"), before)])
    assert (await shop.lamps.get("agencia", lamp.id)).by == ("ana",)
    assert await shop.count(TIMELINE, of=lamp.id) == 2


async def test_steps_taken_at_once_by_many_all_count(shop: Shop) -> None:
    """Fails when a lost race is not decided again, or the version is not guarded."""
    lamp = await shop.lamp()
    rounds = [[(turn(f"{who}{n}"), a_cause()) for n in range(3)] for who in "abcd"]
    await asyncio.gather(*(shop.lamps.change_at_once("agencia", lamp.id, steps) for steps in rounds))
    now_ = await shop.lamps.get("agencia", lamp.id)
    assert (now_.turns, now_.version) == (12, 13)
    assert sorted(now_.by) == sorted(f"{who}{n}" for who in "abcd" for n in range(3))


async def test_a_transaction_that_a_dead_process_left_open_holds_up_only_what_it_touched(shop: Shop) -> None:
    """The server ends it after a minute. Fails when the driver waits for it: everybody then waits that long."""
    lamp, others = await shop.lamp(), [await shop.lamp() for _ in range(3)]
    async with await shop.mongo.client.start_session() as dead:
        dead.start_transaction()
        await shop.mongo.db[LAMPS].update_one({"_id": lamp.id}, {"$set": {"turns": 50}}, session=dead)
        held = asyncio.create_task(shop.turned(lamp))
        async with asyncio.timeout(5):
            await asyncio.gather(*(shop.turned(other) for other in others))
            await shop.turned(others[0])
        assert not held.done()
        await dead.abort_transaction()
    async with asyncio.timeout(5):
        assert (await held).turns == 1


async def test_who_waits_too_long_for_another_transaction_hears_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the message waits in a retry tier, or the person is asked to try again."""
    monkeypatch.setattr(commit, "HELD_UP_FOR_S", 0.2)
    lamp = await shop.lamp()
    async with await shop.mongo.client.start_session() as dead:
        dead.start_transaction()
        await shop.mongo.db[LAMPS].update_one({"_id": lamp.id}, {"$set": {"turns": 50}}, session=dead)
        with pytest.raises(OperationFailure):
            await shop.turned(lamp)
        await dead.abort_transaction()
    assert (await shop.turned(lamp)).turns == 1


async def test_one_cause_acts_once_though_it_comes_often_at_once(shop: Shop) -> None:
    """Fails with random ids for entries."""
    lamp, cause = await shop.lamp(), a_cause()
    await asyncio.gather(*(shop.turned(lamp, cause=cause) for _ in range(8)))
    await shop.turned(lamp, cause=cause)
    assert (await shop.lamps.get("agencia", lamp.id)).turns == 1
    assert await shop.count(TIMELINE, of=lamp.id) == 2


async def test_a_repeat_is_answered_as_the_first_time_though_it_would_be_refused_now(shop: Shop) -> None:
    lamp, cause = await shop.lamp(turns=99), a_cause()
    first = await shop.turned(lamp, cause=cause, expected_version=1)
    again = await shop.turned(lamp, cause=cause, expected_version=1)
    assert first == again
    with pytest.raises(Refused):
        await shop.turned(lamp)


async def test_who_expects_an_older_version_is_refused_with_the_present_one(shop: Shop) -> None:
    lamp = await shop.lamp()
    await shop.turned(lamp)
    with pytest.raises(Stale) as refusal:
        await shop.turned(lamp, expected_version=1)
    assert refusal.value.details == {"current_version": 2}
    answers = await asyncio.gather(*(shop.turned(lamp, expected_version=2) for _ in range(4)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Lamp", "Stale", "Stale", "Stale"]


async def test_what_is_in_the_way_of_one_piece_of_work_is_not_in_the_way_of_the_others(shop: Shop) -> None:
    """Pieces that share a transaction: the one that fails fails alone."""
    await shop.committer.save(_named("taken"))
    works = [
        _named("a"),
        _named("taken"),
        _named("b"),
        Work(updates=[Update(LAMPS, "nowhere", 1, {"x": 1})]),
        _named("c"),
    ]
    outcomes = await asyncio.gather(*(shop.committer.save(work) for work in works), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "NoneType",
        "Conflict",
        "NoneType",
        "Conflict",
        "NoneType",
    ]
    assert sorted(await shop.mongo.db["names"].distinct("name")) == ["a", "b", "c", "taken"]


async def test_what_would_undo_a_batch_is_kept_out_of_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twelve pieces of work four write a document that another one of them writes: one transaction, not a dozen."""
    tries: list[int] = []
    write = Committer._write

    async def counted(self: Committer, works: Any) -> None:
        tries.append(len(works))
        await write(self, works)

    monkeypatch.setattr(Committer, "_write", counted)
    documents = [{"_id": f"{shop.lamps.collection.name}-{n % 8}", "name": str(n)} for n in range(12)]
    works = [Work(inserts={"names": [document]}) for document in documents]
    first, *others = await asyncio.gather(*(shop.committer.save(work) for work in works), return_exceptions=True)
    assert first is None
    assert [type(one) for one in others] == [type(None)] * 7 + [Conflict] * 4
    assert tries == [8]
    assert await shop.count("names") == 8


async def test_all_of_a_piece_of_work_is_saved_or_nothing(shop: Shop) -> None:
    await shop.committer.save(_named("taken"))
    lamp = await shop.lamp()
    before = await shop.count(OUTBOX), await shop.count(TIMELINE)

    async def also(_: Change[Lamp]) -> Work:
        return _named("taken")

    with pytest.raises(Stale):
        await shop.turned(lamp, also=also)
    assert (await shop.lamps.get("agencia", lamp.id)) == lamp
    assert (await shop.count(OUTBOX), await shop.count(TIMELINE)) == before


async def test_a_repeat_is_known_before_anything_else_is_in_the_way(shop: Shop) -> None:
    """A repeat that registers a person again must hear that it is one, and not be decided again for ever."""

    def registration() -> Work:
        entry = {"_id": "entry", "of": "x", "n": 1, "company_id": "agencia"}
        return Work(inserts={"names": [{"name": "taken"}], TIMELINE: [entry]})

    await shop.committer.save(registration())
    with pytest.raises(AlreadyDone):
        await shop.committer.save(registration())


async def test_two_causes_that_create_the_same_thing_at_once_conflict_and_are_no_repeat(shop: Shop) -> None:
    """Fails with a unique index on (of, n): the second one then reads as a repeat and is dropped."""

    def creation(cause: str) -> Work:
        entry = {"_id": cause, "of": "guest", "n": 1, "company_id": "agencia"}
        return Work(inserts={TIMELINE: [entry], "names": [{"_id": "guest", "name": "guest"}]})

    await shop.committer.save(creation("first"))
    with pytest.raises(Conflict):
        await shop.committer.save(creation("second"))


async def test_numbers_are_never_given_twice_by_any_replica(mongo: Mongo, mongo_url: str, shop: Shop) -> None:
    """O13"""
    other = Mongo(mongo_url, mongo.db.name)
    replicas = [Numbers(mongo.db), Numbers(other.db)]
    numbers = await asyncio.gather(*(replicas[n % 2].next("agencia", "ticket") for n in range(200)))
    assert sorted(numbers) == list(range(1, 201))
    assert await replicas[0].next("outra", "ticket") == 1
    assert await replicas[0].next("agencia", "task") == 1
    other.close()


def _named(name: str) -> Work:
    document: Document = {"name": name}
    return Work(inserts={"names": [document]})
