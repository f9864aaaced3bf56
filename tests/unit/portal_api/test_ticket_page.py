"""What a ticket's page decides by itself: what is folded, what a conflict is, what takes a step back."""

from typing import Any

import pytest

from balcao.portal_api.pages.entry import Entry, Event
from balcao.portal_api.pages.folding import fold
from balcao.portal_api.pages.overtaken import concerns
from balcao.portal_api.pages.taking_back import TakeBack, taking_back
from balcao.portal_api.pages.ticket_history import group_of, groups_of, only
from balcao.shared.events import FACTS


def events(count: int) -> list[Entry]:
    return [Event(n, "dot", "x", None, "") for n in range(1, count + 1)]


def entry(kind: str, version: int = 2, **data: Any) -> dict[str, Any]:
    return {"type": f"ticket.{kind}.v1", "n": version, "data": {"ticket": {"version": version}, **data}}


@pytest.mark.parametrize(("count", "hidden"), [(40, 0), (41, 10), (150, 119)], ids=["just fits", "one more", "long"])
def test_past_forty_entries_the_middle_is_folded_and_the_request_stays(count: int, hidden: int) -> None:
    folded = fold(events(count))

    assert (folded.hidden, len(folded.shown)) == (hidden, count - hidden)
    assert folded.shown[0].n == 1
    assert folded.shown[-1].n == count


def test_an_open_page_keeps_its_fold_where_it_was_when_the_conversation_grows() -> None:
    before = fold(events(100))

    after = fold(events(103), since=str(before.before))

    assert [one.n for one in after.shown[: len(before.shown)]] == [one.n for one in before.shown]
    assert after.shown[-1].n == 103


def test_everything_is_shown_to_whoever_asks() -> None:
    assert fold(events(150), everything=True).hidden == 0


@pytest.mark.parametrize(
    ("command", "other", "is_conflict"),
    [
        ("stage", entry("stage_entered"), True),
        ("stage", entry("noted"), False),
        ("priority", entry("edited", changes={"priority": [0, 50]}), True),
        ("priority", entry("edited", changes={"title": ["a", "b"]}), False),
        ("priority", entry("cancelled"), True),
        ("resolve", entry("requester_replied"), True),
        ("tags", entry("tagged"), False),
    ],
    ids=["same stage", "a note", "same field", "another field", "it ended", "an answer came", "other tags"],
)
def test_only_what_concerns_the_same_thing_is_a_conflict(
    command: str, other: dict[str, Any], is_conflict: bool
) -> None:
    assert concerns(command, [other]) is is_conflict


@pytest.mark.parametrize(
    ("command", "made", "expected"),
    [
        (
            "stage",
            [entry("stage_entered", reason="team", before="production", stage="delivery")],
            TakeBack("stage", {"stage": "production"}),
        ),
        (
            "priority",
            [entry("edited", changes={"priority": [25, 75]})],
            TakeBack("priority", {"priority": "25"}),
        ),
        (
            "workspace",
            [entry("edited", changes={"workspace_id": [None, "w1"]})],
            TakeBack("workspace", {"workspace_id": ""}),
        ),
        (
            "tags",
            [entry("tagged", added=[{"id": "t1"}], removed=[{"id": "t2"}, {"id": "t3"}])],
            TakeBack("tags", {"add": "t2,t3", "take_off": "t1"}),
        ),
        ("take", [entry("analyst_assigned", taken=True, before=None)], TakeBack("give-back", {})),
        (
            "analyst",
            [entry("analyst_assigned", before={"person_id": "ana"})],
            TakeBack("analyst", {"person_id": "ana"}),
        ),
        ("promise", [entry("promised", before="2026-11-20T12:00:00Z")], None),
        ("stage", [entry("stage_entered", version=1, reason="team", before="triage")], None),
    ],
    ids=["stage", "priority", "to none", "tags", "taken", "analyst", "dates need a reason", "made before"],
)
def test_a_step_is_taken_back_to_what_was_there_before(
    command: str, made: list[dict[str, Any]], expected: TakeBack | None
) -> None:
    assert taking_back(command, {"status": "open", "timeline": made}, seen_version=1) == expected


@pytest.mark.parametrize(("command", "status"), [("wait", "waiting"), ("resolve", "resolved"), ("cancel", "cancelled")])
def test_what_took_the_ticket_out_of_service_is_taken_back_by_reopening(command: str, status: str) -> None:
    ticket: dict[str, Any] = {"status": status, "timeline": []}

    assert taking_back(command, ticket, 1) == TakeBack("reopen", {})
    assert taking_back(command, ticket | {"status": "closed"}, 1) is None, "closed for good"


@pytest.mark.parametrize("type_", sorted(name for name in FACTS if name.startswith("ticket.")))
def test_every_fact_is_in_one_group_of_the_history(type_: str) -> None:
    shown: list[Entry] = [Event(1, "dot", "x", None, "", kind=type_)]

    assert only(shown, group_of(type_)) == shown
    assert groups_of(shown) == {group_of(type_): 1}
