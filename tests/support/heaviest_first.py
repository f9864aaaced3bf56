"""A pytest plugin: files that take long begin first, so that workers end together however the rest is shared out."""

import pytest

_HEAVY = ("stack", "browser", "real_broker", "real_database")
"""Marks, the heaviest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files by their heaviest mark, then by the time they may take; tests of a file stay as they are."""
    weights: dict[str, tuple[int, float]] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        weights[file] = min(_weight(item), weights.get(file, (len(_HEAVY), 0.0)))
    items.sort(key=lambda item: weights[item.nodeid.partition("::")[0]])


def _weight(item: pytest.Item) -> tuple[int, float]:
    mark = next((n for n, name in enumerate(_HEAVY) if item.get_closest_marker(name)), len(_HEAVY))
    timeout = item.get_closest_marker("timeout")
    return mark, -float(timeout.args[0]) if timeout is not None and timeout.args else 0.0
