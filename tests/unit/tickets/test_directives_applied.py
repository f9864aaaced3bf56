"""What becomes of a mail's directives."""

from typing import Any

import pytest

from balcao.shared.events import MailDirective, SenderAuthentication, TicketNoted, TicketOpened, TicketRequesterReplied
from balcao.tickets.domain import conversation
from balcao.tickets.domain.directives_applied import wishes_for, wishes_of
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.ticket import rank_of
from balcao.tickets.domain.workspaces import Workspace
from tests.unit.tickets.builders import (
    ANA,
    BY_ANA,
    BY_BIA,
    BY_CAIO,
    COMPANY,
    TEAM,
    a_message,
    a_requester,
    a_ticket,
    an_answer,
    opened,
    person,
)

PROVEN = SenderAuthentication(by="mx.agencia.test", dmarc="pass", authenticated=True)
FORGED = SenderAuthentication(by="mx.agencia.test", dmarc="fail", authenticated=False)
FIVE_PLACES = TEAM.model_copy(
    update={
        "workspaces": {
            **TEAM.workspaces,
            "sao": Workspace(id="sao", company_id=COMPANY, number=30, name="São João da Loja"),
            "velha": Workspace(id="velha", company_id=COMPANY, number=31, name="Velha", archived=True),
            "ano": Workspace(id="ano", company_id=COMPANY, number=32, name="2026"),
        },
        "members": {
            **TEAM.members,
            "paulo": person("Paulo", roles=("producer",)),
            "rita": person("Rita", active=False),
        },
    }
)


def asks(kind: str, value: str | None, place: str = "body", ignored: str | None = None) -> MailDirective:
    """A directive as intake tells of it."""
    return MailDirective.model_validate(
        {"kind": kind, "place": place, "given": f"[{kind}:{value}]", "value": value, "ignored": ignored}
    )


def accounts(*asked: MailDirective) -> list[tuple[str, str | None, str | None]]:
    """What became of each: kind, what it meant, why it was ignored."""
    return [(one.kind, one.meant, one.ignored) for one in wishes_of(asked, FIVE_PLACES).taken]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1", "loja"),
        ("loja", "loja"),
        ("30", "sao"),
        ("sao joao da loja", "sao"),
        ("sao-joao-da-loja", "sao"),
        ("saojoaodaloja", "sao"),
        ("2026", "ano"),
    ],
)
def test_a_workspace_is_meant_by_its_number_or_by_its_name_however_it_is_written(value: str, found: str) -> None:
    """O7. Intake has taken accents and capitals away."""
    assert wishes_of([asks("workspace", value)], FIVE_PLACES).workspace_id == found


@pytest.mark.parametrize(
    ("directive", "why"),
    [
        (asks("workspace", "praia"), "unknown_workspace"),
        (asks("workspace", "999"), "unknown_workspace"),
        (asks("workspace", "velha"), "archived_workspace"),
        (asks("analyst", "ninguem@agencia.test"), "not_at_the_desk"),
        (asks("analyst", "paulo@agencia.test"), "not_at_the_desk"),
        (asks("analyst", "rita@agencia.test"), "not_at_the_desk"),
        (asks("priority", "101"), "out_of_range"),
        (asks("type", "festa"), "unknown_type"),
        (asks("priority", None, ignored="no_whole_number"), "no_whole_number"),
    ],
)
def test_what_can_not_be_followed_is_ignored_with_the_reason(directive: MailDirective, why: str) -> None:
    """O7, O8"""
    wishes = wishes_of([directive], FIVE_PLACES)
    assert wishes.none_followed
    assert [(one.meant, one.ignored) for one in wishes.taken] == [(None, why)]


def test_two_workspaces_that_a_hashtag_can_not_tell_apart_are_neither() -> None:
    """O7"""
    alike = {
        "a": Workspace(id="a", company_id=COMPANY, number=1, name="Casa Nova"),
        "b": Workspace(id="b", company_id=COMPANY, number=2, name="Casanova"),
    }
    team = TEAM.model_copy(update={"workspaces": alike})
    assert wishes_of([asks("workspace", "casa-nova")], team).taken[0].ignored == "ambiguous"
    assert wishes_of([asks("workspace", "casa nova")], team).workspace_id == "a"


def test_the_body_goes_before_the_subject_and_the_subject_before_the_profile() -> None:
    """O8"""
    by_body, by_subject = asks("workspace", "loja"), asks("workspace", "banco", place="subject")
    profile = a_requester(default_workspace_id="loja")
    assert accounts(by_body, by_subject) == [("workspace", "Loja", None), ("workspace", None, "overruled")]
    assert opened(a_message(directives=(by_body, by_subject))).after.workspace_id == "loja"
    assert opened(a_message(directives=(by_subject,)), profile).after.workspace_id == "banco"
    assert opened(requester=profile).after.workspace_id == "loja"


def test_a_subject_that_is_understood_stands_in_for_a_body_that_is_not() -> None:
    """O8"""
    asked = (asks("workspace", "praia"), asks("workspace", "banco", place="subject"))
    assert opened(a_message(directives=asked), a_requester(default_workspace_id="loja")).after.workspace_id == "banco"


def test_a_mail_opens_its_ticket_as_it_asks_and_says_what_came_of_it() -> None:
    """O7, O8, O9: any whole number from 0 to 100."""
    asked = (
        asks("workspace", "1"),
        asks("analyst", "bia@agencia.test"),
        asks("priority", "83"),
        asks("type", "fix"),
        asks("priority", "12", ignored="repeated"),
    )
    change = opened(a_message(directives=asked))
    ticket, fact = change.after, change.facts[0]
    assert (ticket.workspace_id, ticket.analyst, ticket.priority, ticket.kind) == ("loja", BY_BIA, 83, "fix")
    assert ticket.rank == rank_of(83, 7)
    assert isinstance(fact, TicketOpened)
    assert (fact.workspace_id, fact.priority, fact.kind, fact.ticket.analyst) == ("loja", 83, "fix", BY_BIA)
    assert fact.directives == ticket.directives
    assert [(one.meant, one.ignored) for one in ticket.directives] == [
        ("Loja", None),
        ("bia@agencia.test", None),
        ("83", None),
        ("fix", None),
        (None, "repeated"),
    ]


def test_the_stages_before_planning_go_to_the_analyst_asked_for_where_the_default_one_held_them() -> None:
    """O7, H8"""
    ticket = opened(a_message(directives=(asks("analyst", "caio@agencia.test"),))).after
    assert {stage: ticket.assignee(stage) for stage in ("triage", "analysis", "planning")} == {
        "triage": BY_CAIO,
        "analysis": BY_CAIO,
        "planning": BY_BIA,
    }


def test_a_newcomer_is_said_to_be_one_and_nobody_else() -> None:
    """O3: they are invited. On the portal they have signed in."""
    new = a_requester(version=0)
    newcomers = [
        opened(a_message(), new),
        opened(a_message(channel="portal"), new),
        opened(a_message(), a_requester()),
    ]
    assert [change.facts[0].newcomer for change in newcomers] == [True, False, False]  # type: ignore[attr-defined]


def joined(member: Person | None, **values: Any) -> list[str | None]:
    """Why what an answer asked for is ignored; none for what is followed."""
    message = an_answer(directives=(asks("priority", "33"), asks("workspace", "loja", place="subject")), **values)
    return [one.ignored for one in wishes_for(a_ticket(), message, TEAM, member).taken]


def test_only_the_desk_changes_a_ticket_by_a_mail_that_joins_it_and_only_when_it_was_surely_them() -> None:
    """O8. What stands in the subject is not listed: each answer repeats it."""
    assert joined(ANA, authentication=PROVEN) == [None]
    assert joined(ANA, channel="portal") == [None]
    assert joined(ANA, authentication=FORGED) == ["sender_not_proven"]
    assert joined(ANA) == ["sender_not_proven"]
    assert joined(person("Paulo", roles=("producer",)), authentication=PROVEN) == ["only_when_opening"]
    assert joined(None, authentication=PROVEN) == ["only_when_opening"]


def test_a_colleagues_mail_sets_what_it_asks_for_and_stays_a_private_note() -> None:
    """O7, W7"""
    asked = (
        asks("workspace", "loja"),
        asks("priority", "33"),
        asks("type", "fix"),
        asks("analyst", "bia@agencia.test"),
    )
    message, ticket = an_answer(directives=asked, authentication=PROVEN), a_ticket()
    change = conversation.note_by_mail(ticket, message, BY_ANA, TEAM, wishes_for(ticket, message, TEAM, ANA))
    after = change.after
    assert (after.workspace_id, after.priority, after.kind, after.analyst) == ("loja", 33, "fix", BY_BIA)
    assert after.rank == rank_of(33, ticket.number)
    note = next(fact for fact in change.facts if isinstance(fact, TicketNoted))
    assert [one.ignored for one in note.directives] == [None] * 4
    assert not note.public


def test_on_a_finished_ticket_a_colleagues_directives_are_set_aside_and_the_note_is_kept() -> None:
    """O8"""
    message = an_answer(directives=(asks("priority", "33"),), authentication=PROVEN)
    ticket = a_ticket(status="resolved", active=False, progress=None)
    change = conversation.note_by_mail(ticket, message, BY_ANA, TEAM, wishes_for(ticket, message, TEAM, ANA))
    assert (change.after.priority, change.after.status) == (0, "resolved")
    assert [one.ignored for fact in change.facts for one in fact.directives] == ["ticket_is_over"]  # type: ignore[attr-defined]


def test_a_requesters_answer_changes_no_priority_and_says_why() -> None:
    """O8"""
    message, ticket = an_answer(directives=(asks("priority", "99"),), authentication=PROVEN), a_ticket()
    change = conversation.requester_replied(ticket, message, "token", wishes_for(ticket, message, TEAM, None))
    fact = change.facts[-1]
    assert isinstance(fact, TicketRequesterReplied)
    assert (change.after.priority, [one.ignored for one in fact.directives]) == (0, ["only_when_opening"])


def test_a_mail_without_directives_is_opened_as_ever() -> None:
    """O5"""
    ticket = opened().after
    assert (ticket.directives, ticket.priority, ticket.kind, ticket.analyst) == ((), 0, "request", BY_ANA)
