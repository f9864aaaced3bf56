"""The heart: how tasks move their ticket, fact by fact."""

import pytest

from balcao.shared.events import (
    TaskSnapshot,
    TicketReopened,
    TicketStageEntered,
    TicketTaskFollowed,
    TicketTaskRequested,
)
from balcao.tickets.domain import conversation, production, stages, status
from balcao.tickets.domain.conditions import TicketIsResolved
from balcao.tickets.domain.production import What, follow
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, BY_CAIO, a_task, a_ticket, an_answer, kinds, moves

FINISHED = ("production_finished",)


def asked(ticket: Ticket, *task_ids: str) -> Ticket:
    """The ticket after tasks were asked for."""
    for task_id in task_ids:
        ticket = production.request_task(ticket, task_id, BY_ANA).after
    return ticket


def after(ticket: Ticket, *told: tuple[What, TaskSnapshot]) -> Ticket:
    """The ticket after these facts came, one after the other."""
    for what, task in told:
        ticket = follow(ticket, task, what).after
    return ticket


def created(task_id: str = "task-1") -> tuple[What, TaskSnapshot]:
    return "created", a_task(id=task_id)


def completed(task_id: str = "task-1", version: int = 2, rounds: int = 1) -> tuple[What, TaskSnapshot]:
    return "completed", a_task(id=task_id, version=version, rounds=rounds, state="completed", phase_kind="done")


def in_approval(task_id: str = "task-1", version: int = 2, rounds: int = 1) -> tuple[What, TaskSnapshot]:
    return "phase_entered", a_task(id=task_id, version=version, rounds=rounds, phase_kind="external_approval")


def cancelled(task_id: str = "task-1", version: int = 2, rounds: int = 1) -> tuple[What, TaskSnapshot]:
    return "cancelled", a_task(id=task_id, version=version, rounds=rounds, state="cancelled")


def reopened(task_id: str = "task-1", version: int = 3, rounds: int = 2) -> tuple[What, TaskSnapshot]:
    return "reopened", a_task(id=task_id, version=version, rounds=rounds, phase_kind="doing")


def in_production() -> Ticket:
    """A ticket with one task under way."""
    return after(asked(a_ticket(), "task-1"), created())


def told(ticket: Ticket, news: tuple[What, TaskSnapshot]) -> list[tuple[str, str, str]]:
    """The moves that one more fact makes."""
    what, task = news
    return moves(follow(ticket, task, what))


def test_a_task_is_asked_for_with_the_action_plan_as_its_description() -> None:
    """H3"""
    ticket = conversation.write_action_plan(a_ticket(), "Fazer um banner 300x250", BY_ANA).after
    change = production.request_task(ticket, "task-1", BY_ANA, executor=BY_CAIO)
    request = change.facts[-1].model_dump()
    assert (request["task_id"], request["title"], request["description"]) == (
        "task-1",
        "Banner de Natal",
        "Fazer um banner 300x250",
    )
    assert request["executor"]["person_id"] == "caio"
    assert change.after.stage == "analysis"
    assert change.after.tasks[0].state == "requested"


def test_what_is_said_for_the_task_goes_before_the_action_plan() -> None:
    """H3"""
    ticket = a_ticket(action_plan="Fazer um banner")
    change = production.request_task(ticket, "task-1", BY_ANA, title="Arte", description="")
    request = change.facts[-1].model_dump()
    assert (request["title"], request["description"]) == ("Arte", "")


def test_asking_twice_under_one_id_asks_once() -> None:
    """H3"""
    ticket = asked(a_ticket(), "task-1")
    assert production.request_task(ticket, "task-1", BY_ANA).facts == ()


def test_a_ticket_out_of_service_asks_for_no_task() -> None:
    """H3"""
    with pytest.raises(TicketIsResolved):
        production.request_task(a_ticket(status="resolved", active=False), "task-1", BY_ANA)


def test_the_creation_of_its_task_moves_the_ticket_to_production() -> None:
    """H3"""
    what, task = created()
    change = follow(asked(a_ticket(), "task-1"), task, what)
    assert kinds(change) == [TicketTaskFollowed, TicketStageEntered]
    assert moves(change) == [("analysis", "production", "task_created")]
    entered = change.facts[-1].model_dump()
    assert (entered["assignee"]["person_id"], entered["task"]["id"]) == ("bia", "task-1")


@pytest.mark.parametrize("stage", ["triage", "analysis", "planning", "delivery"])
def test_a_new_task_moves_the_ticket_to_production_from_wherever_it_was(stage: str) -> None:
    """H3"""
    ticket = asked(a_ticket(), "task-1").model_copy(update={"stage": stage})
    assert told(ticket, created()) == [(stage, "production", "task_created")]


@pytest.mark.parametrize("news", [in_approval(), completed()], ids=["external approval", "completed"])
def test_a_finished_task_moves_the_ticket_to_delivery(news: tuple[What, TaskSnapshot]) -> None:
    """H4"""
    change = follow(in_production(), news[1], news[0])
    assert moves(change) == [("production", "delivery", "production_finished")]
    assert change.after.highlighted
    entered = change.facts[-1].model_dump()
    assert (entered["ticket"]["analyst"]["person_id"], entered["assignee"]["person_id"]) == ("ana", "bia")


def test_work_taken_up_again_leaves_no_delivery_to_look_at_but_an_answer_stays() -> None:
    """H4, H5"""
    delivered = after(in_production(), completed())
    assert delivered.highlight == "delivery"
    assert after(delivered, reopened()).highlight is None
    answered = delivered.model_copy(update={"highlight": "reply"})
    assert after(answered, reopened()).highlight == "reply"


def test_completing_what_was_in_external_approval_is_no_second_transition() -> None:
    """H4, H5"""
    ticket = after(in_production(), in_approval())
    change = follow(ticket, completed(version=3)[1], "completed")
    assert kinds(change) == [TicketTaskFollowed]
    assert change.after.stage == "delivery"


def test_internal_review_is_still_production() -> None:
    """H4"""
    assert told(in_production(), ("phase_entered", a_task(version=2, phase_kind="internal_review"))) == []


def test_delivery_comes_with_the_last_open_task() -> None:
    """H5"""
    ticket = after(asked(a_ticket(), "a", "b"), created("a"), created("b"))
    ticket = after(ticket, completed("a"))
    assert ticket.stage == "production"
    assert told(ticket, in_approval("b")) == [("production", "delivery", "production_finished")]


def test_a_cancelled_task_doesnt_hold_the_delivery_back() -> None:
    """H5"""
    ticket = after(asked(a_ticket(), "a", "b"), created("a"), created("b"), completed("a"))
    assert told(ticket, cancelled("b")) == [("production", "delivery", "production_finished")]


def test_all_tasks_cancelled_is_back_to_planning() -> None:
    """H5"""
    ticket = after(asked(a_ticket(), "a", "b"), created("a"), created("b"), cancelled("a"))
    assert ticket.stage == "production"
    change = follow(ticket, cancelled("b")[1], "cancelled")
    assert moves(change) == [("production", "planning", "tasks_cancelled")]
    assert not change.after.highlighted


def test_the_last_one_cancelled_in_external_approval_is_back_to_planning() -> None:
    """H5"""
    ticket = after(in_production(), in_approval())
    assert told(ticket, cancelled(version=3)) == [("delivery", "planning", "tasks_cancelled")]


@pytest.mark.parametrize(
    "finish", [in_approval(), completed(), cancelled()], ids=["approval", "completed", "cancelled"]
)
def test_a_task_taken_up_again_takes_the_ticket_back_to_production(finish: tuple[What, TaskSnapshot]) -> None:
    """H5"""
    ticket = after(in_production(), finish)
    assert told(ticket, reopened()) == [(ticket.stage, "production", "task_reopened")]


def test_a_second_finish_is_told_again() -> None:
    """H5"""
    ticket = after(in_production(), completed(), reopened())
    assert told(ticket, completed(version=4, rounds=2)) == [("production", "delivery", "production_finished")]


def test_a_task_reopened_beside_another_takes_the_ticket_back_from_where_it_was_put_by_hand() -> None:
    """H5"""
    ticket = after(asked(a_ticket(), "a", "b"), created("a"), created("b"), completed("a"))
    ticket = stages.move(ticket, "planning", BY_ANA).after
    assert told(ticket, reopened("a")) == [("planning", "production", "task_reopened")]


def test_the_same_fact_twice_is_heard_once() -> None:
    """H5: fails without the comparison of versions in `follow`."""
    ticket = after(in_production(), completed())
    for what, task in (completed(), created()):
        change = follow(ticket, task, what)
        assert change.facts == ()
        assert change.after == ticket


def test_a_completion_that_comes_before_the_creation_counts_once() -> None:
    """H5"""
    ticket = asked(a_ticket(), "task-1")
    assert told(ticket, completed()) == [("analysis", "delivery", "production_finished")]
    assert told(after(ticket, completed()), created()) == []


def test_a_second_finish_is_told_though_the_reopening_between_comes_late() -> None:
    """H5: fails when only the situation is compared: it was finished before and is finished after."""
    ticket = after(in_production(), completed())
    again = completed(version=4, rounds=2)
    assert told(ticket, again) == [("delivery", "delivery", "production_finished")]
    assert told(after(ticket, again), reopened()) == []


def test_a_completion_that_a_reopening_has_overtaken_moves_nothing() -> None:
    """H5"""
    ticket = after(in_production(), reopened())
    assert follow(ticket, completed()[1], "completed").facts == ()
    assert ticket.stage == "production"


def test_who_is_responsible_is_told_though_the_ticket_was_put_into_delivery_by_hand() -> None:
    """H4: a finish nobody is told of would stall the ticket."""
    ticket = stages.move(in_production(), "delivery", BY_ANA).after
    assert told(ticket, completed()) == [("delivery", "delivery", "production_finished")]


def test_a_new_executor_shows_and_moves_nothing() -> None:
    """H6"""
    change = follow(in_production(), a_task(version=2, executor=BY_CAIO, phase="Produzindo"), "assigned")
    assert kinds(change) == [TicketTaskFollowed]
    assert change.after.tasks[0].executor == BY_CAIO
    assert change.after.tasks[0].phase == "Produzindo"


def test_a_ticket_that_was_moved_by_hand_stays_there_while_nothing_changes_in_production() -> None:
    """H1, H5"""
    ticket = stages.move(in_production(), "analysis", BY_ANA).after
    assert told(ticket, ("assigned", a_task(version=2, executor=BY_BIA))) == []


def test_a_task_asked_for_and_not_yet_there_holds_the_delivery_back() -> None:
    """H5"""
    ticket = asked(in_production(), "late")
    ticket = after(ticket, completed())
    assert ticket.stage == "production"
    ticket = after(ticket, created("late"))
    assert told(ticket, completed("late")) == [("production", "delivery", "production_finished")]


def test_a_task_asked_for_in_delivery_takes_the_ticket_back_only_when_it_is_there() -> None:
    """H3, H5"""
    ticket = asked(after(in_production(), completed()), "next")
    assert ticket.stage == "delivery"
    assert told(ticket, ("phase_entered", completed(version=3)[1])) == []
    assert told(ticket, created("next")) == [("delivery", "production", "task_created")]


def test_the_team_can_go_on_by_hand_when_a_task_never_comes() -> None:
    """H1, H5"""
    ticket = after(asked(in_production(), "lost"), completed())
    assert stages.move(ticket, "delivery", BY_ANA).after.stage == "delivery"


def test_a_task_that_was_never_asked_for_moves_the_ticket_just_so() -> None:
    """H3: linked from the board."""
    ticket = after(a_ticket(), created())
    assert (ticket.stage, len(ticket.tasks)) == ("production", 1)


@pytest.mark.parametrize("end", ["resolved", "cancelled"])
def test_out_of_service_a_ticket_shows_its_tasks_but_stays_where_it_is(end: str) -> None:
    """H4, H6"""
    ticket = status.resolve(in_production(), "answered", AT).after if end == "resolved" else None
    ticket = ticket or status.cancel(in_production()).after
    change = follow(ticket, completed()[1], "completed")
    assert kinds(change) == [TicketTaskFollowed]
    assert (change.after.stage, change.after.tasks[0].state) == ("production", "completed")


def test_back_in_service_it_moves_to_where_production_stands_by_now() -> None:
    """H5, W2"""
    ticket = after(status.resolve(in_production(), "answered", AT).after, completed())
    change = conversation.requester_replied(ticket, an_answer(), "token")
    assert moves(change) == [("production", "delivery", "production_finished")]
    assert told(change.after, completed()) == []


def test_back_in_service_it_is_not_told_a_second_time_what_was_told_before() -> None:
    """H5: fails when the return looks at the tasks alone."""
    ticket = after(in_production(), completed())
    ticket = stages.move(ticket, "production", BY_ANA).after
    change = production.reopen(status.resolve(ticket, "answered", AT).after, "team")
    assert kinds(change) == [TicketReopened]
    assert change.after.stage == "production"


def test_finished_out_of_service_it_is_told_from_wherever_the_team_had_put_it() -> None:
    """H5"""
    ticket = stages.move(in_production(), "planning", BY_ANA).after
    ticket = after(status.cancel(ticket).after, completed())
    assert moves(production.reopen(ticket, "team")) == [("planning", "delivery", "production_finished")]


@pytest.mark.parametrize(
    ("meanwhile", "where", "why"),
    [
        ((completed(), reopened()), "production", None),
        ((cancelled(),), "planning", "tasks_cancelled"),
        ((completed(), reopened(), completed(version=4, rounds=2)), "delivery", "production_finished"),
    ],
    ids=["still under way", "given up", "finished twice"],
)
def test_what_happened_out_of_service_counts_once_at_the_return(
    meanwhile: tuple[tuple[What, TaskSnapshot], ...], where: str, why: str | None
) -> None:
    """H5"""
    ticket = after(status.resolve(in_production(), "answered", AT).after, *meanwhile)
    change = production.reopen(ticket, "team")
    assert change.after.stage == where
    assert [reason for _, _, reason in moves(change)] == ([why] if why else [])


def test_a_task_created_out_of_service_takes_the_ticket_to_production_at_the_return() -> None:
    """H3"""
    ticket = after(status.resolve(asked(a_ticket(), "task-1"), "answered", AT).after, created())
    assert ticket.stage == "analysis"
    assert moves(production.reopen(ticket, "team")) == [("analysis", "production", "task_created")]


def test_a_task_only_asked_for_moves_nothing_at_the_return() -> None:
    """H3"""
    ticket = status.resolve(asked(a_ticket(), "task-1"), "answered", AT).after
    assert moves(production.reopen(ticket, "team")) == []


def test_a_waiting_ticket_is_moved_by_its_tasks() -> None:
    """H4, W4"""
    ticket = in_production().model_copy(update={"status": "waiting", "progress": None})
    change = follow(ticket, completed()[1], "completed")
    assert moves(change) == [("production", "delivery", "production_finished")]
    assert (change.after.status, change.after.highlighted) == ("waiting", True)


def test_a_task_begins_with_its_tickets_tags_unless_told_otherwise() -> None:
    """O14"""
    ticket = a_ticket(tags=("t1", "t2"))
    for tags, expected in ((None, ("t1", "t2")), (("t3",), ("t3",)), ((), ())):
        (fact,) = (
            one
            for one in production.request_task(ticket, "task-1", BY_ANA, tags=tags).facts
            if isinstance(one, TicketTaskRequested)
        )
        assert fact.tags == expected
