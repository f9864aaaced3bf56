"""Numbers when several replicas make the same counter at the same moment."""

import asyncio

from balcao.shared.mongo import Mongo
from balcao.shared.numbers import Numbers


async def test_replicas_that_make_a_counter_together_still_give_each_number_once(
    mongo_url: str, database_prefix: str
) -> None:
    """O13. Twenty rounds, since the race is not lost every time; without another try some callers waited for ever."""
    replicas = [Mongo(mongo_url, f"{database_prefix}numbers") for _ in range(4)]
    try:
        for round_ in range(20):
            numbers = [Numbers(one.db) for one in replicas]
            asked = [one.next(f"company-{round_}", "ticket") for one in numbers for _ in range(3)]
            given = await asyncio.wait_for(asyncio.gather(*asked), 20)
            assert sorted(given) == list(range(1, len(given) + 1))
    finally:
        for one in replicas:
            one.close()
