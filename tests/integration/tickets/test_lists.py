"""Lists page by page: nothing left out, nothing twice, in order, whatever the filter and however far the index is."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from balcao.shared.calendar import BusinessCalendar
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Database, Mongo
from balcao.shared.numbers import COUNTERS, Numbers
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conditions import BadFilter
from balcao.tickets.domain.filters import Filter, Order, Wanted, instant, resolve
from balcao.tickets.domain.opening import Request, open_at_desk
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import ACTIVE, Ticket
from balcao.tickets.store import FINDING, INDEXES, MARKS, TICKETS
from balcao.tickets.store.finding import decode, facet_key
from balcao.tickets.store.indexing import Indexer
from balcao.tickets.store.lists import TicketLists, read_key
from tests.integration.tickets.running import eventually

pytestmark = pytest.mark.real_database

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = AT + timedelta(days=20)
COMPANY, OTHER = "agencia", "outra"
PEOPLE = [Party(person_id=f"p{n}", name=f"P{n}", address=f"p{n}@cliente.test") for n in range(7)]
ANALYSTS = [Party(person_id="ana", name="Ana"), Party(person_id="bia", name="Bia"), None]
ACTIVE_ONES = tuple(sorted(ACTIVE))
ORDERS: tuple[Order, ...] = ("rank", "newest", "oldest", "updated", "promised")
CALENDAR = BusinessCalendar("America/Sao_Paulo")


def a_ticket(chance: random.Random, number: int, company_id: str) -> Ticket:
    team = Team(company=Company(id=company_id, slug=company_id, name=company_id))
    request = Request(f"Pedido {number}", priority=chance.choice([0, 0, 0, 5, 25, 50, 75, 80, 100]))
    ticket = open_at_desk(
        request,
        chance.choice(PEOPLE),
        team,
        ticket_id=derived_id(company_id, str(number)),
        number=number,
        at=AT + timedelta(minutes=number),
    ).after
    return ticket.model_copy(update=some_state(chance))


def some_state(chance: random.Random) -> dict[str, Any]:
    status = chance.choice(["open", "open", "waiting", "resolved", "closed"])
    return {
        "status": status,
        "active": status in ACTIVE,
        "analyst": chance.choice(ANALYSTS),
        "stage": chance.choice(["triage", "delivery"]),
        "stage_assignees": {"delivery": ANALYSTS[1]} if chance.random() < 0.5 else {},
        "kind": chance.choice(["request", "question"]),
        "workspace_id": chance.choice(["w1", "w2", None]),
        "project_id": chance.choice(["j1", None]),
        "tags": chance.choice([(), ("t1",), ("t1", "t2")]),
        "promised_for": AT + timedelta(hours=chance.randrange(24 * 40)) if chance.random() < 0.6 else None,
        "highlight": chance.choice(["reply", None, None]),
        "updated_at": AT + timedelta(minutes=chance.randrange(60 * 24 * 30)),
    }


def stored(ticket: Ticket) -> dict[str, Any]:
    return {"_id": ticket.id, **ticket.model_dump(exclude={"id"})}


@dataclass
class Kept:
    """What is stored, and the lists over it."""

    lists: TicketLists
    rows: list[dict[str, Any]]

    async def walk(self, wanted: Wanted, order: Order, limit: int = 90) -> list[int]:
        """All pages of a list put together."""
        walked: list[int] = []
        after: str | None = None
        while True:
            page = await self.lists.page(COMPANY, wanted, order, after=after, limit=limit)
            assert len(page.rows) <= limit
            walked += [row["number"] for row in page.rows]
            after = page.following
            if after is None:
                return walked


@pytest.fixture
async def kept(mongo_url: str, database_prefix: str) -> AsyncIterator[Kept]:
    """700 tickets of one company with gaps in their numbers, and as many of another. Since the index has seen them,
    some changed, and some are new."""
    mongo = Mongo(mongo_url, f"{database_prefix}lists")
    await mongo.create_indexes(INDEXES)
    chance = random.Random(11)
    numbers = sorted(chance.sample(range(1, 1500), 700))
    ours = [a_ticket(chance, number, COMPANY) for number in numbers]
    theirs = [a_ticket(chance, number, OTHER) for number in range(1, 701)]
    tickets = mongo.db[TICKETS]
    await tickets.insert_many([stored(one) for one in (*ours, *theirs)])
    await mongo.db[COUNTERS].insert_many(
        [{"_id": f"{COMPANY}:ticket", "last": 1500}, {"_id": f"{OTHER}:ticket", "last": 700}]
    )
    await Indexer(mongo.db).catch_up()
    for one in chance.sample(ours, 60):
        changed = one.model_copy(update={**some_state(chance), "version": one.version + 1})
        ours[ours.index(one)] = changed
        await tickets.replace_one({"_id": one.id}, stored(changed))
        await mongo.db[MARKS].insert_one({"_id": f"{one.id}:{one.version}", "ticket_id": one.id})
    new = [a_ticket(chance, number, COMPANY) for number in range(1501, 1541)]
    await tickets.insert_many([stored(one) for one in new])
    await mongo.db[COUNTERS].update_one({"_id": f"{COMPANY}:ticket"}, {"$set": {"last": 1540}})
    yield Kept(TicketLists(mongo.db, Numbers(mongo.db)), [stored(one) for one in (*ours, *new)])
    mongo.close()


FILTERS: dict[str, dict[str, Any]] = {
    "active": {"status": ACTIVE_ONES},
    "any": {},
    "waiting": {"status": ("waiting",)},
    "some finished": {"status": ("resolved", "open")},
    "analyst's work": {"status": ACTIVE_ONES, "analyst": ("me",)},
    "all of an analyst": {"analyst": ("ana",)},
    "unassigned": {"status": ACTIVE_ONES, "analyst": ("none",)},
    "stage": {"status": ACTIVE_ONES, "stage": ("delivery",)},
    "executor": {"status": ACTIVE_ONES, "executor": ("bia",)},
    "requester": {"requester": ("p3",)},
    "requester's closed": {"requester": ("p3",), "status": ("closed",)},
    "workspace and kind": {"workspace": ("w1", "none"), "kind": ("question",)},
    "project, tag and band": {"project": ("j1",), "tag": ("t2",), "band": ("high", "urgent")},
    "highlighted, without tags": {"tag": ("none",), "highlighted": True},
    "promised": {"promised_from": date(2026, 3, 10), "promised_until": date(2026, 3, 12)},
    "promised and open": {"promised_until": date(2026, 3, 20), "status": ("open",)},
    "today's work": {"work": "today"},
    "overdue": {"work": "overdue", "status": ACTIVE_ONES},
    "nothing": {"tag": ("unknown",)},
}


async def test_walking_a_list_shows_each_ticket_once_in_its_order(kept: Kept, subtests: pytest.Subtests) -> None:
    """H9, O9, P2, R2, W17: whatever the index knows, a list is what the tickets say now, and so is its count."""
    for name, asked in FILTERS.items():
        wanted = resolve(Filter(**asked), "ana", CALENDAR, NOW)
        mine = [row for row in kept.rows if belongs(row, Filter(**asked))]
        for order in ORDERS:
            with subtests.test(name, order=order):
                assert await kept.walk(wanted, order) == in_order(mine, order)
        with subtests.test(name, order="count"):
            assert (await kept.lists.count(COMPANY, wanted)).count == len(mine)


async def test_the_stages_of_what_is_with_somebody_add_up(kept: Kept) -> None:
    """H9: the chart of "Tickets Comigo"."""
    asked = Filter(status=ACTIVE_ONES, executor=("bia",))
    [count], by = await kept.lists.counts(COMPANY, [resolve(asked, "bia", CALENDAR, NOW)], ("stage",))
    mine = [row for row in kept.rows if belongs(row, asked)]
    assert count.count == len(mine)
    assert by["stage"] == {stage: sum(row["stage"] == stage for row in mine) for stage in ("triage", "delivery")}


async def test_a_page_and_numbers_asked_for_together_are_what_each_is_alone(
    kept: Kept, subtests: pytest.Subtests
) -> None:
    """H9, O9"""
    for name, asked in FILTERS.items():
        filter_ = Filter(**asked)
        wanted, in_all = (
            resolve(one, "ana", CALENDAR, NOW) for one in (filter_, filter_.model_copy(update={"stage": ()}))
        )
        alone, by_alone = await kept.lists.counts(COMPANY, [in_all], ("stage",))
        for order in ORDERS:
            with subtests.test(name, order=order):
                page = await kept.lists.page(COMPANY, wanted, order, after=None, limit=20)
                together, count, by = await kept.lists.page_and_counts(
                    COMPANY, wanted, order, after=None, limit=20, counted=in_all, by=("stage",)
                )
                assert [row["number"] for row in together.rows] == [row["number"] for row in page.rows]
                assert together.following == page.following
                assert (count, by) == (alone[0], by_alone)


@pytest.mark.parametrize("asked", [{"status": ACTIVE_ONES}, {"status": ACTIVE_ONES, "analyst": ("ana",)}])
async def test_the_desks_own_lists_are_exact_also_while_the_index_is_far_behind(
    kept: Kept, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """H9, O9"""
    monkeypatch.setattr("balcao.tickets.store.finding.MOST_PENDING", 5)
    wanted = resolve(Filter(**asked), "ana", CALENDAR, NOW)
    mine = [row for row in kept.rows if belongs(row, Filter(**asked))]
    assert (await kept.lists.count(COMPANY, wanted)).behind
    assert await kept.walk(wanted, "rank") == in_order(mine, "rank")
    other = await kept.lists.page(COMPANY, wanted, "updated", after=None, limit=5)
    assert other.behind


async def test_a_ticket_that_is_committed_after_a_higher_number_was_indexed_is_in_the_lists(kept: Kept) -> None:
    """O13: numbers are given before tickets are committed; the index passes over none for good."""
    database: Database = kept.lists._tickets.database  # type: ignore[assignment]
    indexer = Indexer(database)
    await indexer.catch_up()
    await database[COUNTERS].update_one({"_id": f"{COMPANY}:ticket"}, {"$set": {"last": 1542}})
    await database[TICKETS].insert_one(stored(a_ticket(random.Random(1), 1542, COMPANY)))
    await indexer.catch_up()
    late = a_ticket(random.Random(1), 1541, COMPANY).model_copy(update={"tags": ("late",)})
    await database[TICKETS].insert_one(stored(late))
    wanted = resolve(Filter(tag=("late",)), "ana", CALENDAR, NOW)
    assert await kept.walk(wanted, "newest") == [1541]

    async def is_indexed() -> bool:
        await indexer.catch_up()
        found = await database[FINDING].find_one({"_id": facet_key(COMPANY, "tag", 0)})
        return "late" in decode(found["sets"] if found else b"")

    await eventually(is_indexed, within_s=60)
    assert await kept.walk(wanted, "newest") == [1541]


async def test_very_many_tickets_of_one_hour_come_by_their_number(kept: Kept, mongo_url: str) -> None:
    """A bulk change leaves hundreds with one time: still each comes once."""
    everyone = resolve(Filter(), "ana", CALENDAR, NOW)
    at = AT + timedelta(days=90)
    database: Database = kept.lists._tickets.database  # type: ignore[assignment]
    for row in kept.rows[:300]:
        row["updated_at"] = at
        await database[TICKETS].update_one({"_id": row["_id"]}, {"$set": {"updated_at": at}})
        await database[MARKS].update_one({"_id": f"{row['_id']}:x"}, {"$set": {"ticket_id": row["_id"]}}, upsert=True)
    await Indexer(database).catch_up()
    walked = await kept.walk(everyone, "updated")
    assert walked[:300] == sorted((row["number"] for row in kept.rows[:300]), reverse=True)
    assert sorted(walked) == sorted(row["number"] for row in kept.rows)


def test_a_page_key_that_no_page_gave_is_refused(subtests: pytest.Subtests) -> None:
    orders: list[Order] = ["rank", "newest", "promised"]
    for order in orders:
        for after in ("x", "1.2.3.4", "", "1.x", "1.-5"):
            with subtests.test(order, after=after), pytest.raises(BadFilter):
                read_key(after, order)


def belongs(row: dict[str, Any], asked: Filter) -> bool:
    """The filter in the plainest words, for the person Ana (or whoever is named)."""
    assignee = row["stage_assignees"].get(row["stage"]) or row["analyst"] or {}
    bands = {"urgent": (76, 100), "high": (51, 75), "medium": (26, 50), "low": (1, 25), "none": (0, 0)}
    promised = row["promised_for"]
    local = promised.astimezone(CALENDAR.zone).date() if promised else None
    due = local if row["status"] in ACTIVE else None
    today = NOW.astimezone(CALENDAR.zone).date()
    checks = [
        asked.status is None or row["status"] in asked.status,
        not asked.stage or row["stage"] in asked.stage,
        not asked.kind or row["kind"] in asked.kind,
        not asked.band or any(bands[one][0] <= row["priority"] <= bands[one][1] for one in asked.band),
        not asked.workspace or (row["workspace_id"] or "none") in asked.workspace,
        not asked.project or (row["project_id"] or "none") in asked.project,
        not asked.tag or bool(set(row["tags"] or ("none",)) & set(asked.tag)),
        not asked.analyst or ((row["analyst"] or {}).get("person_id") or "none") in named(asked.analyst),
        not asked.executor or (assignee.get("person_id") or "none") in named(asked.executor),
        not asked.requester or row["requester"]["person_id"] in asked.requester,
        not asked.highlighted or row["highlight"] is not None,
        asked.promised_from is None or (local is not None and local >= asked.promised_from),
        asked.promised_until is None or (local is not None and local <= asked.promised_until),
        asked.work != "today" or due == today,
        asked.work != "overdue" or (due is not None and due < today),
    ]
    return all(checks)


def named(ids: tuple[str, ...]) -> set[str]:
    return {"ana" if one == "me" else one for one in ids}


def in_order(rows: list[dict[str, Any]], order: Order) -> list[int]:
    far = datetime(9999, 1, 1, tzinfo=UTC)
    if order == "rank":
        rows = sorted(rows, key=lambda row: (-row["priority"], -row["number"]))
    elif order in ("newest", "oldest"):
        rows = sorted(rows, key=lambda row: row["number"], reverse=order == "newest")
    elif order == "updated":
        rows = sorted(rows, key=lambda row: (-row["updated_at"].timestamp(), -row["number"]))
    else:
        rows = sorted(rows, key=lambda row: (instant(row, "promised") or far, -row["number"]))
    return [row["number"] for row in rows]
