"""What a command costs the database: one look at the ticket, one transaction, one look at what to show."""

from collections import Counter
from typing import Any

import pytest
from pymongo import monitoring

from balcao.shared import mongo
from tests.integration.tickets.running import Desk

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

Command = tuple[str, str]
BUDGET = Counter(
    {
        ("find", "tickets"): 1,
        ("update", "tickets"): 1,
        ("insert", "timeline"): 1,
        ("insert", "finding_marks"): 1,
        ("insert", "outbox"): 1,
        ("commitTransaction", "admin"): 1,
        ("find", "timeline"): 1,
    }
)
"""A find, a transaction, and the timeline for the answer. Deleting what was published comes later, for many at once."""
ARMING = Counter({("insert", "timers"): 1})
WARNING = Counter({("find", "timeline"): 1})
"""A visible answer is compared with the history before it is accepted (W7)."""
OPENING = BUDGET + Counter({("insert", "tickets"): 1, ("insert", "recent"): 1, ("findAndModify", "counters"): 1})
OPENING -= Counter({("find", "tickets"): 1, ("update", "tickets"): 1, ("insert", "finding_marks"): 1})

COMMANDS: list[tuple[str, Any, Counter[Command]]] = [
    ("/tickets/1/action-plan", {"text": "Fazer"}, BUDGET),
    ("/tickets/1/stage", {"stage": "planning"}, BUDGET),
    ("/tickets/1/analyst", {"person_id": "bia"}, BUDGET),
    ("/tickets/1/give-back", None, BUDGET),
    ("/tickets/1/take", None, BUDGET),
    ("/tickets/1/wait", {"reason": "case_launched"}, BUDGET),
    ("/tickets/1/wait", {"reason": "more_information"}, BUDGET + ARMING),
    ("/tickets/1/reopen", None, BUDGET),
    ("/tickets/1/comments", {"text": "nota", "then": {"status": "waiting", "reason": "case_launched"}}, BUDGET),
    ("/tickets/1/comments", {"text": "resposta", "visible": True}, BUDGET + WARNING),
    ("/tickets/1/resolve", {"method": "answered"}, BUDGET),
    ("/tickets", {"title": "Banner"}, OPENING),
    ("/drafts", {"title": "Banner"}, OPENING),
]
WATCHED = {command for _, _, budget in COMMANDS for command in budget}

AFTERWARDS = frozenset({"finding"})
"""Collections that are written in batches after the fact, by whoever follows the marks."""


class _Counting:
    """Counts commands by name and collection, beside what the service counts itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: Counter[Command] = Counter()
        started = mongo._CommandWatch.started

        def counting(watch: Any, event: monitoring.CommandStartedEvent) -> None:
            target = event.command.get(event.command_name)
            self.seen[event.command_name, target if isinstance(target, str) else event.database_name] += 1
            started(watch, event)

        monkeypatch.setattr(mongo._CommandWatch, "started", counting)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> _Counting:
    """Set up before the service is, or its client would not be counted."""
    return _Counting(monkeypatch)


def counts(command: Command) -> bool:
    """Whether it is one of the request's own: every look named in the budget, and every write, wherever it goes."""
    name, collection = command
    is_write = name in ("insert", "update", "findAndModify")
    return command in WATCHED or (is_write and collection not in AFTERWARDS)


async def test_no_command_costs_more_round_trips_than_the_budget(counting: _Counting, desk: Desk) -> None:
    """Fails with a second look at the ticket, or a write of its own beside the transaction."""
    await desk.opened()
    for path, body, budget in COMMANDS:
        await desk.get("/company")  # the team is in memory for the next two seconds
        counting.seen.clear()
        answer = await desk.post(path, body)
        cost = Counter({command: count for command, count in counting.seen.items() if counts(command)})
        assert answer.status_code in (200, 201), (path, answer.text)
        assert (path, body, cost - budget) == (path, body, Counter())
        assert (path, cost["commitTransaction", "admin"]) == (path, 1)
