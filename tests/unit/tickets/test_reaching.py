"""Addresses that mail comes back from: when they count as dead, and how the team takes that back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from balcao.shared.events import AddressCleared, AddressReturned
from balcao.tickets.domain.conditions import AddressIsReachable
from balcao.tickets.domain.people import Person, edit
from balcao.tickets.domain.reaching import DEAD, Report, address_returned, clear_address

AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ZOE = Person(id="zoe", company_id="aurora", name="Zoë", addresses=("zoe@cliente.example", "z@outra.example"), version=1)


def returned(person: Person = ZOE, **values: Any) -> Person:
    report = {"address": "zoe@cliente.example", "status": "5.2.2", "reason": "550 full", "certain": True, "at": AT}
    return address_returned(person, Report(**{**report, **values})).after


def marked(person: Person) -> list[str]:
    return [one.address for one in person.returned if one.marked]


@pytest.mark.parametrize("status", sorted(DEAD))
def test_a_sure_report_of_a_dead_address_marks_it_at_once(status: str) -> None:
    assert marked(returned(status=status)) == ["zoe@cliente.example"]


@pytest.mark.parametrize("report", [{"certain": False, "status": "5.1.1"}, {"status": "5.2.2"}, {"status": None}])
def test_otherwise_the_third_mail_that_comes_back_does(report: dict[str, Any]) -> None:
    """A full mailbox is emptied; and a report that names no mail of ours may be anybody's."""
    once = returned(**report)
    twice = returned(once, **report)
    assert (marked(once), marked(twice)) == ([], [])
    assert marked(returned(twice, **report)) == ["zoe@cliente.example"]


def test_one_address_is_marked_and_the_persons_others_are_not() -> None:
    after = returned(returned(status="5.1.1"), address="Z@OUTRA.example")
    assert marked(after) == ["zoe@cliente.example"]
    assert {one.address: one.mails for one in after.returned} == {"zoe@cliente.example": 1, "z@outra.example": 1}


def test_what_is_said_names_the_address_the_count_and_the_mark() -> None:
    (fact,) = address_returned(
        ZOE, Report(address="zoe@cliente.example", status="5.1.1", reason="no such user", certain=True, at=AT)
    ).facts
    assert isinstance(fact, AddressReturned)
    assert (fact.address, fact.mails, fact.marked, fact.person.version) == ("zoe@cliente.example", 1, True, 2)


def test_an_address_that_is_theirs_no_more_changes_nothing() -> None:
    assert (
        address_returned(
            ZOE, Report(address="velho@cliente.example", status="5.1.1", reason="", certain=True, at=AT)
        ).facts
        == ()
    )


def test_the_team_clears_a_mark_and_the_count_begins_anew() -> None:
    change = clear_address(returned(status="5.1.1"), "Zoe@cliente.example")
    assert [type(fact) for fact in change.facts] == [AddressCleared]
    assert change.after.returned == ()
    assert marked(returned(change.after)) == []


def test_where_nothing_came_back_there_is_nothing_to_clear() -> None:
    with pytest.raises(AddressIsReachable):
        clear_address(ZOE, "zoe@cliente.example")


def test_an_address_that_is_taken_away_loses_its_mark() -> None:
    """Whoever has it next begins anew."""
    change = edit(returned(status="5.1.1"), {"addresses": ("z@outra.example",)})
    assert change.after.returned == ()
    assert [fact.address for fact in change.facts if isinstance(fact, AddressCleared)] == ["zoe@cliente.example"]
