"""Timers: which moments a ticket waits for, and that each does its part once or nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import TicketClosed, TicketReminded, TicketStageEntered
from balcao.tickets.domain import conversation, production, status, timers, waiting
from balcao.tickets.domain.ticket import Ticket, Wait
from balcao.tickets.domain.timers import Moment, fire, moments_of, newly_armed
from tests.unit.tickets.builders import AT, BY_ANA, LATER, a_ticket, an_answer, kinds, opened
from tests.unit.tickets.lives import in_status

SOON = LATER + timedelta(days=1)


def promising(ticket: Ticket, promised_for: datetime | None, remind_at: datetime | None = None) -> Change[Ticket]:
    """A change after which this date is promised."""
    revision = Revision(ticket).set(promised_for=promised_for, remind_at=remind_at)
    revision.say(TicketStageEntered, before="triage", stage="triage", reason="team")
    return revision.done()


def test_an_ordinary_ticket_arms_no_timer() -> None:
    """W4, W6: nothing is written for it on the way in."""
    assert newly_armed(opened(), AT) == ()


def test_each_situation_waits_for_its_own_moment() -> None:
    """W4, W6, W9"""
    waits = in_status("waiting")
    assert waits.wait is not None
    assert moments_of(waits) == {Moment("wait_over", waits.wait.until)}  # type: ignore[arg-type]
    resolved = in_status("resolved").model_copy(update={"reply_until": SOON})
    assert moments_of(resolved) == {Moment("window_over", SOON)}
    promised = a_ticket(promised_for=SOON, remind_at=LATER)
    assert moments_of(promised) == {Moment("promise_reached", SOON), Moment("promise_near", LATER)}
    assert moments_of(promised.model_copy(update={"status": "resolved"})) == set()


def test_a_change_arms_what_is_new_only() -> None:
    """W4, W9"""
    first = promising(a_ticket(), SOON)
    assert newly_armed(first, AT) == (Moment("promise_reached", SOON),)
    assert newly_armed(conversation.comment(first.after, "nota", BY_ANA, AT), AT) == ()
    waits = waiting.wait(first.after, Wait(reason="follow_up", until=LATER), BY_ANA)
    assert newly_armed(waits, AT) == (Moment("wait_over", LATER),)


def test_nobody_is_reminded_of_what_had_passed_when_it_was_promised() -> None:
    """W9"""
    assert newly_armed(promising(a_ticket(), SOON, remind_at=LATER), LATER) == (Moment("promise_reached", SOON),)


@pytest.mark.parametrize(
    "moved_on",
    [
        lambda ticket: conversation.requester_replied(ticket, an_answer(), "token"),
        lambda ticket: production.reopen(ticket, "team"),
        lambda ticket: status.resolve(ticket, "answered", AT),
        lambda ticket: waiting.wait(ticket, Wait(reason="follow_up", until=SOON), BY_ANA),
    ],
    ids=["reply", "reopened", "resolved", "another wait"],
)
def test_a_timer_whose_ticket_moved_on_does_nothing(moved_on: Any) -> None:
    """W4"""
    ticket = waiting.wait(a_ticket(), Wait(reason="follow_up", until=LATER), BY_ANA).after
    after = moved_on(ticket).after
    assert fire(after, Moment("wait_over", LATER), LATER).facts == ()


def test_a_timer_that_fires_again_does_nothing() -> None:
    """W4, W6"""
    waits = waiting.wait(a_ticket(), Wait(reason="follow_up", until=LATER), BY_ANA).after
    after = fire(waits, Moment("wait_over", LATER), LATER).after
    assert fire(after, Moment("wait_over", LATER), LATER).facts == ()
    resolved = in_status("resolved").model_copy(update={"reply_until": LATER})
    closed = fire(resolved, Moment("window_over", LATER), LATER)
    assert kinds(closed) == [TicketClosed]
    assert fire(closed.after, Moment("window_over", LATER), LATER).facts == ()


def test_one_moment_has_one_cause_however_many_timers_it_has() -> None:
    """W9: a date that is promised, taken back and promised again is reminded of once."""
    assert timers.cause_of("a", Moment("promise_near", LATER)) == timers.cause_of("a", Moment("promise_near", LATER))
    others = {
        timers.cause_of(*one) for one in (("a", Moment("promise_near", LATER)), ("b", Moment("promise_near", LATER)))
    }
    assert len(others) == 2


@pytest.mark.parametrize(
    ("kind", "what", "due"), [("promise_near", "near", LATER), ("promise_reached", "reached", SOON)]
)
def test_a_promised_date_is_reminded_of_and_highlights_the_ticket(kind: Any, what: str, due: datetime) -> None:
    """W9"""
    ticket = a_ticket(promised_for=SOON, remind_at=LATER)
    change = fire(ticket, Moment(kind, due), due)
    (fact,) = change.facts
    assert isinstance(fact, TicketReminded)
    assert (fact.what, fact.promised_for) == (what, SOON)
    assert change.after.highlight == "promised"
    answered = fire(ticket.model_copy(update={"highlight": "reply"}), Moment(kind, due), due).after
    assert answered.highlight == "reply"
