"""Who has a ticket in hand: taking it, giving it back, and a robot's refusal."""

import pytest

from balcao.shared.events import TicketAnalystAssigned, TicketStageAssigned
from balcao.tickets.domain import conversation, stages, taking
from balcao.tickets.domain.conditions import NotYourTicket
from balcao.tickets.domain.ticket import Wait
from balcao.tickets.domain.waiting import wait
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, BY_CAIO, LATER, a_ticket, kinds, moves
from tests.unit.tickets.lives import at_moment


def test_taking_assigns_it_to_oneself_and_is_in_progress() -> None:
    """W3, H8"""
    change = taking.take(a_ticket(), BY_CAIO)
    after = change.after
    assert (after.analyst, after.progress, after.assignee("analysis")) == (BY_CAIO, "in_progress", BY_CAIO)
    assert [fact.taken for fact in change.facts if isinstance(fact, TicketAnalystAssigned)] == [True]
    assert moves(change) == [("triage", "analysis", "first_touch")]


def test_who_is_its_analyst_already_takes_it_in_hand() -> None:
    """W3"""
    change = taking.take(a_ticket(), BY_ANA)
    assert (change.after.analyst, change.after.progress) == (BY_ANA, "in_progress")
    assert TicketAnalystAssigned in kinds(change)
    assert taking.take(change.after, BY_ANA).facts == ()


def test_given_back_it_is_to_do_for_whoever_takes_it_next() -> None:
    """W3, H8"""
    taken = taking.take(a_ticket(), BY_CAIO).after
    change = taking.give_back(taken)
    after = change.after
    assert (after.status, after.progress, after.analyst) == ("open", "todo", None)
    assert (after.assignee("triage"), after.assignee("planning")) == (None, BY_BIA)
    assert kinds(change) == [TicketAnalystAssigned, TicketStageAssigned, TicketStageAssigned]
    next_one = conversation.comment(after, "Vou ver", BY_ANA, AT).after
    assert (next_one.analyst, next_one.progress) == (BY_ANA, "in_progress")


def test_a_stage_that_somebody_else_holds_stays_theirs_when_it_is_given_back() -> None:
    """W3, H8"""
    ticket = stages.assign_stage(a_ticket(), "analysis", BY_CAIO, BY_ANA).after
    assert taking.give_back(ticket).after.assignee("analysis") == BY_CAIO


def test_giving_back_what_nobody_has_changes_nothing() -> None:
    """W3"""
    given_back = taking.give_back(a_ticket()).after
    assert taking.give_back(given_back).facts == ()


def test_a_waiting_ticket_that_is_given_back_comes_back_to_do() -> None:
    """W3, W4"""
    waits = wait(a_ticket(), Wait(reason="follow_up", until=LATER), BY_ANA).after
    given_back = taking.give_back(waits).after
    assert (given_back.status, given_back.wait) == ("waiting", Wait(reason="follow_up", until=LATER))
    after = at_moment(given_back, "wait_over", LATER).after
    assert (after.status, after.progress, after.analyst) == ("open", "todo", None)


def test_a_robot_that_rejects_its_ticket_returns_it_with_its_reason() -> None:
    """W3"""
    change = taking.reject(a_ticket(), BY_ANA, "sem acesso ao banco de imagens")
    assert (change.after.analyst, change.after.progress) == (None, "todo")
    fact = next(fact for fact in change.facts if isinstance(fact, TicketAnalystAssigned))
    assert (fact.rejected, fact.returned, fact.remark) == (True, True, "sem acesso ao banco de imagens")


def test_what_is_assigned_to_somebody_else_is_not_ones_own_to_reject() -> None:
    """W3"""
    with pytest.raises(NotYourTicket):
        taking.reject(a_ticket(), BY_CAIO, "")
