"""Fills the database with tickets as the service itself stores them, quickly: one in twenty still needs somebody."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from balcao.shared.clock import now
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Mongo
from balcao.shared.numbers import COUNTERS
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.opening import Request, open_at_desk
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import TICKETS
from balcao.tickets.store.indexing import Indexer
from tests.bench.world import World

COMPANY_ID = derived_id("company", "bench")
WORKSPACES, TAGS, REQUESTERS, ANALYSTS = 40, 30, 2_000, 8
_ACTIVE_EVERY = 20
_BEGINNINGS = "ca co de re pro im an ban lo ar te vi di se fa ma po gra cor men tu qua bo si ri na es al ver ni".split()
_ENDINGS = "nha mento ção do ra ta lo nte ria gem ço vel são dade ma ro sta no".split()
_EPOCH = datetime(2025, 1, 6, 12, tzinfo=UTC)


def vocabulary() -> list[str]:
    """Some 16,000 words that look Portuguese, the frequent ones first; the same each time."""
    words = [a + b + c for a in _BEGINNINGS for b in _BEGINNINGS for c in _ENDINGS]
    random.Random(3).shuffle(words)
    return words


_WORDS = vocabulary()
_WEIGHTS = list(accumulate(1 / place for place in range(1, len(_WORDS) + 1)))
"""As in any text: the second word half as often as the first, and so on."""


async def fill_up_to(world: World, size: int, me: Party) -> None:
    """Write tickets past the numbers already given, until there are so many; some of them are mine."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(world.stack.url("database"), tz_aware=True)
    database = client["balcao_tickets"]
    counter = await database[COUNTERS].find_one({"_id": f"{COMPANY_ID}:ticket"})
    last = int(counter["last"]) if counter else 0
    chance = random.Random(size)
    team = Team(company=Company(id=COMPANY_ID, slug="bench", name="Bench"))
    while last < size:
        batch = [_ticket(chance, number, team, me) for number in range(last + 1, min(size, last + 500) + 1)]
        await database[TICKETS].insert_many([{"_id": one.id, **one.model_dump(exclude={"id"})} for one in batch])
        last += len(batch)
        counted = {"$set": {"last": last}}
        await database[COUNTERS].update_one({"_id": f"{COMPANY_ID}:ticket"}, counted, upsert=True)
    client.close()
    await asyncio.sleep(1)


async def index_all(world: World) -> None:
    """Have the index know everything, without the rests that the service takes."""
    mongo = Mongo(world.stack.url("database"), "balcao_tickets")
    indexer = Indexer(mongo.db)
    try:
        await indexer.rebuild(COMPANY_ID)
    finally:
        await indexer.stop()
        mongo.close()
    await asyncio.sleep(1)


def _ticket(chance: random.Random, number: int, team: Team, me: Party) -> Ticket:
    who = chance.randrange(REQUESTERS)
    requester = Party(person_id=f"p{who}", name=f"Cliente {who}", address=f"c{who}@loja{who % 50}.test")
    title, text = _words(chance, 6).capitalize(), _words(chance, 90)
    request = Request(f"{title} {number}", text, priority=chance.choice([0, 0, 25, 50, 80]))
    opened = _EPOCH + timedelta(minutes=5 * number)
    ticket = open_at_desk(
        request, requester, team, ticket_id=derived_id("bench", str(number)), number=number, at=opened
    ).after
    analyst = chance.randrange(20 if number % _ACTIVE_EVERY == 0 else ANALYSTS)
    active = number % _ACTIVE_EVERY == 0
    return ticket.model_copy(
        update={
            "status": chance.choice(["open", "waiting"]) if active else chance.choice(["resolved", "closed"]),
            "active": active,
            "progress": "in_progress" if active else None,
            "stage": chance.choice(["triage", "analysis", "production", "delivery"]),
            "analyst": me if analyst == 0 else Party(person_id=f"a{analyst}", name=f"Analista {analyst}"),
            "workspace_id": f"w{chance.randrange(WORKSPACES)}",
            "tags": tuple({f"t{chance.randrange(TAGS)}" for _ in range(chance.randrange(3))}),
            "promised_for": now() + timedelta(hours=chance.randrange(-200, 200)) if chance.random() < 0.3 else None,
            "version": 1,
            "entries": 1,
        }
    )


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_WORDS, cum_weights=_WEIGHTS, k=count))
