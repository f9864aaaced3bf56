"""Rules on top of phases, and what requesters' answers to approvals make of a task."""

from typing import Any

import pytest

from balcao.shared.events import (
    TaskApprovalAnswered,
    TaskCompleted,
    TaskFact,
    TaskRuleFired,
    TaskTicketFollowed,
    TaskTicketMoved,
    TaskTicketUnlinked,
)
from balcao.workflow.domain import links
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.approvals import answered, fewer_asked
from balcao.workflow.domain.conditions import BadPhaseRule
from balcao.workflow.domain.deliverables import deliver, deliverables
from balcao.workflow.domain.phase_rules import ApprovalRule, PhaseRule, configure, fired
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import AT, COMPANY, LATER, TYPE, a_task, a_ticket, cancelled

APPROVAL = ApprovalRule(approved_phase="done", changes_phase="doing")


def a_rule(**values: Any) -> PhaseRule:
    """Asks for approval in external approval."""
    fields: dict[str, Any] = {
        "id": "rule-1",
        "company_id": COMPANY,
        "version": 1,
        "name": "Homologar",
        "task_type_id": TYPE.id,
        "phase_id": "external_approval",
        "approval": APPROVAL,
    }
    return PhaseRule(**fields | values)


def moved(task: Task, phase: str, *in_force: PhaseRule) -> Any:
    """A move with the company's rules on it."""
    return fired(rules.move(task, TYPE, phase, at=AT), in_force)


def asked(task: Task | None = None) -> Task:
    """A task whose requesters are asked."""
    after: Task = moved(task or a_task(), "external_approval", a_rule()).after
    return after


def answer(task: Task, verdict: Any, *, asked_in: int | None = None, number: int = 7) -> Any:
    """What an answer makes of it."""
    in_version = task.approval.asked_in if task.approval is not None and asked_in is None else asked_in
    return answered(
        task,
        TYPE,
        a_ticket(number),
        asked_in=in_version or 0,
        answer=verdict,
        at=LATER,
        comment="Logo maior",
    )


def test_a_rule_fires_once_for_each_entering_and_says_what_is_to_be_done() -> None:
    change = moved(a_task(), "external_approval", a_rule(promise="days", promise_days=3, add_tags=("t",)))
    said = [fact for fact in change.facts if isinstance(fact, TaskRuleFired)]
    assert [(one.rule_id, one.promise, one.promise_days, one.add_tags) for one in said] == [
        ("rule-1", "days", 3, ("t",))
    ]
    assert (said[0].task.version, said[0].task.phase_id) == (change.after.version, "external_approval")
    assert said[0].approval is not None
    assert change.after.entries == len(change.facts) + a_task().entries
    assert moved(change.after, "external_approval", a_rule()).facts == ()


@pytest.mark.parametrize(
    "rule",
    [a_rule(enabled=False), a_rule(archived=True), a_rule(phase_id="doing"), a_rule(task_type_id="other")],
    ids=["switched off", "archived", "another phase", "another type"],
)
def test_other_rules_stay_quiet(rule: PhaseRule) -> None:
    assert not any(isinstance(fact, TaskRuleFired) for fact in moved(a_task(), "external_approval", rule).facts)


def test_a_task_without_tickets_a_cancelled_one_and_what_enters_no_phase_set_nothing_off() -> None:
    alone = links.unlink(a_task(), a_ticket(version=9), at=AT).after
    assert len(moved(alone, "external_approval", a_rule()).facts) == 1
    given_up = fired(rules.cancel(asked(), "", at=AT), [a_rule()])
    assert [fact.type for fact in given_up.facts] == ["task.cancelled.v1"]


def test_a_task_begins_in_a_phase_too() -> None:
    from tests.unit.workflow.builders import a_request

    begun = rules.create(a_request(), COMPANY, TYPE, number=88, at=AT)
    change = fired(begun, [a_rule(phase_id="todo", approval=None, promise="due")])
    assert [fact.type for fact in change.facts] == ["task.created.v1", "task.rule_fired.v1"]


def test_approved_work_is_completed_with_what_was_looked_at() -> None:
    """H4"""
    handed_over = deliverables("Pronto", [], [("https://provas.test/1", "Prova")])
    change = answer(asked(deliver(a_task(), handed_over)), "approved")
    assert [type(fact) for fact in change.facts] == [TaskCompleted, TaskApprovalAnswered]
    assert (change.after.state, change.after.approval, change.after.delivered) == ("completed", None, handed_over)
    assert change.after.entries == asked().entries + 2


def test_changes_take_the_work_up_again_with_the_comment() -> None:
    """H5"""
    change = answer(asked(), "changes")
    assert (change.after.phase.id, change.after.rounds, change.after.approval) == ("doing", 2, None)
    said = change.facts[-1]
    assert isinstance(said, TaskApprovalAnswered)
    assert (said.comment, said.decided, said.task.version) == ("Logo maior", True, change.after.version)


def test_of_several_tickets_each_has_to_approve_and_one_that_wants_changes_is_enough() -> None:
    two = links.link(a_task(), a_ticket(8, version=4), at=AT).after
    first = answer(asked(two), "approved")
    assert (first.after.phase.id, [f.decided for f in first.facts]) == ("external_approval", [False])
    assert answer(first.after, "approved").facts == ()
    assert answer(first.after, "approved", number=8).after.state == "completed"
    assert answer(first.after, "changes", number=8).after.phase.id == "doing"
    assert answer(first.after, "skipped", number=8).after.state == "completed"
    nobody = answer(answer(asked(two), "skipped").after, "skipped", number=8).after
    assert nobody.phase.id == "external_approval"


TWO = links.link(a_task(), a_ticket(8, version=4), at=AT).after
TO_NINE = LinkedTicket(id="ticket-9", number=9, title="", seen=1)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (lambda task: links.unlink(task, a_ticket(8, version=5), at=AT), TaskTicketUnlinked),
        (lambda task: links.ticket_cancelled(task, a_ticket(8, version=5), at=AT), TaskTicketFollowed),
        (lambda task: links.move_ticket(task, "ticket-8", 5, TO_NINE, at=AT), TaskTicketMoved),
    ],
    ids=["unlinked", "cancelled", "split off"],
)
def test_a_ticket_that_leaves_or_is_given_up_keeps_nobody_waiting(change: Any, fact: Any) -> None:
    """H4: all of it is one version of the task, which each fact shows as it is in the end."""
    waiting = answer(asked(TWO), "approved").after
    done = fewer_asked(change(waiting), [TYPE], at=LATER)
    assert [type(one) for one in done.facts] == [fact, TaskCompleted]
    assert (done.after.state, done.after.approval, done.after.version) == ("completed", None, waiting.version + 1)
    shown = [one.task for one in done.facts if isinstance(one, TaskFact)]
    assert [(one.version, one.state) for one in shown] == [(waiting.version + 1, "completed")] * 2
    assert done.after.entries == waiting.entries + 2
    unanswered = fewer_asked(change(asked(TWO)), [TYPE], at=LATER)
    assert (unanswered.after.phase.id, len(unanswered.facts)) == ("external_approval", 1)


def test_only_those_who_were_asked_are_waited_for() -> None:
    """H4: a ticket linked while the question is open is not asked, nor is one that left and came back."""
    joined = links.link(asked(), a_ticket(8, version=4), at=AT).after
    assert answer(joined, "approved").after.state == "completed"
    left = links.unlink(asked(TWO), a_ticket(8, version=5), at=AT).after
    back = links.link(left, a_ticket(8, version=6), at=AT).after
    assert answer(back, "approved").after.state == "completed"
    assert joined.approval is not None
    of_before = joined.model_copy(update={"approval": joined.approval.model_copy(update={"asked": None})})
    assert answer(of_before, "approved").after.state == "open"


def test_who_is_waited_for_no_more_may_still_answer() -> None:
    """H5: on a resolved ticket. What is said of its end comes too late then."""
    three = links.link(TWO, a_ticket(9, version=4), at=AT).after
    skipped = answer(asked(three), "skipped").after
    assert answer(skipped, "skipped").facts == ()
    assert answer(skipped, "changes").after.phase.id == "doing"
    approved = answer(skipped, "approved").after
    assert answer(approved, "skipped").facts == ()
    assert answer(answer(approved, "skipped", number=8).after, "skipped", number=9).after.state == "completed"


def test_late_answers_and_those_of_strangers_change_nothing() -> None:
    task = asked()
    on = moved(task, "doing", a_rule()).after
    assert on.approval is None
    again = moved(on, "external_approval", a_rule()).after
    old = task.approval.asked_in if task.approval else 0
    for now, in_version, number in ((on, old, 7), (again, old, 7), (again, None, 9)):
        assert answer(now, "approved", asked_in=in_version, number=number).facts == ()
    assert answer(cancelled("external_approval"), "approved", asked_in=1).facts == ()


def test_a_phase_removed_since_is_replaced_by_what_comes_closest() -> None:
    gone = a_rule(approval=ApprovalRule(approved_phase="gone", changes_phase="gone-too"))
    task = moved(a_task(), "external_approval", gone).after
    assert answer(task, "approved").after.state == "completed"
    assert answer(task, "changes").after.phase.id == "doing"


@pytest.mark.parametrize(
    "values",
    [
        {"task_type_id": "nowhere"},
        {"phase_id": "nowhere"},
        {"approval": None},
        {"approval": None, "promise": "days"},
        {"promise_days": 3},
        {"add_tags": ("strange",)},
        {"approval": ApprovalRule(approved_phase="external_approval", changes_phase="doing")},
        {"approval": ApprovalRule(approved_phase="done", changes_phase="external_approval")},
        {"approval": ApprovalRule(approved_phase="doing", changes_phase="done")},
        {"approval": ApprovalRule(approved_phase="done", changes_phase="nowhere")},
        {"phase_id": "doing", "approval": ApprovalRule(approved_phase="done", changes_phase="internal_review")},
    ],
    ids=", ".join,
)
def test_a_rule_that_makes_no_sense_or_would_ask_at_once_again_is_refused(values: dict[str, Any]) -> None:
    other = a_rule(
        id="rule-2",
        phase_id="internal_review",
        approval=ApprovalRule(approved_phase="done", changes_phase="todo"),
    )
    with pytest.raises(BadPhaseRule):
        configure(a_rule(), values, [TYPE], [other], {"t"})


def test_a_rule_that_makes_sense_is_kept_and_may_be_switched_off_whatever_became_of_its_phase() -> None:
    new = PhaseRule(id="r", company_id=COMPANY, name="", task_type_id="", phase_id="")
    values = a_rule().model_dump(include={"name", "task_type_id", "phase_id"}) | {"approval": APPROVAL}
    change = configure(new, values, [TYPE], [], {"t"})
    assert (change.after.version, [fact.type for fact in change.facts]) == (1, ["rule.configured.v1"])
    assert configure(change.after, values, [TYPE], [], {"t"}).facts == ()
    assert configure(a_rule(phase_id="gone"), {"enabled": False}, [TYPE], [], set()).facts != ()


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x.test/a", "https://", "http://ana:pw@x.test/", "https://x.test/a b", "nada"]
)
def test_a_link_that_must_not_go_to_a_client_is_refused(url: str) -> None:
    """H4"""
    from balcao.workflow.domain.conditions import BadLink

    with pytest.raises(BadLink):
        deliverables("", [], [(url, "")])


def test_what_was_handed_over_goes_with_the_task_until_it_is_taken_up_again() -> None:
    """H4, H5"""
    handed_over = deliverables("Pronto", [], [("https://provas.test/1", "")])
    done = rules.complete(deliver(a_task(), handed_over), TYPE, "Pronto", at=AT)
    assert isinstance(done.facts[0], TaskCompleted)
    assert done.facts[0].task.delivered == handed_over
    assert rules.reopen(done.after, TYPE, at=AT).after.snapshot().delivered is None
    in_approval = rules.move(deliver(a_task(), handed_over), TYPE, "external_approval", at=AT).after
    assert in_approval.snapshot().delivered == handed_over
    assert rules.move(in_approval, TYPE, "doing", at=AT).after.snapshot().delivered is None
    assert rules.complete(in_approval, TYPE, "", at=AT).after.snapshot().delivered == handed_over
