"""Fixtures that tests of all kinds share."""

from collections.abc import Iterator

import pytest

from tests.support.own_databases import own_databases
from tests.support.servers import ServerAddresses, servers

pytest_plugins = ["tests.support.heaviest_first"]


@pytest.fixture(scope="session")
def server_addresses() -> Iterator[ServerAddresses]:
    """One database and one broker for the whole run, started when the first test asks for either."""
    with servers() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def mongo_url(server_addresses: ServerAddresses) -> str:
    """The database's address."""
    return server_addresses.mongo_url


@pytest.fixture(scope="session")
def amqp_url(server_addresses: ServerAddresses) -> str:
    """The broker's address."""
    return server_addresses.amqp_url


@pytest.fixture
def database_prefix(mongo_url: str) -> Iterator[str]:
    """A prefix for database names that is this test's own; what carries it is dropped afterwards."""
    with own_databases(mongo_url) as prefix:
        yield prefix
