"""What company policies add to every change: words before resolving, feedback window, due date, reminder."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balcao.shared.aggregate import Change
from balcao.shared.events import TicketResolved
from balcao.tickets.domain import conversation, ending, production, stages, status, taking
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conditions import TicketIsClosed, WordsNeeded
from balcao.tickets.domain.due import due_of
from balcao.tickets.domain.policies import DueByStatus, Policies
from balcao.tickets.domain.settling import settle
from balcao.tickets.domain.threading import Append, Open, place
from balcao.tickets.domain.ticket import Ticket, Wait
from balcao.tickets.domain.waiting import wait
from tests.unit.tickets.builders import AT, BY_ANA, DORA, LATER, TEAM, a_ticket, an_answer, opened
from tests.unit.tickets.lives import a_draft, at_moment

MONDAY_CLOSES = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
TUESDAY_CLOSES = MONDAY_CLOSES + timedelta(days=1)


def company(**policies: Any) -> Company:
    return TEAM.company.model_copy(update={"policies": Policies(**policies)})


def settled(change: Change[Ticket], at: datetime = LATER, **policies: Any) -> Change[Ticket]:
    return settle(change, company(**policies), at)


def resolved_fact(change: Change[Ticket]) -> TicketResolved:
    return next(fact for fact in change.facts if isinstance(fact, TicketResolved))


@pytest.mark.parametrize(("required", "visible"), [("note", False), ("note", True), ("mail", True)])
def test_where_the_company_asks_for_words_they_come_first(required: Any, visible: bool) -> None:
    """W5"""
    with pytest.raises(WordsNeeded) as refusal:
        settled(status.resolve(a_ticket(), "answered", LATER), resolution_required=required)
    assert refusal.value.details["required"] == required
    ticket = conversation.comment(a_ticket(), "Feito", BY_ANA, AT, visible=visible).after
    change = settled(status.resolve(ticket, "answered", LATER), resolution_required=required)
    assert change.after.status == "resolved"


def test_a_note_is_no_mail() -> None:
    """W5"""
    ticket = conversation.comment(a_ticket(), "Feito", BY_ANA, AT).after
    with pytest.raises(WordsNeeded):
        settled(status.resolve(ticket, "answered", LATER), resolution_required="mail")


def test_words_said_in_the_same_step_count_and_are_marked() -> None:
    """W5: send and resolve; the green tick stands at the very answer."""
    change = settled(
        conversation.comment(a_ticket(), "Feito", BY_ANA, LATER, visible=True, then_resolve="answered"),
        resolution_required="mail",
    )
    counted = change.after.resolution_entry
    assert counted is not None
    assert change.facts[counted - change.before.entries - 1].type == "ticket.replied.v1"
    assert resolved_fact(change).entry == counted


def test_the_latest_words_are_the_marked_ones() -> None:
    """W5"""
    ticket = conversation.comment(a_ticket(), "Pergunta", BY_ANA, AT, visible=True).after
    ticket = conversation.comment(ticket, "Anotado", BY_ANA, AT).after
    change = settled(status.resolve(ticket, "answered", LATER))
    assert change.after.resolution_entry == ticket.entries
    assert settled(status.resolve(a_ticket(), "answered", LATER)).after.resolution_entry is None


def test_words_of_an_earlier_life_don_t_count() -> None:
    """W5: after a reopening, the resolution is explained anew."""
    ticket = conversation.comment(a_ticket(), "Feito", BY_ANA, AT, then_resolve="answered").after
    reopened = production.reopen(ticket, "team").after
    with pytest.raises(WordsNeeded):
        settled(status.resolve(reopened, "answered", LATER), resolution_required="note")


@pytest.mark.parametrize("method", ["spam", "unknown_sender", "merged", "split"])
def test_what_explains_itself_needs_no_words(method: Any) -> None:
    """W5"""
    assert settled(status.resolve(a_ticket(), method, LATER), resolution_required="mail").after.resolution == method


def test_neither_the_requester_nor_time_have_to_explain_themselves() -> None:
    """W4, W5, P4"""
    assert settled(ending.end(a_ticket(), "solved", LATER), resolution_required="mail").after.status == "resolved"
    waits = wait(a_ticket(), Wait(reason="more_information", until=LATER, close_if_no_answer=True), BY_ANA).after
    change = settled(at_moment(waits, "wait_over", LATER), resolution_required="mail")
    assert change.after.status == "resolved"


def test_without_a_window_a_resolved_ticket_stays_open_to_replies() -> None:
    """W6"""
    assert settled(status.resolve(a_ticket(), "answered", LATER)).after.reply_until is None


def test_the_feedback_window_is_on_the_ticket_and_in_the_fact() -> None:
    """W6"""
    change = settled(status.resolve(a_ticket(), "answered", LATER), feedback_days=3)
    end = LATER + timedelta(days=3)
    assert (change.after.reply_until, resolved_fact(change).reply_until) == (end, end)
    spam = settled(status.resolve(a_ticket(), "spam", LATER), feedback_days=3)
    assert (spam.after.status, spam.after.reply_until) == ("closed", None)


@pytest.mark.parametrize(
    ("late_by", "joins"), [(timedelta(0), True), (timedelta(milliseconds=1), False)], ids=["last moment", "too late"]
)
def test_a_reply_joins_a_resolved_ticket_only_within_the_window(late_by: timedelta, joins: bool) -> None:
    """W6: also in the moment before the timer has closed it."""
    ticket = settled(status.resolve(a_ticket(), "answered", LATER), feedback_days=1).after
    assert ticket.reply_until is not None
    at = ticket.reply_until + late_by
    placed = place(DORA, (("token", ticket),), TEAM, at=at)
    assert placed == (Append(ticket, "token") if joins else Open(rule="token_to_closed", related=ticket))
    if not joins:
        with pytest.raises(TicketIsClosed):
            status.takes_replies(ticket, at)


def test_after_the_window_it_is_closed_and_keeps_its_resolution() -> None:
    """W6"""
    ticket = settled(
        conversation.comment(a_ticket(), "Feito", BY_ANA, LATER, then_resolve="answered"), feedback_days=1
    ).after
    assert ticket.reply_until is not None
    after = settled(at_moment(ticket, "window_over", ticket.reply_until), at=ticket.reply_until).after
    assert (after.status, after.resolution, after.resolved_at) == ("closed", "answered", LATER)
    assert after.resolution_entry == ticket.resolution_entry is not None


def test_a_new_ticket_is_due_on_the_next_business_day() -> None:
    """W16"""
    assert settled(opened(), at=AT).after.due == TUESDAY_CLOSES


@pytest.mark.parametrize(
    ("ticket", "due"),
    [
        (a_ticket(), datetime(2026, 3, 4, 21, 0, tzinfo=UTC)),
        (a_ticket(progress="in_progress"), datetime(2026, 3, 5, 21, 0, tzinfo=UTC)),
        (a_ticket(status="waiting", progress=None, wait=Wait(reason="follow_up", until=LATER)), LATER),
        (a_ticket(status="waiting", progress=None, wait=Wait(reason="visit", until=LATER)), MONDAY_CLOSES),
        (a_ticket(status="waiting", progress=None, wait=Wait(reason="split")), None),
        (a_ticket(status="resolved", progress=None), None),
        (a_draft(), None),
    ],
    ids=["to do", "in progress", "agreed date", "visit", "no date", "resolved", "draft"],
)
def test_the_due_date_follows_the_situation(ticket: Ticket, due: datetime | None) -> None:
    """W16"""
    policies = {"due_by_status": DueByStatus(todo_days=2, in_progress_days=3)}
    assert due_of(ticket, company(**policies), AT) == due


def test_a_company_may_have_no_due_dates_by_situation() -> None:
    """W16"""
    never = DueByStatus(todo_days=None, in_progress_days=None, agreed_date=False, visit_date=False)
    for one in (a_ticket(), a_ticket(status="waiting", progress=None, wait=Wait(reason="visit", until=LATER))):
        assert due_of(one, company(due_by_status=never), AT) is None


def test_what_changes_no_situation_leaves_the_due_date() -> None:
    """W16: neither a second comment nor a stage moves it; taking, waiting and the return do."""
    first = settled(taking.take(settled(opened(), at=AT).after, BY_ANA), at=AT).after
    much_later = AT + timedelta(days=20)
    assert settled(conversation.comment(first, "nota", BY_ANA, much_later), at=much_later).after.due == first.due
    assert settled(stages.move(first, "planning", BY_ANA), at=much_later).after.due == first.due
    waits = settled(wait(first, Wait(reason="follow_up", until=much_later), BY_ANA), at=AT).after
    assert waits.due == much_later
    back = settled(conversation.requester_replied(waits, an_answer(), "token"), at=AT).after
    assert back.due == TUESDAY_CLOSES


def test_the_reminder_stands_at_the_beginning_of_the_business_day_before() -> None:
    """W9"""
    promised = datetime(2026, 3, 9, 18, 0, tzinfo=UTC)
    change = stages.move(a_ticket(), "planning", BY_ANA)
    moved = Change(change.before, change.after.model_copy(update={"promised_for": promised}), change.facts)
    assert settled(moved).after.remind_at == datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
    assert settled(moved, remind_days_before=None).after.remind_at is None
