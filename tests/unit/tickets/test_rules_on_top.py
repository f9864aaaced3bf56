"""What rules do to a ticket, and what its requester answers to a question for approval."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balcao.shared.calendar import BusinessCalendar
from balcao.shared.errors import Condition
from balcao.shared.events import (
    ApprovalWanted,
    Deliverables,
    FileRef,
    TagName,
    TaskRuleFired,
    TicketApprovalAsked,
    TicketApprovalSkipped,
)
from balcao.tickets.catalogues import language
from balcao.tickets.domain import (
    approving,
    drafted_answer,
    production,
    rules_on_top,
    status,
    task_links,
    timers,
)
from balcao.tickets.domain.conditions import (
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalWithdrawn,
    ChangesNeedWords,
    UnknownApproval,
)
from balcao.tickets.domain.progress import progress
from balcao.tickets.domain.ticket import Ticket, Wait
from tests.unit.tickets.builders import AT, BY_ANA, a_task, a_ticket

KNOWN = rules_on_top.Known(BusinessCalendar("America/Sao_Paulo"), {"t": TagName(id="t", name="Natal")})
MADE = Deliverables(handover="Nos três tamanhos", files=(FileRef(file_id="sha256:b", name="b.png", size=1),))


def in_approval(version: int = 3, **values: Any) -> Any:
    """The task in the phase that asks."""
    fields = {"phase_kind": "external_approval", "phase_id": "external", "phase": "Homologação", "delivered": MADE}
    return a_task(version=version, **fields | values)


def fired(version: int = 3, task: Any = None, **values: Any) -> TaskRuleFired:
    """A rule that asks."""
    fields: dict[str, Any] = {
        "task": task or in_approval(version),
        "rule_id": "r",
        "rule_name": "Homologar",
        "approval": ApprovalWanted(words="Podemos publicar?"),
    }
    return TaskRuleFired(**fields | values)


def asked(**values: Any) -> Ticket:
    """A ticket whose requester is asked."""
    ticket = production.follow(a_ticket(**values), in_approval(), "phase_entered").after
    return rules_on_top.apply(ticket, fired(), KNOWN, AT).after


def answer(ticket: Ticket, verdict: Any = "approved", words: str = "", at: datetime = AT, channel: Any = "mail") -> Any:
    """The requester's answer to the last question."""
    return approving.answer(ticket, ticket.approvals[-1].id, verdict, words, at, channel=channel)


def test_a_rule_sets_the_promised_date_by_the_calendar_or_by_the_tasks_own() -> None:
    """W9"""
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
    change = rules_on_top.apply(a_ticket(), fired(approval=None, promise="days", promise_days=1), KNOWN, friday)
    assert change.after.promised_for is not None
    assert change.after.promised_for.date() == datetime(2026, 3, 9, tzinfo=UTC).date()
    assert [fact.type for fact in change.facts] == ["ticket.promised.v1", "ticket.rule_applied.v1"]
    due = rules_on_top.apply(a_ticket(), fired(task=in_approval(due=friday), approval=None, promise="due"), KNOWN, AT)
    assert due.after.promised_for == friday
    again = fired(task=in_approval(due=friday), approval=None, promise="due")
    assert rules_on_top.apply(due.after, again, KNOWN, AT).facts == ()
    assert rules_on_top.apply(a_ticket(), fired(approval=None, promise="due"), KNOWN, AT).facts == ()


def test_a_rule_puts_on_tags_that_there_are() -> None:
    """O14"""
    change = rules_on_top.apply(a_ticket(), fired(approval=None, add_tags=("t", "gone")), KNOWN, AT)
    assert change.after.tags == ("t",)


def test_the_requester_is_asked_with_what_was_made_and_nothing_from_inside() -> None:
    """H4, P5: no draft is left of what went out with the question."""
    ticket = production.follow(a_ticket(), in_approval(title="Arte secreta"), "phase_entered").after
    change = rules_on_top.apply(ticket, fired(), KNOWN, AT)
    (question,) = [fact for fact in change.facts if isinstance(fact, TicketApprovalAsked)]
    assert (question.text, question.handover, question.files) == ("Podemos publicar?", MADE.handover, MADE.files)
    assert question.expires_at == AT + timedelta(days=14)
    assert not any(word in question.model_dump_json() for word in ("secreta", "Homologa", "task-1"))
    assert drafted_answer.draft_id(change.after) is None
    assert progress(change.after, language("America/Sao_Paulo", "pt-BR")).text == "aguardando a sua aprovação"


def test_asked_again_after_new_work_the_older_question_is_no_more() -> None:
    """H5: also when the new one comes before the old one."""
    ticket = production.follow(asked(), a_task(version=4, phase_id="doing", rounds=2), "phase_entered").after
    assert [one.state for one in ticket.approvals] == ["withdrawn"]
    ticket = production.follow(ticket, in_approval(5, rounds=2), "phase_entered").after
    ticket = rules_on_top.apply(ticket, fired(5), KNOWN, AT).after
    assert [one.state for one in ticket.approvals] == ["withdrawn", "asked"]
    with pytest.raises(ApprovalWithdrawn):
        approving.answer(ticket, ticket.approvals[0].id, "approved", "", AT, channel="mail")
    assert rules_on_top.apply(ticket, fired(3), KNOWN, AT).facts == ()


def test_a_question_that_comes_when_the_task_is_elsewhere_already_is_not_asked() -> None:
    """H5"""
    ticket = production.follow(a_ticket(), a_task(version=9, phase_id="doing", rounds=2), "phase_entered").after
    assert rules_on_top.apply(ticket, fired(3), KNOWN, AT).facts == ()


def test_out_of_service_nobody_is_asked_and_the_task_hears_of_it() -> None:
    """H5"""
    gone = status.resolve(a_ticket(), "answered", AT).after
    change = rules_on_top.apply(gone, fired(promise="days", promise_days=1), KNOWN, AT)
    assert [type(fact) for fact in change.facts] == [TicketApprovalSkipped]


@pytest.mark.parametrize("gone", [{"left_tasks": ("task-1",)}, {"moved_tasks": {"task-1": "ticket-9"}}])
def test_off_the_task_nobody_is_asked_and_the_task_hears_of_it(gone: dict[str, Any]) -> None:
    """H5, W14: it entered the phase before it heard that the ticket had left."""
    change = rules_on_top.apply(a_ticket(**gone), fired(add_tags=("t",)), KNOWN, AT)
    assert [type(fact) for fact in change.facts] == [TicketApprovalSkipped]
    assert rules_on_top.apply(a_ticket(**gone), fired(approval=None, add_tags=("t",)), KNOWN, AT).facts == ()


def skips(change: Any) -> list[tuple[str, int]]:
    """Of which task and version it is said that nobody waits for the answer."""
    return [(one.task_id, one.asked_in) for one in change.facts if isinstance(one, TicketApprovalSkipped)]


def test_a_ticket_that_ends_keeps_its_tasks_waiting_no_more() -> None:
    """H4: a resolved one may still be answered; a cancelled or closed one asks nothing."""
    resolved, cancelled = status.resolve(asked(), "answered", AT), status.cancel(asked())
    assert skips(resolved) == skips(cancelled) == [("task-1", 3)]
    assert [one.approvals[-1].state for one in (resolved.after, cancelled.after)] == ["asked", "withdrawn"]
    window_over = timers.Moment("window_over", AT)
    closed = timers.fire(resolved.after.model_copy(update={"reply_until": AT}), window_over, AT)
    assert (closed.after.status, closed.after.approvals[-1].state, skips(closed)) == ("closed", "withdrawn", [])
    spam = status.resolve(asked(), "spam", AT)
    assert (spam.after.approvals[-1].state, skips(spam)) == ("withdrawn", [("task-1", 3)])
    assert skips(status.resolve(answer(asked()).after, "answered", AT)) == []


def test_off_its_task_a_ticket_asks_nothing_any_more() -> None:
    """P5, H6: the portal would ask for ever. What was answered stays as it is."""
    off = task_links.unlink(asked(), "task-1", BY_ANA).after
    assert off.approvals[-1].state == "withdrawn"
    assert progress(off, language("America/Sao_Paulo", "pt-BR")).code == "delivery"
    assert task_links.unlink(answer(asked()).after, "task-1", BY_ANA).after.approvals[-1].state == "approved"
    other = task_links.unlink(asked(tasks=(a_task(id="task-2", number=89),)), "task-2", BY_ANA).after
    assert other.approvals[-1].state == "asked"


def test_an_answer_counts_once() -> None:
    """Fails without the state of the question."""
    change = answer(asked())
    assert [fact.type for fact in change.facts] == ["ticket.approval_answered.v1"]
    assert (change.after.approvals[-1].state, change.after.highlight) == ("approved", "reply")
    for verdict in ("approved", "changes"):
        with pytest.raises(ApprovalAnswered):
            answer(change.after, verdict, "mais")


def test_changes_need_words_and_bring_a_waiting_or_concluded_ticket_back() -> None:
    """W2"""
    with pytest.raises(ChangesNeedWords):
        answer(asked(), "changes", "  ")
    waiting = asked().model_copy(update={"status": "waiting", "wait": Wait(reason="more_information")})
    assert answer(waiting).after.status == "open"
    concluded = status.resolve(asked(), "answered", AT).after
    assert answer(concluded).after.status == "resolved"
    back = answer(concluded, "changes", "O logo pode ser maior?").after
    assert (back.status, back.last_words) == ("open", "O logo pode ser maior?")
    assert back.last_words_by == back.requester


@pytest.mark.parametrize(
    ("ticket", "channel", "refused"),
    [
        (asked(), "mail", ApprovalExpired),
        (status.cancel(asked()).after, "portal", ApprovalWithdrawn),
        (asked().model_copy(update={"merged_into": "other"}), "portal", ApprovalWithdrawn),
        (asked().model_copy(update={"tasks": ()}), "portal", ApprovalWithdrawn),
    ],
    ids=["too late", "cancelled", "merged", "taken off the task"],
)
def test_what_is_not_asked_any_more_can_not_be_answered(ticket: Ticket, channel: Any, refused: type[Condition]) -> None:
    with pytest.raises(refused):
        answer(ticket, at=AT + timedelta(days=15), channel=channel)


def test_whoever_is_signed_in_may_answer_when_the_link_is_too_old() -> None:
    """P4"""
    assert answer(asked(), at=AT + timedelta(days=15), channel="portal").after.approvals[-1].state == "approved"
    with pytest.raises(UnknownApproval):
        approving.answer(asked(), "strange", "approved", "", AT, channel="portal")
