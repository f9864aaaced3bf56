"""Indexes are declared in the code, and follow it when it changes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from balcao.shared.mongo import Index, Mongo

pytestmark = pytest.mark.real_database


@pytest_asyncio.fixture
async def mongo(mongo_url: str, database_prefix: str) -> AsyncIterator[Mongo]:
    one = Mongo(mongo_url, f"{database_prefix}indexes")
    yield one
    one.close()


async def test_an_index_that_was_declared_otherwise_is_made_anew(mongo: Mongo) -> None:
    before = Index.on("lamps", "company_id", "place", why="as an older version had it")
    after = Index.on("lamps", "company_id", "place", why="as it is now", unique=True)
    await mongo.create_indexes([before])
    await asyncio.gather(*(mongo.create_indexes([after]) for _ in range(3)))
    await mongo.create_indexes([after])
    found = await mongo.db["lamps"].index_information()
    assert {name: bool(one.get("unique")) for name, one in found.items() if name != "_id_"} == {
        "company_id_1_place_1": True
    }
