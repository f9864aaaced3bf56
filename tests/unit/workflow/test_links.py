"""Links of a task with tickets: in whatever order and how often they are heard of, the ticket's last word holds."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.shared.events import TaskLinkRefused, TaskTicketLinked, TaskTicketReopened
from balcao.workflow.domain import links
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import AT, LATER, a_task, a_ticket, cancelled, completed

SAYS: dict[str, Callable[..., object]] = {
    "link": links.link,
    "unlink": links.unlink,
    "cancelled": links.ticket_cancelled,
    "reopened": links.ticket_reopened,
}


def hear(task: Task, what: str, version: int, number: int = 8) -> Task:
    """The task after one fact of a ticket."""
    after: Task = SAYS[what](task, a_ticket(number, version=version), at=AT).after  # type: ignore[attr-defined]
    return after


def test_a_task_serves_one_more_ticket_and_answers_it() -> None:
    """H6"""
    change = links.link(a_task(), a_ticket(8, version=4), at=LATER)
    assert change.after.snapshot().ticket_ids == ("ticket-7", "ticket-8")
    (fact,) = change.facts
    assert isinstance(fact, TaskTicketLinked)
    assert (fact.ticket_id, fact.ticket_number, fact.asked_in, fact.task.ticket_ids) == ("ticket-8", 8, 4, ())
    assert change.after.updated_at == LATER


def test_a_ticket_that_asks_again_is_answered_again_and_is_there_once() -> None:
    """H6: it waits for an answer. The repeat of one fact is none."""
    task = hear(a_task(), "link", 4)
    assert links.link(task, a_ticket(8, version=4), at=AT).facts == ()
    again = links.link(task, a_ticket(8, version=6), at=AT)
    assert [fact.type for fact in again.facts] == ["task.ticket_linked.v1"]
    assert again.after.snapshot().ticket_ids == ("ticket-7", "ticket-8")


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (cancelled(), "task_cancelled"),
        (
            a_task(tickets=tuple(LinkedTicket(id=f"t-{n}", number=n, title="") for n in range(links.MOST_TICKETS))),
            "too_many_tickets",
        ),
    ],
    ids=["cancelled", "full"],
)
def test_a_link_that_cannot_be_is_refused_by_a_fact(task: Task, reason: str) -> None:
    """H6: the ticket must not wait for ever."""
    change = links.link(task, a_ticket(8, version=4), at=AT)
    (fact,) = change.facts
    assert isinstance(fact, TaskLinkRefused)
    assert (fact.reason, fact.asked_in) == (reason, 4)
    assert change.after.tickets == task.tickets
    assert links.heard_of(change.after, "ticket-8") == 4


def test_finished_work_may_serve_another_ticket() -> None:
    """H4: the fix that somebody else asks for as well."""
    assert hear(completed(), "link", 4).snapshot().ticket_ids == ("ticket-7", "ticket-8")


def test_an_unlinking_heard_first_is_not_undone_by_the_link_before_it() -> None:
    """H6"""
    task = hear(a_task(), "unlink", 6)
    assert links.link(task, a_ticket(8, version=5), at=AT).facts == ()
    assert hear(task, "link", 7).snapshot().ticket_ids == ("ticket-7", "ticket-8")


def test_of_the_last_ticket_that_leaves_it_is_said_that_none_is_left() -> None:
    """H6"""
    task = hear(a_task(), "link", 4)
    first = links.unlink(task, a_ticket(7, version=5), at=AT)
    second = links.unlink(first.after, a_ticket(8, version=5), at=AT)
    unheard_of = links.unlink(second.after, a_ticket(9, version=5), at=AT)
    said = [fact.last for one in (first, second, unheard_of) for fact in one.facts if hasattr(fact, "last")]
    assert said == [False, True, False]


def test_an_end_heard_before_an_older_unlinking_does_not_keep_the_link() -> None:
    """H6, W14: found by the model test: a ticket was split and then cancelled, and the task served it for ever."""
    task = hear(hear(a_task(), "link", 4), "cancelled", 6)
    assert hear(task, "unlink", 5).snapshot().ticket_ids == ("ticket-7",)


def test_a_second_end_heard_before_the_return_between_the_two_holds() -> None:
    """H6"""
    task = hear(hear(hear(hear(a_task(), "link", 4), "cancelled", 5), "cancelled", 7), "reopened", 6)
    assert task.tickets[1].cancelled_at is not None


def test_a_ticket_given_up_before_it_got_the_task_is_marked() -> None:
    """H5, W13: by a merge; it says nothing of its end again."""
    task = links.link(a_task(), a_ticket(8, version=4, status="cancelled"), at=LATER).after
    assert [one.cancelled_at for one in task.tickets] == [None, LATER]


def test_an_end_heard_before_the_link_asked_again_holds() -> None:
    """H5"""
    task = hear(hear(hear(a_task(), "link", 4), "cancelled", 7), "link", 6)
    assert task.tickets[1].cancelled_at is not None
    assert links.ticket_reopened(task, a_ticket(8, version=8), at=AT).after.tickets[1].cancelled_at is None


def test_a_ticket_taken_up_again_is_unmarked_and_its_people_are_told() -> None:
    """H5"""
    task = links.ticket_cancelled(a_task(), a_ticket(version=4), at=AT).after
    change = links.ticket_reopened(task, a_ticket(version=5), at=LATER)
    assert [ticket.cancelled_at for ticket in change.after.tickets] == [None]
    assert [type(fact) for fact in change.facts] == [TaskTicketReopened]
    assert links.ticket_cancelled(change.after, a_ticket(version=4), at=LATER).facts == ()


@given(st.data())
def test_in_whatever_order_and_how_often_they_come_the_last_word_holds(data: st.DataObject) -> None:
    """H5, H6: as long as nothing but links is told of a ticket that is not linked (those come again, see `linking`)."""
    story = data.draw(st.lists(st.sampled_from(("link", "unlink")), min_size=1, max_size=6))
    in_order = a_task()
    for version, what in enumerate(story, start=4):
        in_order = hear(in_order, what, version)
    told = list(enumerate(story, start=4))
    task = a_task()
    for version, what in data.draw(st.permutations(told + told)):
        before = task
        task = hear(task, what, version)
        assert task.version - before.version in (0, 1)
    assert {one.id for one in task.tickets} == {one.id for one in in_order.tickets}
    assert links.heard_of(task, "ticket-8") == links.heard_of(in_order, "ticket-8")
    assert hear(task, "unlink", 3).version == task.version
