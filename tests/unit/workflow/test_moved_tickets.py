"""A task moves between tickets: by a split, and back by its undoing, in whatever order it is heard of."""

from datetime import timedelta
from itertools import permutations

import pytest

from balcao.shared.events import TaskTicketMoved
from balcao.workflow.domain import links
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import AT, a_task, a_ticket

OLD, NEW = (LinkedTicket(id=f"ticket-{n}", number=n, title="Banner de Natal") for n in (7, 9))
SPLIT = ("ticket-7", NEW, AT)
UNDONE = ("ticket-9", OLD, AT + timedelta(hours=1))
AGAIN = ("ticket-7", NEW, AT + timedelta(hours=2))


def heard(task: Task, *steps: tuple[str, LinkedTicket, object]) -> Task:
    """The task after these steps."""
    for before_id, ticket, at in steps:
        task = links.move_ticket(task, before_id, ticket, at=at).after  # type: ignore[arg-type]
    return task


def test_a_task_serves_the_ticket_that_took_it_along() -> None:
    """W14: and its facts name that one from now on."""
    change = links.move_ticket(a_task(), "ticket-7", NEW, at=AT)
    assert change.after.snapshot().ticket_ids == ("ticket-9",)
    (fact,) = change.facts
    assert isinstance(fact, TaskTicketMoved)
    assert (fact.before, fact.ticket_id, fact.ticket_number) == ("ticket-7", "ticket-9", 9)


@pytest.mark.parametrize("steps", [(SPLIT, UNDONE), (SPLIT, UNDONE, AGAIN)], ids=["undone", "split again"])
def test_the_latest_step_holds_in_whatever_order_they_come_and_how_often(
    steps: tuple[tuple[str, LinkedTicket, object], ...],
) -> None:
    """W14, W15. Fails when the time of a step is not kept."""
    expected = heard(a_task(), *steps).snapshot().ticket_ids
    for order in permutations((*steps, *steps)):
        assert heard(a_task(), *order).snapshot().ticket_ids == expected


def test_a_task_of_another_ticket_stays_there() -> None:
    """W14"""
    change = links.move_ticket(a_task(), "ticket-8", NEW, at=AT)
    assert change.facts == ()


def test_a_ticket_cancelled_later_is_none_of_a_moved_tasks_business() -> None:
    """W14"""
    moved = heard(a_task(), SPLIT)
    assert links.ticket_cancelled(moved, a_ticket(7), at=AT).facts == ()
    assert links.ticket_cancelled(moved, a_ticket(9), at=AT).facts != ()
