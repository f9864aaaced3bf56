"""The bus on one page: every fact is said by one service and heard by a queue, or known to be unheard."""

import ast
from pathlib import Path

import pytest

from balcao.shared.events import FACTS
from balcao.shared.topology import QUEUES, SAYS, UNHEARD

SERVICES = {"intake", "tickets", "workflow", "notifier", "portal-api"}
ROOT = Path(__file__).resolve().parents[2]


def test_every_fact_is_heard_or_known_to_be_unheard() -> None:
    """A fact in neither place would be said into the void, or refused by the broker for ever."""
    heard = {fact for queue in QUEUES for fact in queue.hears}
    assert heard | UNHEARD == set(FACTS.values())
    assert heard & UNHEARD == set()


def test_every_fact_is_said_by_one_service() -> None:
    said = [fact for facts in SAYS.values() for fact in facts]
    assert sorted(fact.type for fact in said) == sorted(FACTS)
    assert set(SAYS) == SERVICES


def test_queues_are_named_after_their_service_and_handler_once_each() -> None:
    names = [queue.name for queue in QUEUES]
    assert len(set(names)) == len(names)
    assert {queue.service for queue in QUEUES} <= SERVICES
    assert all(queue.hears or queue.on_demand for queue in QUEUES)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_handles_exactly_its_queues(service: str) -> None:
    """A queue without a handler only fills; a handler without its queue ends the start of its service."""
    subscribed = {name for path in _sources(service) for name in _subscriptions(path)}
    assert subscribed == {queue.name for queue in QUEUES if queue.service == service}


@pytest.mark.parametrize("service", sorted(SERVICES - {"portal-api"}))
def test_a_service_names_no_fact_to_say_that_is_another_services(service: str) -> None:
    """What it says it makes by calling the fact's class; what it only hears it never makes. The gateway says nothing
    at all, and makes a fact only to show the mail that would come of it."""
    others = {fact.__name__ for name, facts in SAYS.items() if name != service for fact in facts}
    made = {name for path in _sources(service) for name in _calls(path)}
    assert made & others == set()


def _sources(service: str) -> list[Path]:
    return sorted((ROOT / "services" / service / "balcao").rglob("*.py"))


def _subscriptions(path: Path) -> set[str]:
    """The names given to `bus.on(…)`."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "on"
        and not (isinstance(call.func.value, ast.Name) and call.func.value.id == "Index")
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def _calls(path: Path) -> set[str]:
    """Names that are called, or said by `revision.say(Fact, …)`."""
    found: set[str] = set()
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Name):
                found.add(call.func.id)
            elif isinstance(call.func, ast.Attribute) and call.func.attr == "say":
                found.update(argument.id for argument in call.args[:1] if isinstance(argument, ast.Name))
    return found
