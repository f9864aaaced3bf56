"""How tickets begin."""

from typing import Any

import pytest

from balcao.shared.errors import Refused
from balcao.shared.events import (
    FileRef,
    Party,
    TagName,
    TicketOpened,
    TicketPromised,
    TicketResolved,
    TicketTagged,
    TicketWaitStarted,
    TicketWatchersChanged,
)
from balcao.tickets.domain import opening
from balcao.tickets.domain.conditions import OwnAddress, UnknownPerson, UnknownProject, UnknownTag, UnknownWorkspace
from balcao.tickets.domain.fields import Edit, Known, Project, Somebody
from balcao.tickets.domain.opening import NO_SUBJECT, Request
from balcao.tickets.domain.people import guest, guest_id
from balcao.tickets.domain.ticket import Step, Wait, rank_of
from tests.unit.tickets.builders import (
    AT,
    BY_ANA,
    BY_BIA,
    BY_CAIO,
    BY_DAVI,
    COMPANY,
    DORA,
    EVA,
    LATER,
    TEAM,
    a_message,
    a_requester,
    kinds,
    opened,
)


@pytest.mark.parametrize("channel", ["mail", "portal"])
def test_a_message_opens_a_ticket_by_either_way_in(channel: str) -> None:
    """O1"""
    change = opened(a_message(channel=channel))
    assert kinds(change) == [TicketOpened]
    assert (change.after.channel, change.after.version, change.after.entries) == (channel, 1, 1)


@pytest.mark.parametrize(
    ("address", "owned"),
    [
        ("oi@agencia.test", True),
        ("OI@Agencia.TEST", True),
        ("oi+t.123.abc@agencia.test", True),
        ("oi@outra.test", False),
        ("ola@agencia.test", False),
        ("oi", False),
        ("", False),
        (None, False),
    ],
)
def test_the_company_knows_its_addresses_with_any_plus_part(address: str | None, owned: bool) -> None:
    """O2"""
    assert TEAM.owns(address) is owned


def test_an_unknown_sender_becomes_a_guest() -> None:
    """O3"""
    person = guest(COMPANY, Party(name=" Dora ", address="Dora@Cliente.test"))
    assert (person.name, person.addresses, person.roles, person.version) == ("Dora", ("dora@cliente.test",), (), 0)
    assert guest(COMPANY, Party(address="eva@cliente.test")).name == "eva"


def test_two_first_mails_of_one_sender_lead_to_one_guest() -> None:
    """O3"""
    assert guest(COMPANY, DORA).id == guest(COMPANY, DORA).id == guest_id(COMPANY, "dora@cliente.test")
    assert guest_id("outra", "dora@cliente.test") != guest_id(COMPANY, "dora@cliente.test")


def test_the_subject_becomes_the_title_and_the_body_is_kept_whole() -> None:
    """O4"""
    text = "Preciso de um banner.\n\n> o que você disse\n" + "x" * 5000
    change = opened(a_message(subject="  Banner \n de   Natal ", text=text, quote_at=23))
    ticket = change.after
    assert (ticket.title, ticket.requested, ticket.requested_quote_at) == ("Banner de Natal", text, 23)
    fact = change.facts[0]
    assert isinstance(fact, TicketOpened)
    assert fact.excerpt == text[:2000]


@pytest.mark.parametrize(("subject", "title"), [("", NO_SUBJECT), (" \t ", NO_SUBJECT), ("a" * 400, "a" * 300)])
def test_a_ticket_always_has_a_title_of_bearable_length(subject: str, title: str) -> None:
    """O4"""
    assert opened(a_message(subject=subject)).after.title == title


@pytest.mark.parametrize("wanted_none", [False, True])
def test_what_wants_no_automatic_answer_opens_a_ticket_that_says_so(wanted_none: bool) -> None:
    (fact,) = opened(a_message(wants_no_automatic_answer=wanted_none)).facts
    assert isinstance(fact, TicketOpened)
    assert fact.wants_no_automatic_answer is wanted_none


def test_attachments_are_kept_by_reference() -> None:
    """O4"""
    files = (FileRef(file_id="mail:message-1/2", name="logo.png", media_type="image/png", size=9, inline=True),)
    assert opened(a_message(files=files)).after.requested_files == files


def test_those_in_copy_become_watchers_except_the_companys_addresses_and_the_requester() -> None:
    """O4"""
    others = (
        EVA,
        Party(name="Eva", address="EVA@cliente.test"),
        Party(address="oi@agencia.test"),
        Party(address="oi+t.1.2@agencia.test"),
        Party(address="dora@cliente.test"),
        Party(name="ninguém"),
        BY_BIA,
    )
    watchers = opened(a_message(others=others)).after.watchers
    assert [one.address for one in watchers] == ["eva@cliente.test", "bia@agencia.test"]


def test_the_requesters_other_address_is_no_watcher() -> None:
    """O4"""
    requester = a_requester(addresses=("dora@cliente.test", "dora@casa.test"))
    others = (Party(address="dora@casa.test"),)
    assert opened(a_message(others=others), requester).after.watchers == ()


def test_a_new_ticket_is_in_service_unprioritised_a_request_with_the_default_analyst() -> None:
    """O5, H7"""
    ticket = opened().after
    assert (ticket.status, ticket.priority, ticket.kind, ticket.analyst) == ("open", 0, "request", BY_ANA)


def test_the_default_analyst_is_the_workspaces_first() -> None:
    """O5, H7"""
    assert opened(requester=a_requester(default_workspace_id="loja")).after.analyst == BY_CAIO
    assert opened(requester=a_requester(default_workspace_id="banco")).after.analyst == BY_ANA


def test_the_requesters_profile_gives_the_workspace() -> None:
    """O6"""
    assert opened(requester=a_requester(default_workspace_id="loja")).after.workspace_id == "loja"
    assert opened().after.workspace_id is None


def test_a_workspace_that_is_gone_counts_as_none() -> None:
    """O6"""
    assert opened(requester=a_requester(default_workspace_id="vendida")).after.workspace_id is None


def test_a_ticket_carries_its_number_and_takes_its_place_in_the_list_by_it() -> None:
    """O9, O13"""
    ticket = opened().after
    assert (ticket.number, ticket.rank) == (7, rank_of(0, 7))
    assert rank_of(5, 1) > rank_of(0, 999_999) > rank_of(0, 1)


def test_a_mail_is_where_its_thread_begins() -> None:
    """O1"""
    ticket = opened().after
    assert ticket.message_ids == ("<1@cliente.test>",)
    assert opened(a_message(internet_message_id=None)).after.message_ids == ()


def test_the_team_opens_a_ticket_for_a_requester() -> None:
    """O1, O11"""
    request = Request("Banner", "Um banner para o Natal", "quote", 55, "loja")
    change = opening.open_at_desk(request, DORA, TEAM, ticket_id="ticket-8", number=8, at=AT)
    ticket = change.after
    assert (ticket.channel, ticket.requester, ticket.kind, ticket.priority) == ("desk", DORA, "quote", 55)
    assert (ticket.workspace_id, ticket.analyst, ticket.stage, ticket.rank) == (
        "loja",
        BY_CAIO,
        "triage",
        rank_of(55, 8),
    )
    assert ticket.requested == "Um banner para o Natal"


def test_why_a_message_opened_a_ticket_is_kept_with_the_ticket_it_pointed_at() -> None:
    """W2, O8"""
    change = opening.open_by_message(
        a_message(),
        a_requester(),
        TEAM,
        ticket_id="ticket-9",
        number=9,
        at=AT,
        rule="token_to_closed",
        related_ticket_id="ticket-7",
    )
    assert (change.after.opening_rule, change.after.related_ticket_id) == ("token_to_closed", "ticket-7")


TAGS = {"t1": TagName(id="t1", name="Fiscal", colour="#aa0000")}
PROJECTS = {"vitrine": Project("vitrine", "Vitrine", "loja")}
LOGO = FileRef(file_id="blob:aa", name="logo.png", media_type="image/png", size=9, content_id="aa@balcao", inline=True)


def at_desk(**values: Any) -> Any:
    """What opening at the desk makes of a form."""
    request = Request("Banner", "Um banner para o Natal", **values)
    return opening.open_at_desk(
        request, DORA, TEAM, ticket_id="ticket-8", number=8, at=AT, known=Known(team=TEAM, tags=TAGS, projects=PROJECTS)
    )


def test_all_that_the_form_says_is_part_of_the_opening_and_the_ticket_stays_in_triage() -> None:
    """O11. Fails when filling in the form counts as the first edit (H2, W3)."""
    watchers = (Somebody(address="eva@cliente.test"),)
    form = Edit(add_tags=("t1",), add_watchers=watchers, promised_for=LATER, project_id="vitrine")
    change = at_desk(html="<p>Um banner</p>", files=(LOGO,), analyst_id="davi", form=form, workspace_id="loja")
    ticket = change.after
    assert (ticket.status, ticket.progress, ticket.stage) == ("open", "todo", "triage")
    assert (ticket.analyst, ticket.stage_assignees["triage"], ticket.stage_assignees["planning"]) == (
        BY_DAVI,
        BY_DAVI,
        BY_BIA,
    )
    assert (ticket.tags, ticket.promised_for, ticket.requested_files) == (("t1",), LATER, (LOGO,))
    assert ticket.project_id == "vitrine"
    assert [one.address for one in ticket.watchers] == ["eva@cliente.test"]
    assert (ticket.requested, ticket.requested_html) == ("Um banner para o Natal", "<p>Um banner</p>")
    assert kinds(change) == [TicketOpened, TicketTagged, TicketWatchersChanged, TicketPromised]
    assert ticket.version == 1


@pytest.mark.parametrize(
    ("values", "condition"),
    [
        ({"workspace_id": "vendida"}, UnknownWorkspace),
        ({"analyst_id": "dora"}, UnknownPerson),
        ({"form": Edit(add_tags=("t9",))}, UnknownTag),
        ({"form": Edit(project_id="vitrine")}, UnknownProject),
        ({"form": Edit(add_watchers=(Somebody(address="oi+7@agencia.test"),))}, OwnAddress),
    ],
)
def test_what_a_form_names_must_be_known(values: dict[str, Any], condition: type[Refused]) -> None:
    """O11"""
    with pytest.raises(condition):
        at_desk(**values)


def test_a_ticket_may_begin_waiting_without_anybody_having_taken_it() -> None:
    """O11, W4"""
    change = at_desk(step=Step(command="wait", wait=Wait(reason="visit", until=LATER)))
    ticket = change.after
    assert (ticket.status, ticket.stage, ticket.active) == ("waiting", "triage", True)
    assert ticket.wait is not None
    assert ticket.wait.until == LATER
    assert kinds(change) == [TicketOpened, TicketWaitStarted]


def test_a_ticket_may_begin_resolved() -> None:
    """O11, W5"""
    change = at_desk(step=Step(command="resolve", method="answered"))
    ticket = change.after
    assert (ticket.status, ticket.resolution, ticket.resolved_at, ticket.active) == ("resolved", "answered", AT, False)
    assert kinds(change) == [TicketOpened, TicketResolved]
