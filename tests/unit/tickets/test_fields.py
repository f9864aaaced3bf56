"""Editing fields: only what was given a value changes, and each says what it was before."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from balcao.shared.events import (
    Party,
    TagName,
    TicketAnalystAssigned,
    TicketDueSet,
    TicketEdited,
    TicketNoted,
    TicketPromised,
    TicketRequesterChanged,
    TicketStageAssigned,
    TicketStageEntered,
    TicketTagged,
    TicketWatchersChanged,
)
from balcao.tickets.domain.conditions import (
    ExtendingNeedsNote,
    OwnAddress,
    TicketIsResolved,
    TooManyWatchers,
    UnknownPerson,
    UnknownProject,
    UnknownTag,
    UnknownWorkspace,
)
from balcao.tickets.domain.fields import Edit, Known, Project, edit
from balcao.tickets.domain.status import resolve
from balcao.tickets.domain.ticket import Ticket, rank_of
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, BY_CAIO, DORA, LATER, TEAM, a_ticket, kinds, moves

NATAL, VIP = TagName(id="natal", name="Natal", colour="#aa0000"), TagName(id="vip", name="VIP")
KNOWN = Known(
    TEAM,
    tags={"natal": NATAL, "vip": VIP},
    projects={"vitrine": Project("vitrine", "Vitrine", "loja")},
    people={"bia@agencia.test": BY_BIA},
    named={"antiga": "Antiga"},
)


def edited(ticket: Ticket | None = None, **values: Any) -> Any:
    """What Ana's edit of these fields makes."""
    return edit(ticket or a_ticket(), Edit.model_validate(values), BY_ANA, KNOWN)


def test_only_fields_that_were_given_a_value_change() -> None:
    """W12, O9, O10"""
    change = edited(a_ticket(kind="fix"), title="Banner de Natal, urgente", priority=80)
    (fact,) = [one for one in change.facts if isinstance(one, TicketEdited)]
    assert fact.changes == {"title": ("Banner de Natal", "Banner de Natal, urgente"), "priority": (0, 80)}
    assert (change.after.kind, change.after.workspace_id) == ("fix", None)
    assert change.after.rank == rank_of(80, 7)


def test_what_is_as_wanted_already_says_nothing() -> None:
    """W12: not even the first touch."""
    assert edited(title="Banner de Natal", priority=0, remove_tags=["vip"], due=None).facts == ()


def test_an_edit_by_the_team_leaves_triage_and_takes_the_ticket() -> None:
    """H2, W3"""
    change = edited(a_ticket(analyst=None), kind="quote")
    assert moves(change) == [("triage", "analysis", "first_touch")]
    assert (change.after.analyst, change.after.progress) == (BY_ANA, "in_progress")


@pytest.mark.parametrize("values", [{"title": None}, {"priority": None}, {"kind": None}, {"requester": None}])
def test_what_every_ticket_has_cannot_be_emptied(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="can't be emptied"):
        Edit.model_validate(values)


@pytest.mark.parametrize("priority", [-5, 3, 101, 105])
def test_the_desk_edits_priority_in_steps_of_five(priority: int) -> None:
    """O9"""
    with pytest.raises(ValidationError):
        Edit(priority=priority)


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Edit.model_validate({"prority": 10})


def test_a_workspace_brings_its_row_of_the_team_table_to_a_ticket_nobody_took() -> None:
    """H7: Caio serves the workspace Loja; Bia plans for all."""
    change = edited(workspace_id="loja")
    assert change.after.analyst == BY_CAIO
    assert {stage: one.name for stage, one in change.after.stage_assignees.items()} == {
        "triage": "Caio",
        "analysis": "Caio",
        "planning": "Bia",
        "production": "Bia",
        "delivery": "Bia",
    }
    (fact,) = [one for one in change.facts if isinstance(one, TicketEdited)]
    assert (fact.changes, fact.names) == ({"workspace_id": (None, "loja")}, {"workspace_id": (None, "Loja")})


def test_a_workspace_leaves_whoever_was_chosen_by_hand_and_whoever_took_it() -> None:
    """H7, H8"""
    by_hand = a_ticket(progress="in_progress").model_copy(
        update={"stage_assignees": {**a_ticket().stage_assignees, "analysis": BY_BIA}}
    )
    change = edited(by_hand, workspace_id="loja")
    assert change.after.analyst == BY_ANA
    assert change.after.stage_assignees["analysis"] == BY_BIA
    assert change.after.stage_assignees["triage"] == BY_CAIO


def test_a_workspace_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownWorkspace):
        edited(workspace_id="padaria")


def test_a_project_belongs_to_its_workspace() -> None:
    """W11"""
    with pytest.raises(UnknownProject):
        edited(project_id="vitrine")
    change = edited(workspace_id="loja", project_id="vitrine")
    assert (change.after.workspace_id, change.after.project_id) == ("loja", "vitrine")
    moved = edited(change.after, workspace_id="banco")
    assert (moved.after.workspace_id, moved.after.project_id) == ("banco", None)
    (fact,) = [one for one in moved.facts if isinstance(one, TicketEdited)]
    assert fact.names["project_id"] == ("Vitrine", None)


def test_tags_are_put_on_and_taken_off_by_name() -> None:
    """O14, W19"""
    on = edited(add_tags=["natal", "vip", "natal"])
    assert on.after.tags == ("natal", "vip")
    (fact,) = [one for one in on.facts if isinstance(one, TicketTagged)]
    assert (fact.added, fact.removed) == ((NATAL, VIP), ())
    off = edited(on.after, remove_tags=["natal"])
    assert off.after.tags == ("vip",)


def test_an_archived_tag_can_be_taken_off_but_not_put_on() -> None:
    """O14"""
    with pytest.raises(UnknownTag):
        edited(add_tags=["antiga"])
    off = edited(a_ticket(tags=("antiga",)), remove_tags=["antiga"])
    (fact,) = [one for one in off.facts if isinstance(one, TicketTagged)]
    assert fact.removed == (TagName(id="antiga", name="Antiga"),)


def test_people_join_and_leave_those_in_copy() -> None:
    """W11: somebody the directory knows comes with their name; the requester is no watcher of their own ticket."""
    on = edited(
        add_watchers=[
            {"address": "bia@agencia.test"},
            {"address": "Novo@Cliente.test", "name": "Novo"},
            {"address": DORA.address},
        ]
    )
    assert on.after.watchers == (BY_BIA, Party(name="Novo", address="novo@cliente.test"))
    off = edited(on.after, remove_watchers=["bia@agencia.test"])
    (fact,) = [one for one in off.facts if isinstance(one, TicketWatchersChanged)]
    assert (fact.added, fact.removed) == ((), (BY_BIA,))


@pytest.mark.parametrize("address", ["oi@agencia.test", "oi+t.123@agencia.test"])
def test_the_companys_own_address_gets_no_copies(address: str) -> None:
    """W11: mail to it would come back."""
    with pytest.raises(OwnAddress):
        edited(add_watchers=[{"address": address}])


def test_nobody_can_be_copied_without_end() -> None:
    """W11"""
    many = tuple(Party(address=f"p{n}@cliente.test") for n in range(100))
    with pytest.raises(TooManyWatchers):
        edited(a_ticket(watchers=many), add_watchers=[{"address": "um@cliente.test"}])


def test_the_analyst_hands_over_as_by_hand() -> None:
    """H8"""
    change = edited(analyst_id="bia")
    assert change.after.analyst == BY_BIA
    assert [one.stage for one in change.facts if isinstance(one, TicketStageAssigned)] == ["triage", "analysis"]
    with pytest.raises(UnknownPerson):
        edited(analyst_id="nobody")


def test_the_request_is_somebody_elses() -> None:
    eva = Party(name="Eva", address="eva@cliente.test")
    change = edited(a_ticket(watchers=(eva,)), requester={"address": "eva@cliente.test", "name": "Eva"})
    assert (change.after.requester, change.after.watchers) == (eva, ())
    (fact,) = [one for one in change.facts if isinstance(one, TicketRequesterChanged)]
    assert fact.before.address == DORA.address
    assert fact.ticket.requester == eva


def test_a_first_date_needs_no_note_and_a_later_one_does() -> None:
    """W9, W17"""
    first = edited(promised_for=LATER.isoformat(), due=LATER.isoformat())
    assert kinds(first) == [TicketPromised, TicketDueSet, TicketStageEntered]
    later = (LATER + timedelta(days=1)).isoformat()
    for name in ("promised_for", "due"):
        with pytest.raises(ExtendingNeedsNote) as refused:
            edited(first.after, **{name: later})
        assert refused.value.details == {"fields": [name]}
        with pytest.raises(ExtendingNeedsNote):
            edited(first.after, **{name: None})
    moved = edited(first.after, promised_for=later, note="O cliente pediu")
    assert kinds(moved) == [TicketPromised, TicketNoted]
    assert moved.facts[0].before == LATER


def test_an_earlier_date_needs_no_note() -> None:
    """W17"""
    ticket = edited(due=LATER.isoformat()).after
    assert edited(ticket, due=AT.isoformat()).after.due == AT


def test_the_reason_of_an_extension_is_private() -> None:
    """W7, W17: the fact of the date is the requester's, its note is not."""
    ticket = edited(promised_for=AT.isoformat()).after
    change = edited(ticket, promised_for=LATER.isoformat(), note="atraso nosso")
    assert [(fact.public, "atraso" in fact.model_dump_json()) for fact in change.facts] == [
        (True, False),
        (False, True),
    ]


def test_a_finished_ticket_takes_no_work_but_may_be_put_in_order() -> None:
    """O10, O14: what it was about can be told right afterwards, and nothing else happens."""
    finished = resolve(a_ticket(), "answered", AT).after
    change = edited(finished, kind="quote", add_tags=["natal"])
    assert [fact.type for fact in change.facts] == ["ticket.edited.v1", "ticket.tagged.v1"]
    assert (change.after.stage, change.after.status) == ("triage", "resolved")
    with pytest.raises(TicketIsResolved):
        edited(finished, priority=50)
    with pytest.raises(TicketIsResolved):
        edited(finished, kind="quote", analyst_id="bia")


def test_the_analyst_is_assigned_once_when_workspace_and_analyst_come_together() -> None:
    """H8"""
    change = edited(workspace_id="loja", analyst_id="bia")
    assert change.after.analyst == BY_BIA
    assert [one.ticket.analyst for one in change.facts if isinstance(one, TicketAnalystAssigned)] == [BY_BIA]
