"""What each command makes of a task, and what is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition
from balcao.shared.events import (
    Fact,
    Malformed,
    Party,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    TaskPhaseEntered,
    TaskReopened,
    TaskTicketFollowed,
)
from balcao.workflow.domain import links
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.conditions import NoSuchPhase, TaskIsCancelled, TaskIsCompleted, TaskIsOpen
from balcao.workflow.domain.phases import Phase, TaskType
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import (
    AT,
    BIA,
    CAIO,
    COMPANY,
    LATER,
    TYPE,
    a_request,
    a_task,
    a_ticket,
    cancelled,
    completed,
    in_phase,
)

Command = Callable[[Task], Change[Task]]


def kinds(change: Change[Task]) -> list[type[Fact]]:
    return [type(fact) for fact in change.facts]


def test_a_task_takes_the_id_it_was_asked_for_and_starts_in_the_first_phase() -> None:
    """H3"""
    asked = a_request(description="Usar as cores novas", executor=BIA, due=LATER)
    change = rules.create(asked, COMPANY, TYPE, number=88, at=AT)
    task = change.after
    assert (task.id, task.number, task.version, task.state, task.phase.name) == ("task-1", 88, 1, "open", "A fazer")
    assert (task.title, task.description, task.executor, task.due) == (
        "Produzir o banner",
        "Usar as cores novas",
        BIA,
        LATER,
    )
    assert task.snapshot().ticket_ids == ("ticket-7",)
    assert change.facts == (TaskCreated(task=task.snapshot(), description="Usar as cores novas"),)


def test_a_task_without_a_title_takes_its_tickets() -> None:
    assert rules.create(a_request(title="  "), COMPANY, TYPE, number=1, at=AT).after.title == "Banner de Natal"


def test_a_due_date_is_kept_as_the_database_keeps_it() -> None:
    due = datetime(2026, 12, 12, 18, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-3)))
    task = rules.create(a_request(due=due), COMPANY, TYPE, number=1, at=AT).after
    assert task.due is not None
    assert task.due.isoformat() == "2026-12-12T21:00:00.123000+00:00"


def test_a_due_date_without_a_zone_is_refused_rather_than_guessed() -> None:
    with pytest.raises(Malformed, match="zone"):
        rules.create(a_request(due=AT.replace(tzinfo=None)), COMPANY, TYPE, number=1, at=AT)


@pytest.mark.parametrize("phase", ["doing", "internal_review", "external_approval"])
def test_moving_an_open_task_says_which_phase_it_entered_and_left(phase: str) -> None:
    """H4"""
    change = rules.move(a_task(), TYPE, phase, at=LATER)
    fact = TaskPhaseEntered(task=change.after.snapshot(), before="A fazer", before_kind="todo")
    assert change.facts == (fact,)
    assert (change.after.state, change.after.phase.kind, change.after.updated_at) == ("open", phase, LATER)


def test_moving_into_a_done_phase_completes_and_says_nothing_else() -> None:
    """H4: two facts for one move would move the ticket twice."""
    change = rules.move(a_task(), TYPE, "Concluída", at=LATER)
    assert kinds(change) == [TaskCompleted]
    assert (change.after.state, change.after.closed_at) == ("completed", LATER)


def test_completing_hands_the_producers_words_over() -> None:
    """H4"""
    change = rules.complete(in_phase("doing"), TYPE, "Arquivo final na pasta", at=LATER)
    assert change.facts == (TaskCompleted(task=change.after.snapshot(), handover="Arquivo final na pasta"),)
    assert (change.after.phase.kind, change.after.handover) == ("done", "Arquivo final na pasta")


@pytest.mark.parametrize("phase", ["todo", "doing", "internal_review", "external_approval"])
def test_moving_a_completed_task_back_reopens_it(phase: str) -> None:
    """H5"""
    change = rules.move(completed(), TYPE, phase, at=LATER)
    assert kinds(change) == [TaskReopened]
    assert (change.after.state, change.after.phase.id) == ("open", phase)
    assert (change.after.handover, change.after.closed_at) == ("", None)


def test_moving_between_two_done_phases_leaves_the_task_completed() -> None:
    phases = (*TYPE.phases, Phase(id="archived", name="Arquivada", kind="done"))
    two_ends = TaskType(id=TYPE.id, company_id=COMPANY, name="Produção", phases=phases)
    change = rules.move(completed(), two_ends, "archived", at=LATER)
    assert kinds(change) == [TaskPhaseEntered]
    assert (change.after.state, change.after.handover) == ("completed", "Pronto, em anexo")


def test_reopening_a_completed_task_puts_it_back_to_work() -> None:
    """H5"""
    change = rules.reopen(completed(), TYPE, at=LATER)
    assert kinds(change) == [TaskReopened]
    assert (change.after.state, change.after.phase.kind) == ("open", "doing")


@pytest.mark.parametrize(
    ("left_in", "goes_on_in"),
    [("todo", "todo"), ("internal_review", "internal_review"), ("external_approval", "doing")],
)
def test_a_cancelled_task_goes_on_in_its_phase_but_never_as_good_as_done(left_in: str, goes_on_in: str) -> None:
    """H5: reopened work returns the ticket to production, so it must not count as finished at once."""
    change = rules.reopen(cancelled(left_in), TYPE, at=LATER)
    assert kinds(change) == [TaskReopened]
    assert (change.after.state, change.after.phase.kind, change.after.cancel_reason) == ("open", goes_on_in, "")


def test_cancelling_keeps_the_reason_and_the_phase() -> None:
    """H5"""
    change = rules.cancel(in_phase("doing"), "o cliente desistiu", at=LATER)
    assert change.facts == (TaskCancelled(task=change.after.snapshot(), reason="o cliente desistiu"),)
    assert (change.after.state, change.after.phase.kind, change.after.closed_at) == ("cancelled", "doing", LATER)


def test_assigning_names_the_executor_before_and_after() -> None:
    """H6"""
    first = rules.assign(a_task(), BIA, at=AT)
    second = rules.assign(first.after, CAIO, at=LATER)
    nobody = rules.assign(second.after, None, at=LATER)
    assert first.facts == (TaskAssigned(task=first.after.snapshot(), before=None),)
    assert second.facts == (TaskAssigned(task=second.after.snapshot(), before=BIA),)
    assert second.after.executor == CAIO
    assert kinds(nobody) == [TaskAssigned]
    assert nobody.after.executor is None


@pytest.mark.parametrize(
    ("task", "command"),
    [
        pytest.param(in_phase("doing"), lambda task: rules.move(task, TYPE, "doing", at=LATER), id="same phase"),
        pytest.param(completed(), lambda task: rules.move(task, TYPE, "done", at=LATER), id="done already"),
        pytest.param(a_task(executor=BIA), lambda task: rules.assign(task, BIA, at=LATER), id="same executor"),
        pytest.param(
            a_task(executor=BIA),
            lambda task: rules.assign(task, Party(person_id="bia", name="Beatriz"), at=LATER),
            id="same executor by another name",
        ),
        pytest.param(a_task(), lambda task: rules.assign(task, None, at=LATER), id="nobody still"),
    ],
)
def test_what_is_so_already_changes_nothing(task: Task, command: Command) -> None:
    change = command(task)
    assert change.facts == ()
    assert change.after == task


@pytest.mark.parametrize(
    ("task", "command", "refusal", "possible"),
    [
        pytest.param(
            completed(),
            lambda task: rules.complete(task, TYPE, "de novo", at=LATER),
            TaskIsCompleted,
            ["reopen", "phase"],
            id="complete a completed one",
        ),
        pytest.param(
            cancelled(),
            lambda task: rules.complete(task, TYPE, "", at=LATER),
            TaskIsCancelled,
            ["reopen"],
            id="complete a cancelled one",
        ),
        pytest.param(
            completed(),
            lambda task: rules.cancel(task, "", at=LATER),
            TaskIsCompleted,
            ["reopen", "phase"],
            id="cancel a completed one",
        ),
        pytest.param(
            cancelled(),
            lambda task: rules.cancel(task, "outro motivo", at=LATER),
            TaskIsCancelled,
            ["reopen"],
            id="cancel a cancelled one",
        ),
        pytest.param(
            cancelled(),
            lambda task: rules.move(task, TYPE, "doing", at=LATER),
            TaskIsCancelled,
            ["reopen"],
            id="move a cancelled one",
        ),
        pytest.param(
            cancelled(),
            lambda task: rules.move(task, TYPE, "todo", at=LATER),
            TaskIsCancelled,
            ["reopen"],
            id="move a cancelled one to where it is",
        ),
        pytest.param(
            a_task(),
            lambda task: rules.reopen(task, TYPE, at=LATER),
            TaskIsOpen,
            ["phase", "assign", "complete", "cancel"],
            id="reopen an open one",
        ),
        pytest.param(
            completed(),
            lambda task: rules.assign(task, BIA, at=LATER),
            TaskIsCompleted,
            ["reopen", "phase"],
            id="assign a completed one",
        ),
        pytest.param(
            cancelled(),
            lambda task: rules.assign(task, BIA, at=LATER),
            TaskIsCancelled,
            ["reopen"],
            id="assign a cancelled one",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_possible_instead(
    task: Task, command: Command, refusal: type[Condition], possible: list[str]
) -> None:
    with pytest.raises(refusal) as refused:
        command(task)
    assert refused.value.details == {"state": task.state, "possible": possible}
    assert "#88" in refused.value.message


def test_a_phase_of_another_type_is_refused() -> None:
    with pytest.raises(NoSuchPhase):
        rules.move(a_task(), TYPE, "filmagem", at=LATER)


@pytest.mark.parametrize("task", [a_task(), completed(), cancelled()], ids=["open", "completed", "cancelled"])
def test_a_cancelled_ticket_is_marked_and_the_work_goes_on(task: Task) -> None:
    change = links.ticket_cancelled(task, a_ticket(7, version=4, status="cancelled"), at=LATER)
    fact = TaskTicketFollowed(task=change.after.snapshot(), ticket_id="ticket-7", ticket_number=7, what="cancelled")
    assert change.facts == (fact,)
    assert (change.after.state, change.after.phase) == (task.state, task.phase)
    assert [ticket.cancelled_at for ticket in change.after.tickets] == [LATER]


def test_only_the_ticket_that_was_cancelled_is_marked_and_only_once() -> None:
    two = tuple(LinkedTicket(id=f"ticket-{n}", number=n, title="Banner") for n in (7, 8))
    first = links.ticket_cancelled(a_task(tickets=two), a_ticket(8), at=AT)
    again = links.ticket_cancelled(first.after, a_ticket(8), at=LATER)
    other = links.ticket_cancelled(first.after, a_ticket(9), at=LATER)
    assert [ticket.cancelled_at for ticket in first.after.tickets] == [None, AT]
    assert (again.facts, other.facts) == ((), ())
