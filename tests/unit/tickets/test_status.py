"""Statuses: every legal move, and every other one refused by name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from balcao.shared.aggregate import Change
from balcao.shared.errors import Refused
from balcao.shared.events import TicketCancelled, TicketClosed, TicketReopened, TicketResolved, TicketWaitStarted
from balcao.tickets.domain import production, status, waiting
from balcao.tickets.domain.conditions import NothingToReopen, TicketIsCancelled, TicketIsClosed, TicketIsResolved
from balcao.tickets.domain.status import MOVES
from balcao.tickets.domain.ticket import Ticket, Wait
from tests.unit.tickets.builders import AT, BY_ANA, LATER, a_task, a_ticket, kinds

Command = Callable[[Ticket], Change[Ticket]]

COMMANDS: dict[str, Command] = {
    "wait": lambda ticket: waiting.wait(ticket, "follow_up", LATER, BY_ANA),
    "reopen": lambda ticket: production.reopen(ticket, "team"),
    "resolve": lambda ticket: status.resolve(ticket, "answered", AT),
    "close": lambda ticket: status.resolve(ticket, "spam", AT),
    "cancel": status.cancel,
}
REFUSALS = {"resolved": TicketIsResolved, "closed": TicketIsClosed, "cancelled": TicketIsCancelled}


def in_status(name: str, **values: Any) -> Ticket:
    """A ticket brought to a status by commands."""
    ticket = a_ticket(**values)
    paths: dict[str, list[Command]] = {
        "open": [],
        "waiting": [COMMANDS["wait"]],
        "resolved": [COMMANDS["resolve"]],
        "closed": [COMMANDS["close"]],
        "cancelled": [COMMANDS["cancel"]],
    }
    for command in paths[name]:
        ticket = command(ticket).after
    assert ticket.status == name
    return ticket


ALLOWED = [
    ("open", "wait", "waiting"),
    ("open", "resolve", "resolved"),
    ("open", "cancel", "cancelled"),
    ("open", "close", "closed"),
    ("waiting", "wait", "waiting"),
    ("waiting", "reopen", "open"),
    ("waiting", "resolve", "resolved"),
    ("waiting", "cancel", "cancelled"),
    ("waiting", "close", "closed"),
    ("resolved", "reopen", "open"),
    ("cancelled", "reopen", "open"),
]


@pytest.mark.parametrize(("before", "command", "after"), ALLOWED)
def test_what_is_allowed_leads_where_it_should(before: str, command: str, after: str) -> None:
    """W1"""
    change = COMMANDS[command](in_status(before))
    assert change.after.status == after
    assert change.after.version == change.before.version + 1


REFUSED = [
    (before, command)
    for before in ("open", "waiting", "resolved", "closed", "cancelled")
    for command in COMMANDS
    if (before, command) not in {(one, two) for one, two, _ in ALLOWED}
]


@pytest.mark.parametrize(("before", "command"), REFUSED)
def test_everything_else_is_refused_by_name_and_says_what_is_possible(before: str, command: str) -> None:
    """W1"""
    with pytest.raises(Refused) as refusal:
        COMMANDS[command](in_status(before))
    expected = NothingToReopen if before == "open" else REFUSALS[before]
    assert type(refusal.value) is expected
    assert refusal.value.details["ticket_status"] == before
    if before != "open":
        assert refusal.value.details["possible"] == sorted(MOVES[before])  # type: ignore[index]


def test_a_draft_may_be_submitted_resolved_or_cancelled() -> None:
    """W1, O12"""
    assert MOVES["draft"] == {"submit": "open", "resolve": "resolved", "cancel": "cancelled"}


def test_waiting_has_a_reason_and_leaves_the_inbox() -> None:
    """W4"""
    change = waiting.wait(a_ticket(highlight="reply"), "visit", LATER, BY_ANA)
    ticket = change.after
    assert (ticket.wait, ticket.progress, ticket.highlighted) == (Wait(reason="visit", until=LATER), None, False)
    assert kinds(change)[-1] is TicketWaitStarted


def test_waiting_for_something_else_replaces_the_reason() -> None:
    """W4"""
    ticket = waiting.wait(in_status("waiting"), "more_information", None, BY_ANA).after
    assert ticket.wait == Wait(reason="more_information")


@pytest.mark.parametrize("before", ["waiting", "resolved", "cancelled"])
def test_back_in_service_nothing_of_the_former_status_is_left(before: str) -> None:
    """W1, W4, W5"""
    change = production.reopen(in_status(before), "team")
    ticket = change.after
    assert (ticket.wait, ticket.resolution, ticket.resolved_at) == (None, None, None)
    assert (ticket.status, ticket.progress, ticket.active) == ("open", "in_progress", True)
    reopened = change.facts[0]
    assert isinstance(reopened, TicketReopened)
    assert (reopened.before, reopened.reason) == (before, "team")


@pytest.mark.parametrize("method", ["answered", "no_response", "rejected", "merged", "split"])
def test_resolving_keeps_method_and_time(method: Any) -> None:
    """W5"""
    change = status.resolve(a_ticket(highlight="reply"), method, LATER)
    ticket = change.after
    assert (ticket.status, ticket.resolution, ticket.resolved_at) == ("resolved", method, LATER)
    assert (ticket.active, ticket.progress, ticket.highlighted) == (False, None, False)
    assert kinds(change) == [TicketResolved]


@pytest.mark.parametrize("method", ["spam", "unknown_sender"])
def test_spam_and_unknown_senders_are_closed_at_once(method: Any) -> None:
    """W5"""
    change = status.resolve(a_ticket(), method, LATER)
    assert (change.after.status, change.after.resolution, change.after.resolved_at) == ("closed", method, LATER)
    assert kinds(change) == [TicketResolved, TicketClosed]
    assert change.after.version == 2


def test_cancelling_names_the_tasks_that_somebody_may_still_work_on() -> None:
    """W1"""
    tasks = (
        a_task(id="asked", state="requested"),
        a_task(id="open"),
        a_task(id="approval", phase_kind="external_approval"),
        a_task(id="done", state="completed"),
        a_task(id="given up", state="cancelled"),
    )
    change = status.cancel(a_ticket(tasks=tasks))
    (fact,) = change.facts
    assert isinstance(fact, TicketCancelled)
    assert fact.open_tasks == ("asked", "open", "approval")


def test_resolving_a_waiting_ticket_ends_its_wait() -> None:
    """W4, W5"""
    ticket = status.resolve(in_status("waiting"), "answered", AT + timedelta(days=1)).after
    assert ticket.wait is None
