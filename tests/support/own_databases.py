"""Databases of a test's own, dropped once nothing can hold on to them any more."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pymongo

RESTS_S = 90.0
"""The server ends transactions of processes that were killed after a minute. The embedded one waits for them for ever
when a database with such a transaction is dropped, and with it whoever else wants something of it."""

_left: list[tuple[float, str]] = []


@contextmanager
def own_databases(mongo_url: str) -> Iterator[str]:
    """A prefix for names of databases; what carries it is dropped later, by a test that comes to its end."""
    prefix = f"test_{uuid.uuid4().hex[:12]}_"
    yield prefix
    _left.append((time.monotonic(), prefix))
    rested = [one for one in _left if one[0] < time.monotonic() - RESTS_S]
    if not rested:
        return
    _left[:] = [one for one in _left if one not in rested]
    prefixes = tuple(prefix for _, prefix in rested)
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        for name in client.list_database_names():
            if name.startswith(prefixes):
                client.drop_database(name)
