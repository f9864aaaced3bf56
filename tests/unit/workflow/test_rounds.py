"""How often work on a task has begun: what tells its tickets a second finish from a repeat."""

from collections.abc import Callable

import pytest

from balcao.workflow.domain import links
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import AT, BIA, TYPE, a_task, a_ticket, cancelled, completed, in_phase

Step = Callable[[Task], Task]


def moved_to(phase: str) -> Step:
    return lambda task: rules.move(task, TYPE, phase, at=AT).after


def reopened(task: Task) -> Task:
    return rules.reopen(task, TYPE, at=AT).after


@pytest.mark.parametrize(
    ("task", "step"),
    [
        (completed(), reopened),
        (cancelled(), reopened),
        (cancelled("external_approval"), reopened),
        (completed(), moved_to("todo")),
        (in_phase("external_approval"), moved_to("doing")),
    ],
    ids=["completed", "cancelled", "cancelled in approval", "moved back", "not approved"],
)
def test_taking_work_up_again_begins_a_round(task: Task, step: Step) -> None:
    """H5"""
    assert task.rounds == 1
    assert step(task).snapshot().rounds == 2


@pytest.mark.parametrize(
    ("task", "step"),
    [
        (a_task(), moved_to("doing")),
        (in_phase("doing"), moved_to("external_approval")),
        (in_phase("external_approval"), moved_to("done")),
        (completed(), moved_to("external_approval")),
        (a_task(), lambda task: rules.assign(task, BIA, at=AT).after),
        (a_task(), lambda task: rules.cancel(task, "", at=AT).after),
        (completed(), lambda task: links.ticket_cancelled(task, a_ticket(version=4), at=AT).after),
    ],
    ids=["going on", "to approval", "approved", "back to approval", "assigned", "cancelled", "ticket cancelled"],
)
def test_everything_else_belongs_to_the_round_under_way(task: Task, step: Step) -> None:
    """H4, H5"""
    after = step(task)
    assert after.version == task.version + 1
    assert after.snapshot().rounds == 1
