"""Waiting: what each reason needs, until when it lasts, and how it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balcao.shared.errors import Invalid
from balcao.shared.events import TicketReopened, TicketResolved
from balcao.tickets.domain import waiting
from balcao.tickets.domain.conditions import TimeHasPassed, WaitIsIncomplete
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.ticket import Wait
from tests.unit.tickets.builders import AT, BY_ANA, LATER, TEAM, a_ticket, kinds
from tests.unit.tickets.lives import at_moment

FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)


def team_with(**policies: Any) -> Any:
    return TEAM.model_copy(update={"company": TEAM.company.model_copy(update={"policies": Policies(**policies)})})


def test_days_are_the_companys_business_days() -> None:
    """W4: two business days after a Friday end on Tuesday when business closes, in São Paulo."""
    planned = waiting.plan("more_information", TEAM, FRIDAY, days=2)
    assert planned.until == datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
    assert not planned.close_if_no_answer


def test_without_days_the_companys_usual_number_counts() -> None:
    """W4"""
    team = team_with(no_answer_days=1, close_if_no_answer=True)
    planned = waiting.plan("more_information", team, FRIDAY)
    assert (planned.until, planned.close_if_no_answer) == (datetime(2026, 3, 9, 21, 0, tzinfo=UTC), True)
    assert waiting.plan("more_information", team, FRIDAY, close_if_no_answer=False).close_if_no_answer is False


@pytest.mark.parametrize("reason", ["follow_up", "visit"])
def test_a_date_is_needed_where_the_reason_is_one(reason: Any) -> None:
    """W4"""
    with pytest.raises(WaitIsIncomplete) as refusal:
        waiting.plan(reason, TEAM, AT)
    assert refusal.value.details == {"reason": reason, "missing": ["until"]}
    assert waiting.plan(reason, TEAM, AT, until=LATER) == Wait(reason=reason, until=LATER)


@pytest.mark.parametrize("reason", ["split", "case_launched"])
def test_what_others_do_may_take_as_long_as_it_takes(reason: Any) -> None:
    """W4"""
    assert waiting.plan(reason, TEAM, AT) == Wait(reason=reason)


@pytest.mark.parametrize(
    ("reason", "given", "refusal"),
    [
        ("follow_up", {"until": AT}, TimeHasPassed),
        ("more_information", {"until": AT - timedelta(seconds=1)}, TimeHasPassed),
        ("visit", {"until": LATER, "days": 2}, WaitIsIncomplete),
        ("follow_up", {"until": LATER, "close_if_no_answer": True}, WaitIsIncomplete),
    ],
)
def test_what_makes_no_sense_is_refused(reason: Any, given: dict[str, Any], refusal: type[Invalid]) -> None:
    """W4"""
    with pytest.raises(refusal):
        waiting.plan(reason, TEAM, AT, **given)


def test_when_the_time_is_reached_it_comes_back_highlighted() -> None:
    """W4"""
    ticket = waiting.wait(a_ticket(), Wait(reason="follow_up", until=LATER), BY_ANA).after
    change = at_moment(ticket, "wait_over", LATER)
    after = change.after
    assert (after.status, after.progress, after.highlight, after.wait) == ("open", "in_progress", "wait_over", None)
    (fact,) = change.facts
    assert isinstance(fact, TicketReopened)
    assert (fact.before, fact.reason) == ("waiting", "wait_over")


def test_without_an_answer_it_is_concluded_where_that_was_ticked() -> None:
    """W4"""
    ticket = waiting.wait(
        a_ticket(), Wait(reason="more_information", until=LATER, close_if_no_answer=True), BY_ANA
    ).after
    change = at_moment(ticket, "wait_over", LATER)
    assert (change.after.status, change.after.resolution) == ("resolved", "no_response")
    assert [fact.by for fact in change.facts if isinstance(fact, TicketResolved)] == ["clock"]
    assert kinds(change) == [TicketResolved]
