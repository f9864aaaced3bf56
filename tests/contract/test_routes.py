"""What holds for every HTTP route of every service."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from balcao.shared.topology import SAYS

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture(scope="module")
def build() -> Iterator[Callable[[str], Any]]:
    """Wires a service as the generator of descriptions does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DEPLOY)
        yield importlib.import_module("generate").build


@pytest.mark.parametrize("service", sorted(SAYS))
def test_no_route_and_no_dependency_goes_through_a_thread(service: str, build: Callable[[str], Any]) -> None:
    """What is not `async` FastAPI hands to a pool of threads: a third of a request's time was that."""
    built = build(service)
    try:
        routes = [one for one in iter_route_contexts(built.http.routes) if isinstance(one.original_route, APIRoute)]
        called = [one for route in routes for one in _called(route.dependant)]
    finally:
        built.mongo.close()
    assert called
    assert sorted({_name(one) for one in called if not _is_async(one)}) == []


def _called(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for one in dependant.dependencies:
        yield from _called(one)


def _is_async(called: Any) -> bool:
    return any(
        inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one) for one in (called, type(called).__call__)
    )


def _name(called: Any) -> str:
    return f"{getattr(called, '__module__', '')}.{getattr(called, '__qualname__', called)}"
