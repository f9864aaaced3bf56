"""`python -m balcao.tickets reindex`: makes the finding index anew while everything goes on."""

import asyncio
import sys

from balcao.shared.mongo import Mongo
from balcao.tickets.settings import Settings
from balcao.tickets.store import INDEXES
from balcao.tickets.store.indexing import Indexer


def run(settings: Settings, *, company_id: str | None, rest: float, restart: bool) -> None:
    """Rebuild one company's index, or every company's, resting `rest` seconds for each second of work.

    What was ended in the middle goes on at the block where it was, unless `restart`.
    """
    asyncio.run(_rebuild(settings, company_id, rest, restart=restart))


async def _rebuild(settings: Settings, company_id: str | None, rest: float, *, restart: bool) -> None:
    mongo = Mongo(settings.mongo_url, settings.database_prefix + "tickets")
    try:
        await mongo.wait_until_up()
        await mongo.create_indexes(INDEXES)
        indexer = Indexer(mongo.db)
        known = await indexer.companies()
        for one in [company_id] if company_id is not None else sorted(known):
            if one not in known:
                raise SystemExit(f"no company with this id has tickets: {one}")
            tickets = await indexer.rebuild(one, rest=rest, restart=restart)
            sys.stdout.write(f"{one}: {tickets} tickets\n")
        await indexer.stop()
    finally:
        mongo.close()
