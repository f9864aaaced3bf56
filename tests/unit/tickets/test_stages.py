"""Stages and who acts in them."""

import pytest

from balcao.shared.events import TicketAnalystAssigned, TicketStageAssigned, TicketStageEntered
from balcao.tickets.domain import conversation, stages, waiting
from balcao.tickets.domain.conditions import TicketIsCancelled
from balcao.tickets.domain.team import TeamRow
from balcao.tickets.domain.ticket import STAGES, Ticket, Wait
from tests.unit.tickets.builders import (
    AT,
    BY_ANA,
    BY_BIA,
    BY_CAIO,
    BY_DAVI,
    TEAM,
    a_requester,
    a_ticket,
    an_answer,
    kinds,
    moves,
    opened,
)


def in_analysis() -> Ticket:
    return stages.move(a_ticket(), "analysis", BY_ANA).after


def test_the_stages_are_the_five_in_their_order() -> None:
    """H1"""
    assert STAGES == ("triage", "analysis", "planning", "production", "delivery")


@pytest.mark.parametrize("stage", ["planning", "production", "delivery", "triage"])
def test_a_click_on_a_stage_moves_there(stage: str) -> None:
    """H1"""
    change = stages.move(in_analysis(), stage, BY_ANA)  # type: ignore[arg-type]
    assert moves(change) == [("analysis", stage, "team")]
    assert change.after.stage == stage


def test_a_click_on_the_present_stage_does_nothing() -> None:
    """H1"""
    assert stages.move(in_analysis(), "analysis", BY_ANA).facts == ()


def test_a_ticket_out_of_service_is_not_moved() -> None:
    """H1, W1"""
    with pytest.raises(TicketIsCancelled) as refusal:
        stages.move(a_ticket(status="cancelled", active=False), "planning", BY_ANA)
    assert refusal.value.details == {"ticket_status": "cancelled", "possible": ["reopen"]}


def test_the_stage_entered_names_who_acts_there() -> None:
    """H1, H7"""
    entered = stages.move(in_analysis(), "planning", BY_ANA).facts[0].model_dump()
    assert entered["assignee"]["person_id"] == "bia"


def test_the_pencil_changes_who_acts_in_a_stage_and_nothing_else() -> None:
    """H1"""
    change = stages.assign_stage(in_analysis(), "delivery", BY_CAIO, BY_ANA)
    assert kinds(change) == [TicketStageAssigned]
    assert change.after.stage_assignees["delivery"] == BY_CAIO
    assert change.after.stage_assignees["production"] == BY_BIA
    assert change.after.analyst == BY_ANA
    assert stages.assign_stage(change.after, "delivery", BY_CAIO, BY_ANA).facts == ()


def test_a_new_ticket_is_in_triage_and_nobody_has_taken_it() -> None:
    """H2, W1"""
    assert (a_ticket().stage, a_ticket().status, a_ticket().progress) == ("triage", "open", "todo")


@pytest.mark.parametrize(
    "edit",
    [
        lambda ticket: conversation.comment(ticket, "Vou ver", BY_ANA, AT),
        lambda ticket: conversation.comment(ticket, "Vou ver", BY_ANA, AT, visible=True),
        lambda ticket: conversation.write_action_plan(ticket, "Fazer", BY_ANA),
        lambda ticket: stages.assign_analyst(ticket, BY_CAIO, BY_ANA),
        lambda ticket: stages.assign_stage(ticket, "delivery", BY_CAIO, BY_ANA),
        lambda ticket: waiting.wait(ticket, Wait(reason="visit"), BY_ANA),
        lambda ticket: conversation.note_by_mail(ticket, an_answer(), BY_ANA, TEAM),
    ],
    ids=["note", "answer", "action plan", "analyst", "stage assignee", "wait", "note by mail"],
)
def test_the_first_thing_the_team_does_moves_the_ticket_to_analysis(edit: object) -> None:
    """H2"""
    change = edit(a_ticket())  # type: ignore[operator]
    assert moves(change) == [("triage", "analysis", "first_touch")]
    assert moves(edit(change.after.model_copy(update={"action_plan": "Outro"}))) == []  # type: ignore[operator]


def test_what_the_requester_writes_leaves_the_ticket_in_triage() -> None:
    """H2, features.md 7"""
    change = conversation.requester_replied(a_ticket(), an_answer(), "token")
    assert moves(change) == []
    assert (change.after.stage, change.after.progress) == ("triage", "todo")


def test_the_first_update_takes_a_ticket_that_nobody_answers_for() -> None:
    """W3"""
    change = conversation.comment(a_ticket(analyst=None), "Vou ver", BY_CAIO, AT)
    assert (change.after.analyst, change.after.progress) == (BY_CAIO, "in_progress")
    assert [fact.taken for fact in change.facts if isinstance(fact, TicketAnalystAssigned)] == [True]


def test_a_colleagues_update_leaves_the_ticket_with_its_analyst() -> None:
    """W3"""
    change = conversation.comment(a_ticket(), "Vou ver", BY_CAIO, AT)
    assert (change.after.analyst, change.after.progress) == (BY_ANA, "in_progress")
    assert TicketAnalystAssigned not in kinds(change)


def test_moved_by_hand_a_ticket_is_taken() -> None:
    """H1, W3"""
    change = stages.move(a_ticket(analyst=None), "planning", BY_CAIO)
    assert moves(change) == [("triage", "planning", "team")]
    assert (change.after.analyst, change.after.progress) == (BY_CAIO, "in_progress")


def test_who_acts_in_each_stage_comes_from_the_team_table() -> None:
    """H7"""
    ticket = a_ticket()
    assert ticket.analyst == BY_ANA
    assert [ticket.assignee(stage) for stage in STAGES] == [BY_ANA, BY_ANA, BY_BIA, BY_BIA, BY_BIA]


def test_the_workspaces_entry_goes_before_the_companys_column_by_column() -> None:
    """H7"""
    ticket = opened(requester=a_requester(default_workspace_id="loja")).after
    assert ticket.analyst == BY_CAIO
    assert [ticket.assignee(stage) for stage in STAGES] == [BY_CAIO, BY_CAIO, BY_BIA, BY_BIA, BY_BIA]


def test_an_entry_that_names_somebody_who_left_counts_as_empty() -> None:
    """H7"""
    team = TEAM.model_copy(update={"rows": (TeamRow(workspace_id="loja", service="quem-saiu"), *TEAM.rows[:1])})
    assert team.analyst("loja") == BY_ANA


def test_where_a_stage_has_nobody_the_analyst_acts() -> None:
    """H7"""
    ticket = a_ticket(stage_assignees={})
    assert ticket.assignee("delivery") == BY_ANA


def test_a_new_analyst_takes_over_triage_and_analysis_from_the_old_one_only() -> None:
    """H8"""
    change = stages.assign_analyst(in_analysis(), BY_DAVI, BY_ANA)
    assert change.after.analyst == BY_DAVI
    assert [change.after.assignee(stage) for stage in STAGES] == [BY_DAVI, BY_DAVI, BY_BIA, BY_BIA, BY_BIA]
    assert kinds(change) == [TicketAnalystAssigned, TicketStageAssigned, TicketStageAssigned]


def test_a_stage_that_somebody_else_holds_is_not_handed_over() -> None:
    """H8"""
    ticket = stages.assign_stage(in_analysis(), "analysis", BY_CAIO, BY_ANA).after
    after = stages.assign_analyst(ticket, BY_DAVI, BY_ANA).after
    assert (after.assignee("triage"), after.assignee("analysis")) == (BY_DAVI, BY_CAIO)


def test_planning_stays_with_the_old_analyst_though_he_held_it() -> None:
    """H8"""
    ticket = stages.assign_stage(in_analysis(), "planning", BY_ANA, BY_ANA).after
    assert stages.assign_analyst(ticket, BY_DAVI, BY_ANA).after.assignee("planning") == BY_ANA


def test_the_analyst_that_is_there_is_not_assigned_again() -> None:
    """H8"""
    assert stages.assign_analyst(in_analysis(), BY_ANA, BY_BIA).facts == ()


def test_who_acts_in_the_present_stage_is_in_the_first_touch_too() -> None:
    """H2, H7"""
    change = conversation.comment(a_ticket(), "Vou ver", BY_ANA, AT)
    assert [f.assignee for f in change.facts if isinstance(f, TicketStageEntered)] == [BY_ANA]
