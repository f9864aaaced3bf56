"""A task moves between tickets: by a split, and back by its undoing, in whatever order it is heard of."""

from itertools import permutations

import pytest

from balcao.shared.events import TaskTicketMoved
from balcao.workflow.domain import links
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import AT, a_task, a_ticket

Step = tuple[str, int | None, LinkedTicket]


def ticket(number: int, seen: int) -> LinkedTicket:
    """A ticket as it is in that version."""
    return LinkedTicket(id=f"ticket-{number}", number=number, title="Banner de Natal", seen=seen)


SPLIT: Step = ("ticket-7", 5, ticket(9, 1))
UNDONE: Step = ("ticket-9", 2, ticket(7, 6))
AGAIN: Step = ("ticket-7", 7, ticket(11, 1))


def heard(task: Task, *steps: Step) -> Task:
    """The task after these steps."""
    for before_id, version, after in steps:
        task = links.move_ticket(task, before_id, version, after, at=AT).after
    return task


def test_a_task_serves_the_ticket_that_took_it_along() -> None:
    """W14: and its facts name that one from now on."""
    change = links.move_ticket(a_task(), *SPLIT, at=AT)
    assert change.after.snapshot().ticket_ids == ("ticket-9",)
    (fact,) = change.facts
    assert isinstance(fact, TaskTicketMoved)
    assert (fact.before, fact.ticket_id, fact.ticket_number) == ("ticket-7", "ticket-9", 9)


@pytest.mark.parametrize("steps", [(SPLIT, UNDONE), (SPLIT, UNDONE, AGAIN)], ids=["undone", "split again"])
def test_the_latest_step_holds_in_whatever_order_they_come_and_how_often(steps: tuple[Step, ...]) -> None:
    """W14, W15. Fails when the tickets' versions are not kept."""
    expected = heard(a_task(), *steps).snapshot().ticket_ids
    assert len(expected) == 1
    for order in set(permutations((*steps, *steps))):
        assert heard(a_task(), *order).snapshot().ticket_ids == expected


def test_a_step_told_by_an_older_replica_names_no_version_and_holds_all_the_same() -> None:
    """W15"""
    assert heard(a_task(), SPLIT, ("ticket-9", None, ticket(7, 6))).snapshot().ticket_ids == ("ticket-7",)


def test_a_split_heard_before_the_link_of_the_ticket_that_was_split_holds() -> None:
    """W13, W14: a ticket that had the task by a merge asks for it and gives it away at once."""
    task = links.move_ticket(a_task(), "ticket-8", 5, ticket(9, 1), at=AT).after
    task = links.link(task, a_ticket(8, version=4), at=AT).after
    assert task.snapshot().ticket_ids == ("ticket-7", "ticket-9")


def test_a_ticket_cancelled_later_is_none_of_a_moved_tasks_business() -> None:
    """W14"""
    moved = heard(a_task(), SPLIT)
    assert links.ticket_cancelled(moved, a_ticket(7, version=9), at=AT).facts == ()
    assert links.ticket_cancelled(moved, a_ticket(9, version=9), at=AT).facts != ()
