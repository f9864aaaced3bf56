"""Where a message goes: the order of evidence, and the gate for senders."""

from typing import Any

import pytest

from balcao.shared.events import Party
from balcao.tickets.domain import status
from balcao.tickets.domain.threading import ORDER, Append, Hold, Open, Rule, place
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import AT, BY_DAVI, DORA, EVA, TEAM, a_message, a_ticket, opened

STRANGER = Party(name="Zé", address="ze@longe.test")


def numbered(number: int, **values: Any) -> Ticket:
    return a_ticket(id=f"ticket-{number}", number=number, **values)


def test_without_evidence_a_message_opens_a_ticket() -> None:
    """O1"""
    assert place(DORA, (), TEAM) == Open(rule="no_evidence")


def test_the_order_goes_from_what_cant_be_forged_to_what_anybody_can_type() -> None:
    """O1"""
    assert ORDER == ("token", "own_message_id", "reference", "subject_tag")


@pytest.mark.parametrize("rule", ORDER)
def test_any_evidence_leads_the_requester_to_their_ticket(rule: Rule) -> None:
    """O1"""
    ticket = numbered(1)
    assert place(DORA, ((rule, ticket),), TEAM) == Append(ticket, rule)


def test_the_strongest_evidence_decides() -> None:
    """O1"""
    first, second = numbered(1), numbered(2)
    assert place(DORA, (("token", first), ("subject_tag", second)), TEAM) == Append(first, "token")


@pytest.mark.parametrize("rule", ORDER)
def test_a_stranger_does_not_get_in_whatever_they_hold(rule: Rule) -> None:
    """W2: kept for a person to decide."""
    ticket = numbered(1)
    assert place(STRANGER, ((rule, ticket),), TEAM) == Hold(ticket, rule)


def test_a_stranger_with_strong_evidence_does_not_slip_in_by_a_weaker_one() -> None:
    """W2"""
    first, own = numbered(1), numbered(2, requester=STRANGER)
    assert place(STRANGER, (("token", first), ("reference", own)), TEAM) == Hold(first, "token")


@pytest.mark.parametrize("rule", ORDER)
def test_of_whom_the_mail_server_disproves_only_signed_evidence_counts(rule: Rule) -> None:
    """O1: a subject's number and the Message-IDs of others can be known by whoever forges a From line."""
    ticket = numbered(1)
    signed = rule in ("token", "own_message_id")
    expected = Append(ticket, rule) if signed else Hold(ticket, rule, disproven=True)
    assert place(DORA, ((rule, ticket),), TEAM, disproven=True) == expected


@pytest.mark.parametrize("rule", ORDER)
def test_nobody_disproven_acts_as_a_colleague(rule: Rule) -> None:
    """H2, W3: not as the ticket's own requester either."""
    ours = numbered(2, requester=BY_DAVI)
    for ticket in (numbered(1), ours):
        assert place(BY_DAVI, ((rule, ticket),), TEAM, disproven=True) == Hold(ticket, rule, disproven=True)


def test_a_stranger_is_held_as_one_whatever_the_mail_server_says() -> None:
    """W2"""
    ticket = numbered(1)
    assert place(STRANGER, (("subject_tag", ticket),), TEAM, disproven=True) == Hold(ticket, "subject_tag")


def test_to_a_ticket_that_is_final_no_forged_mail_opens_a_linked_one_unseen() -> None:
    """W2"""
    ticket = status.cancel(numbered(1)).after
    held = Hold(ticket, "subject_tag", disproven=True)
    assert place(DORA, (("subject_tag", ticket),), TEAM, disproven=True) == held


def test_a_sender_without_address_is_a_stranger() -> None:
    """W2"""
    ticket = numbered(1)
    assert isinstance(place(Party(name="Dora"), (("token", ticket),), TEAM), Hold)


def test_the_parties_of_a_ticket_and_the_team_get_in() -> None:
    """O4, W2"""
    ticket = opened(a_message(others=(EVA,))).after
    for sender in (DORA, EVA, Party(address="DORA@cliente.test"), BY_DAVI, Party(address="Davi@Agencia.test")):
        assert isinstance(place(sender, (("reference", ticket),), TEAM), Append)


@pytest.mark.parametrize("end", ["closed", "cancelled"])
def test_to_a_ticket_that_is_final_a_message_opens_a_linked_one(end: str) -> None:
    """W2, W6"""
    ticket = status.cancel(numbered(1)).after if end == "cancelled" else status.resolve(numbered(1), "spam", AT).after
    assert place(DORA, (("token", ticket),), TEAM) == Open(rule=f"token_to_{end}", related=ticket)


def test_a_stranger_does_not_open_a_ticket_linked_to_somebody_elses() -> None:
    """W2"""
    ticket = status.cancel(numbered(1)).after
    assert place(STRANGER, (("token", ticket),), TEAM) == Hold(ticket, "token")


@pytest.mark.parametrize("method", ["answered", "rejected"])
def test_a_resolved_ticket_takes_the_reply(method: Any) -> None:
    """W2"""
    ticket = status.resolve(numbered(1), method, AT).after
    assert place(DORA, (("token", ticket),), TEAM) == Append(ticket, "token")
