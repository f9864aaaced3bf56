"""Merging: one survives, the others are resolved into it, and a refusal names everything that stands in the way."""

from typing import Any

import pytest

from balcao.shared.events import (
    Party,
    TicketAbsorbed,
    TicketMerged,
    TicketNoted,
    TicketResolved,
    TicketTaskFollowed,
    TicketTaskLinkAsked,
)
from balcao.tickets.domain.conditions import CannotMerge, TicketIsMerged
from balcao.tickets.domain.conversation import requester_replied
from balcao.tickets.domain.merging import merge
from balcao.tickets.domain.production import follow, reopen
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import BY_ANA, DORA, EVA, LATER, a_task, a_ticket, an_answer, kinds

FABIO = Party(name="Fábio", address="fabio@cliente.test")


def numbered(number: int, **values: Any) -> Ticket:
    """Another ticket."""
    return a_ticket(id=f"ticket-{number}", number=number, title=f"Pedido {number}", **values)


def merged(survivor: Ticket, *others: Ticket, comment: str = "") -> Any:
    """What Ana's merge makes."""
    return merge(survivor, others, BY_ANA, LATER, operation_id="op", comment=comment)


def test_one_goes_on_and_the_others_are_resolved_into_it() -> None:
    """W13: linked both ways, each with its fact."""
    survivor, first, second = merged(numbered(1), numbered(2), numbered(3))
    assert survivor.after.status == "open"
    assert [(link.kind, link.number) for link in survivor.after.links] == [("merged_from", 2), ("merged_from", 3)]
    for change in (first, second):
        assert (change.after.status, change.after.resolution) == ("resolved", "merged")
        assert change.after.merged_into == "ticket-1"
        assert [(link.kind, link.number) for link in change.after.links] == [("merged_into", 1)]
        assert kinds(change) == [TicketMerged, TicketResolved]


def test_its_comment_is_a_private_note_on_all_of_them() -> None:
    """W7, W13"""
    changes = merged(numbered(1), numbered(2), comment="cliente pediu duas vezes")
    for change in changes:
        (note,) = [fact for fact in change.facts if isinstance(fact, TicketNoted)]
        assert note.text == "cliente pediu duas vezes"
        assert not [one for one in change.facts if one.public and "duas vezes" in one.model_dump_json()]


def test_people_of_the_merged_tickets_get_copies_of_the_one_that_goes_on() -> None:
    """W13: each once, its own requester aside."""
    survivor, *_ = merged(
        numbered(1), numbered(2, requester=EVA, watchers=(FABIO, DORA)), numbered(3, requester=FABIO, watchers=(EVA,))
    )
    assert survivor.after.watchers == (EVA, FABIO)
    (fact,) = [one for one in survivor.facts if isinstance(one, TicketAbsorbed)]
    assert fact.watchers_added == (EVA, FABIO)


def test_who_asked_elsewhere_is_not_named_to_the_survivors_requester() -> None:
    """P5: the fact on the survivor is the team's."""
    survivor, other = merged(numbered(1), numbered(2, requester=EVA))
    assert not any(fact.public and "Eva" in fact.model_dump_json() for fact in survivor.facts)
    assert [fact.public for fact in other.facts if isinstance(fact, TicketMerged)] == [True]


def test_a_refusal_names_every_reason_of_every_ticket() -> None:
    """W13"""
    survivor = numbered(1, workspace_id="loja")
    with pytest.raises(CannotMerge) as refused:
        merged(
            survivor,
            numbered(2, workspace_id="banco", status="waiting", tasks=(a_task(number=8, state="open"),)),
            numbered(3, workspace_id="loja"),
            numbered(
                4, workspace_id="loja", tasks=(a_task(number=0, state="requested"), a_task(id="t", state="completed"))
            ),
            numbered(5, status="cancelled"),
        )
    assert refused.value.details["tickets"] == [
        {
            "number": 2,
            "reasons": [
                {"code": "not-open", "status": "waiting"},
                {"code": "open-tasks", "tasks": [8]},
                {"code": "other-workspace", "workspace_id": "banco"},
            ],
        },
        {"number": 4, "reasons": [{"code": "open-tasks", "tasks": [0]}]},
        {
            "number": 5,
            "reasons": [
                {"code": "not-open", "status": "cancelled"},
                {"code": "other-workspace", "workspace_id": None},
            ],
        },
    ]


def test_the_survivor_must_be_open_and_without_open_tasks_too() -> None:
    """W13"""
    with pytest.raises(CannotMerge) as refused:
        merged(numbered(1, status="resolved", tasks=(a_task(number=9, phase_kind="external_approval"),)), numbered(2))
    assert [one["number"] for one in refused.value.details["tickets"]] == [1]
    assert [one["code"] for one in refused.value.details["tickets"][0]["reasons"]] == ["not-open", "open-tasks"]


@pytest.mark.parametrize("numbers", [(), (1,), (2, 2)], ids=["nothing", "itself", "twice the same"])
def test_it_takes_two_or_more_different_tickets(numbers: tuple[int, ...]) -> None:
    """W13"""
    with pytest.raises(CannotMerge):
        merged(numbered(1), *(numbered(n) for n in numbers))


def test_a_merged_ticket_takes_no_words_and_no_reopening() -> None:
    """W2, W13: it says where to go instead; a reply must not bring it back in service beside the survivor."""
    _, change = merged(numbered(1), numbered(2))
    gone = change.after
    with pytest.raises(TicketIsMerged) as refused:
        requester_replied(gone, an_answer(), "token")
    assert refused.value.details["merged_into"] == 1
    with pytest.raises(TicketIsMerged):
        reopen(gone, "team")


def test_merging_is_a_step_by_the_team() -> None:
    """H2, W3: on the survivor, which leaves triage."""
    survivor, other = merged(numbered(1), numbered(2))
    assert survivor.after.stage == "analysis"
    assert other.after.stage == "triage"


def test_work_begun_again_on_a_merged_tickets_task_goes_on_in_the_survivor_that_production_is_to_know() -> None:
    """W13, H5: asked once for each round of work, because a task refuses while it is cancelled."""
    survivor = a_ticket(id="ticket-1", number=1)
    again = a_task(version=4, rounds=2, ticket_ids=("ticket-2",))
    change = follow(survivor, again, "reopened", merged="ticket-2")
    assert kinds(change)[:2] == [TicketTaskFollowed, TicketTaskLinkAsked]
    asked = change.facts[1]
    assert isinstance(asked, TicketTaskLinkAsked)
    assert (asked.task_id, asked.task_number, asked.inherited) == ("task-1", 88, True)
    assert (change.after.stage, change.after.inherited_tasks) == ("production", {"task-1": "ticket-2"})
    assert follow(change.after, again, "reopened", merged="ticket-2").facts == ()
    given_up = follow(
        change.after, again.model_copy(update={"version": 5, "state": "cancelled"}), "cancelled", merged="ticket-2"
    )
    assert TicketTaskLinkAsked not in kinds(given_up)
    back = again.model_copy(update={"version": 6, "rounds": 3})
    assert TicketTaskLinkAsked in kinds(follow(given_up.after, back, "reopened", merged="ticket-2"))


def test_a_task_of_the_survivors_own_is_not_inherited() -> None:
    """W13, W15: undoing the merge must not take it away."""
    survivor = a_ticket(id="ticket-1", number=1, tasks=(a_task(version=0, state="requested"),))
    change = follow(survivor, a_task(version=4, rounds=2), "reopened", merged="ticket-2")
    assert (TicketTaskLinkAsked in kinds(change), change.after.inherited_tasks) == (False, {})


def test_what_the_survivor_had_left_may_come_back_with_a_merged_ticket() -> None:
    """W13, W15: a merge that was undone and made again."""
    survivor, _ = merged(numbered(1, left_tasks=("task-1", "task-2")), numbered(2, tasks=(a_task(state="completed"),)))
    assert survivor.after.left_tasks == ("task-2",)
