"""Fixtures of all integration tests."""

from collections.abc import Iterator

import pytest

from balcao.shared import service


@pytest.fixture(scope="session", autouse=True)
def no_warming_up() -> Iterator[None]:
    """What a service does at its start for the many who will ask it later: here each is asked a few times and ends,
    and what it would keep for good would stay in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "_know_routes", lambda _: None)
        patch.setattr(service, "_keep_for_good", lambda: None)
        yield
