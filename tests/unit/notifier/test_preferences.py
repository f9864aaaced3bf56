"""Who wants to hear of what by which ways."""

import pytest
from pydantic import ValidationError

from balcao.notifier.domain.kinds import OUTWARD, SPOKEN_OF, Channel, Kind
from balcao.notifier.domain.preferences import (
    CHOSEN,
    NOTHING_CHOSEN,
    POSSIBLE,
    Digest,
    Preferences,
    Unchangeable,
    digest_of,
    require_possible,
    ways_of,
)

MAIL, IN_APP, NONE = frozenset({Channel.MAIL}), frozenset({Channel.IN_APP}), frozenset[Channel]()
BOTH = MAIL | IN_APP


def choosing(kind: Kind, ways: frozenset[Channel]) -> Preferences:
    return Preferences(ways={kind: ways})


def test_every_kind_can_be_told_somehow() -> None:
    assert set(POSSIBLE) == set(Kind)


@pytest.mark.parametrize("ways", [BOTH, MAIL, IN_APP, NONE])
def test_one_s_own_choice_holds(ways: frozenset[Channel]) -> None:
    own, company = choosing(Kind.TASK_ASSIGNED, ways), {"agent": choosing(Kind.TASK_ASSIGNED, IN_APP)}
    assert ways_of(Kind.TASK_ASSIGNED, ("agent",), own, company) == ways


def test_without_one_the_company_s_choice_for_the_role_holds_and_without_that_the_standard() -> None:
    company = {"agent": choosing(Kind.TICKET_OPENED, IN_APP)}
    assert ways_of(Kind.TICKET_OPENED, ("agent",), NOTHING_CHOSEN, company) == IN_APP
    assert ways_of(Kind.TICKET_OPENED, ("agent",), NOTHING_CHOSEN, {}) == BOTH
    assert ways_of(Kind.TICKET_OPENED, (), NOTHING_CHOSEN, company) == BOTH


def test_roles_have_their_own_standard_and_who_has_several_gets_what_any_gets() -> None:
    """A producer sees on the board what became of a task; an agent is told by mail too."""
    assert ways_of(Kind.TASK_CANCELLED, ("producer",), NOTHING_CHOSEN, {}) == IN_APP
    assert ways_of(Kind.TASK_CANCELLED, ("agent",), NOTHING_CHOSEN, {}) == BOTH
    assert ways_of(Kind.TASK_CANCELLED, ("producer", "agent"), NOTHING_CHOSEN, {}) == BOTH


@pytest.mark.parametrize("kind", sorted(OUTWARD | {Kind.GATHERED}))
def test_what_goes_to_people_outside_cannot_be_turned_off(kind: Kind) -> None:
    """A requester's answer is no notice: it is what the desk is there for (W7)."""
    assert kind not in CHOSEN
    assert ways_of(kind, ("agent",), choosing(kind, NONE), {"agent": choosing(kind, NONE)}) == POSSIBLE[kind] == MAIL
    with pytest.raises(Unchangeable):
        require_possible({kind: MAIL})


@pytest.mark.parametrize("kind", sorted(SPOKEN_OF))
def test_where_somebody_waits_one_way_stays_on(kind: Kind) -> None:
    """H4: production is done, and the requester waits for an answer."""
    with pytest.raises(Unchangeable, match="at least"):
        require_possible({kind: NONE})
    require_possible({kind: IN_APP})


def test_a_way_that_a_kind_has_not_is_refused() -> None:
    with pytest.raises(Unchangeable, match="mail"):
        require_possible({Kind.TICKET_MERGED: BOTH})
    assert ways_of(Kind.TICKET_MERGED, (), choosing(Kind.TICKET_MERGED, BOTH), {}) == IN_APP


def test_the_daily_mail_follows_one_s_own_choice_then_the_role_s_then_the_standard() -> None:
    """W17."""
    late, off = Digest(hour=17), Digest(on=False)
    assert digest_of(("agent",), Preferences(digest=late), {"agent": Preferences(digest=off)}) == late
    assert digest_of(("agent",), NOTHING_CHOSEN, {"agent": Preferences(digest=off)}) == off
    assert digest_of(("agent",), NOTHING_CHOSEN, {}) == Digest(on=True, hour=8)


@pytest.mark.parametrize("wrong", [{"hour": 24}, {"hour": -1}, {"time_zone": "Mars/Olympus"}, {"minute": 3}])
def test_an_hour_or_zone_that_there_is_not_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Digest.model_validate(wrong)


def test_a_kind_that_this_version_does_not_know_is_passed_over() -> None:
    """Written by a newer replica while an older one still runs."""
    found = Preferences.model_validate({"ways": {"of_next_year": ["mail"], "task_assigned": []}, "version": 3})
    assert found.ways == {Kind.TASK_ASSIGNED: NONE}
