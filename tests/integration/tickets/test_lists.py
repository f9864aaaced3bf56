"""Lists page by page: nothing left out, nothing twice, in order, whatever the filter."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Mongo
from balcao.shared.numbers import COUNTERS, Numbers
from balcao.tickets.domain.directory import Company, Team
from balcao.tickets.domain.opening import Request, open_at_desk
from balcao.tickets.domain.ticket import ACTIVE, Ticket
from balcao.tickets.store import INDEXES, TICKETS
from balcao.tickets.store.lists import Filter, TicketLists

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COMPANY, OTHER = "agencia", "outra"
PEOPLE = [Party(person_id=f"p{n}", name=f"P{n}", address=f"p{n}@cliente.test") for n in range(7)]
ANALYSTS = [Party(person_id="ana", name="Ana"), Party(person_id="bia", name="Bia"), None]


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
    status = chance.choice(["open", "open", "waiting", "resolved", "closed"])
    analyst = chance.choice(ANALYSTS)
    return ticket.model_copy(
        update={
            "status": status,
            "active": status in ACTIVE,
            "analyst": analyst,
            "stage": chance.choice(["triage", "delivery"]),
        }
    )


@pytest.fixture
async def kept(mongo_url: str, database_prefix: str) -> AsyncIterator[tuple[TicketLists, list[Ticket]]]:
    """700 tickets of one company with gaps in their numbers, and as many of another."""
    mongo = Mongo(mongo_url, f"{database_prefix}lists")
    await mongo.create_indexes(INDEXES)
    chance = random.Random(11)
    ours = [a_ticket(chance, number, COMPANY) for number in sorted(chance.sample(range(1, 1500), 700))]
    theirs = [a_ticket(chance, number, OTHER) for number in range(1, 701)]
    documents = [{"_id": one.id, **one.model_dump(exclude={"id"})} for one in (*ours, *theirs)]
    await mongo.db[TICKETS].insert_many(documents)
    await mongo.db[COUNTERS].insert_one({"_id": f"{COMPANY}:ticket", "last": 1500})
    yield TicketLists(mongo.db, Numbers(mongo.db)), ours
    mongo.close()


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Filter(statuses=ACTIVE), id="active"),
        pytest.param(Filter(), id="any"),
        pytest.param(Filter(statuses=frozenset({"waiting"})), id="waiting"),
        pytest.param(Filter(statuses=frozenset({"resolved", "open"})), id="some finished"),
        pytest.param(Filter(statuses=ACTIVE, analyst_id="ana"), id="analyst's work"),
        pytest.param(Filter(analyst_id="ana"), id="all of an analyst"),
        pytest.param(Filter(statuses=ACTIVE, stages=frozenset({"delivery"})), id="stage"),
        pytest.param(Filter(statuses=ACTIVE, executor_id="bia"), id="executor"),
        pytest.param(Filter(requester_id="p3"), id="requester"),
        pytest.param(Filter(requester_id="p3", statuses=frozenset({"closed"})), id="requester's closed"),
    ],
)
async def test_walking_a_list_shows_each_ticket_once_in_its_order(
    kept: tuple[TicketLists, list[Ticket]], wanted: Filter
) -> None:
    """H9, O9, P2: by priority for the team's work, newest first else; nothing of another company."""
    lists, ours = kept
    walked: list[int] = []
    after: int | None = None
    while True:
        rows, after = await lists.page(COMPANY, wanted, after=after, limit=37)
        walked += [row["number"] for row in rows]
        if after is None:
            break
    assert walked == _expected(ours, wanted)


def _expected(ours: list[Ticket], wanted: Filter) -> list[int]:
    def fits(one: Ticket) -> bool:
        executor = one.assignee()
        return (
            (wanted.statuses is None or one.status in wanted.statuses)
            and (wanted.stages is None or one.stage in wanted.stages)
            and (wanted.analyst_id is None or (one.analyst is not None and one.analyst.person_id == wanted.analyst_id))
            and (wanted.executor_id is None or (executor is not None and executor.person_id == wanted.executor_id))
            and (wanted.requester_id is None or one.requester.person_id == wanted.requester_id)
        )

    by_rank = wanted.requester_id is None and wanted.statuses is not None and wanted.statuses <= ACTIVE
    order = sorted((one for one in ours if fits(one)), key=lambda one: one.rank if by_rank else one.number)
    return [one.number for one in reversed(order)]
