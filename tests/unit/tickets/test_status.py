"""Situations: what hangs on each (the table of moves has its own tests, in test_life)."""

from datetime import timedelta
from typing import Any

import pytest

from balcao.shared.events import TicketCancelled, TicketClosed, TicketReopened, TicketResolved, TicketWaitStarted
from balcao.tickets.domain import production, status, waiting
from balcao.tickets.domain.ticket import Wait
from tests.unit.tickets.builders import AT, BY_ANA, LATER, a_task, a_ticket, kinds
from tests.unit.tickets.lives import in_status


def test_waiting_has_a_reason_and_leaves_the_inbox() -> None:
    """W4"""
    change = waiting.wait(a_ticket(highlight="reply"), Wait(reason="visit", until=LATER), BY_ANA)
    ticket = change.after
    assert (ticket.wait, ticket.progress, ticket.highlighted) == (Wait(reason="visit", until=LATER), None, False)
    assert kinds(change)[-1] is TicketWaitStarted


def test_waiting_for_something_else_replaces_the_reason() -> None:
    """W4"""
    ticket = waiting.wait(in_status("waiting"), Wait(reason="more_information"), BY_ANA).after
    assert ticket.wait == Wait(reason="more_information")


@pytest.mark.parametrize("before", ["waiting", "resolved", "cancelled"])
def test_back_in_service_nothing_of_the_former_status_is_left(before: Any) -> None:
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
