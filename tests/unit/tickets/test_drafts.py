"""Drafts: begun with nothing, submitted when complete, the team's own until then."""

from typing import Any

import pytest

from balcao.shared.errors import Refused
from balcao.shared.events import (
    TicketAnalystAssigned,
    TicketDraftDiscarded,
    TicketDrafted,
    TicketDraftEdited,
    TicketOpened,
    TicketReplied,
    TicketResolved,
)
from balcao.tickets.domain import conversation, drafts, production, stages, status, threading
from balcao.tickets.domain.conditions import DraftIsIncomplete, TicketIsDraft, TicketIsNoDraft
from tests.unit.tickets.builders import AT, BY_ANA, BY_CAIO, DORA, LATER, TEAM, a_ticket, kinds
from tests.unit.tickets.lives import a_draft, in_status


def begun(**given: Any) -> Any:
    return drafts.begin(given, BY_ANA, TEAM, ticket_id="ticket-8", number=8, at=AT)


def test_a_draft_begins_with_its_number_and_nothing_else() -> None:
    """O12, O13"""
    change = begun()
    ticket = change.after
    assert (ticket.number, ticket.status, ticket.progress, ticket.stage) == (8, "draft", None, "triage")
    assert kinds(change) == [TicketDrafted]
    assert not any(fact.public for fact in change.facts)


def test_submitting_an_empty_draft_lists_all_that_is_missing() -> None:
    """O12"""
    with pytest.raises(DraftIsIncomplete) as refusal:
        drafts.submit(begun().after)
    assert refusal.value.details["missing"] == ["title", "description", "kind", "requester"]


@pytest.mark.parametrize("missing", ["title", "description", "kind", "requester"])
def test_each_of_the_four_is_needed(missing: str) -> None:
    """O12"""
    given = {"title": "Banner", "description": "Um banner", "kind": "request", "requester": DORA}
    complete = begun(**given).after
    assert drafts.submit(complete).after.status == "open"
    with pytest.raises(DraftIsIncomplete) as refusal:
        drafts.submit(begun(**{name: value for name, value in given.items() if name != missing}).after)
    assert refusal.value.details["missing"] == [missing]
    taken_back = drafts.edit(complete, {missing: "" if missing in ("title", "description") else None}, TEAM).after
    with pytest.raises(DraftIsIncomplete):
        drafts.submit(taken_back)


def test_submitted_it_is_a_ticket_to_do_and_those_concerned_hear_of_it() -> None:
    """O12, O11"""
    change = drafts.submit(a_draft())
    ticket = change.after
    assert (ticket.status, ticket.progress, ticket.stage, ticket.draft) == ("open", "todo", "triage", None)
    (fact,) = change.facts
    assert isinstance(fact, TicketOpened)
    assert (fact.channel, fact.kind, fact.excerpt) == ("desk", "quote", "Um banner para o Natal")
    assert ticket.is_open_to("dora", "dora@cliente.test")


def test_editing_says_before_and_after_of_what_was_given_only() -> None:
    """O12"""
    change = drafts.edit(a_draft(), {"title": "Banner novo", "priority": 30}, TEAM)
    assert (change.after.title, change.after.priority, change.after.kind) == ("Banner novo", 30, "quote")
    (fact,) = change.facts
    assert isinstance(fact, TicketDraftEdited)
    assert fact.changes == {"title": ("Banner", "Banner novo"), "priority": (0, 30)}
    assert drafts.edit(change.after, {"title": "Banner novo"}, TEAM).facts == ()


def test_a_workspace_brings_its_people_unless_somebody_was_chosen() -> None:
    """O12, H7"""
    assert drafts.edit(a_draft(), {"workspace_id": "loja"}, TEAM).after.analyst == BY_CAIO
    chosen = stages.assign_analyst(a_draft(), BY_CAIO, BY_ANA).after
    assert drafts.edit(chosen, {"workspace_id": "banco"}, TEAM).after.analyst == BY_CAIO


def test_a_draft_is_not_taken_by_those_who_write_it() -> None:
    """O12, H2, W3"""
    change = conversation.comment(a_draft(), "lembrar do prazo", BY_ANA, AT)
    assert (change.after.status, change.after.stage, change.after.progress) == ("draft", "triage", None)


def test_a_mail_from_a_draft_fills_what_it_lacks_and_submits_it() -> None:
    """O12"""
    draft = begun(kind="question", requester=DORA).after
    change = conversation.comment(draft, "Sobre o banner\n\nVocê prefere azul?", BY_ANA, AT, visible=True)
    ticket = change.after
    assert (ticket.title, ticket.requested) == ("Sobre o banner", "Sobre o banner\n\nVocê prefere azul?")
    assert (ticket.status, ticket.progress, ticket.draft) == ("open", "in_progress", None)
    assert kinds(change)[0] is TicketOpened
    assert TicketReplied in kinds(change)


def test_a_mail_does_not_write_over_what_a_draft_says() -> None:
    """O12"""
    ticket = conversation.comment(a_draft(), "Você prefere azul?", BY_ANA, AT, visible=True).after
    assert (ticket.title, ticket.requested) == ("Banner", "Um banner para o Natal")


def test_a_mail_to_nobody_is_refused() -> None:
    """O12"""
    with pytest.raises(DraftIsIncomplete) as refusal:
        conversation.comment(begun().after, "Olá", BY_ANA, AT, visible=True)
    assert refusal.value.details["missing"] == ["kind", "requester"]


def test_a_draft_may_go_straight_to_resolved() -> None:
    """O12, W5"""
    change = status.resolve(a_draft(), "answered", LATER)
    assert (change.after.status, change.after.draft) == ("resolved", None)
    assert kinds(change) == [TicketOpened, TicketResolved]
    with pytest.raises(DraftIsIncomplete):
        status.resolve(begun(title="Banner").after, "answered", LATER)


def test_a_discarded_draft_is_told_to_nobody_and_may_be_taken_up_again() -> None:
    """O12"""
    change = status.cancel(a_draft())
    assert kinds(change) == [TicketDraftDiscarded]
    assert not change.after.is_open_to("dora", "dora@cliente.test")
    again = production.reopen(change.after, "team")
    assert (again.after.status, again.after.title) == ("draft", "Banner")
    assert not any(fact.public for fact in again.facts)


@pytest.mark.parametrize("never", ["draft", "cancelled"])
def test_who_is_not_of_the_team_does_not_see_what_was_never_submitted(never: Any) -> None:
    """O12, P5"""
    ticket = in_status(never, never_submitted=True)
    assert not ticket.is_open_to("dora", "dora@cliente.test")
    placed = threading.place(DORA, (("subject_tag", ticket),), TEAM, at=LATER)
    assert placed == threading.Open(rule="no_evidence")


@pytest.mark.parametrize(
    "rule",
    [
        lambda ticket: stages.move(ticket, "planning", BY_ANA),
        lambda ticket: production.request_task(ticket, "task-1", BY_ANA),
    ],
    ids=["stage", "task"],
)
def test_production_knows_nothing_of_drafts(rule: Any) -> None:
    """O12, H3"""
    with pytest.raises(TicketIsDraft) as refusal:
        rule(a_draft())
    assert refusal.value.details["possible"] == ["cancel", "resolve", "submit"]


def test_the_analyst_of_a_draft_may_be_chosen() -> None:
    """O12, O11"""
    assert TicketAnalystAssigned in kinds(stages.assign_analyst(a_draft(), BY_CAIO, BY_ANA))


@pytest.mark.parametrize("rule", [drafts.submit, lambda ticket: drafts.edit(ticket, {"title": "x"}, TEAM)])
def test_what_is_no_draft_is_neither_submitted_nor_edited_as_one(rule: Any) -> None:
    """O12"""
    with pytest.raises(TicketIsNoDraft) as refusal:
        rule(a_ticket())
    assert isinstance(refusal.value, Refused)
