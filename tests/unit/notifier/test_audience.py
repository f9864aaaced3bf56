"""Who is told what by which way."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from balcao.notifier.domain.audience import OUTWARD, TABLE, Channel, Kind, NotPublic, Rule, Telling, audience
from balcao.shared.events import FACTS, Fact, Party, TicketCancelled, TicketNoted, TicketResolved, TicketStageEntered
from tests.support.told_facts import (
    ANALYST,
    COMPANY,
    DELIVERER,
    PRODUCER,
    REQUESTER,
    WATCHER,
    held,
    merged,
    opened,
    production_finished,
    reminded,
    replied,
    requester_replied,
    said,
    ticket,
)

MAIL, IN_APP = Channel.MAIL, Channel.IN_APP


def told(fact: Fact, actor: Party | None = None) -> set[tuple[str, str, str]]:
    """Who (by name), what, and how."""
    return {(one.recipient.name, one.kind, one.channel) for one in audience(said(fact, actor=actor), COMPANY)}


def test_a_new_ticket_is_acknowledged_to_the_requester_and_told_to_the_analyst() -> None:
    assert told(opened(), actor=REQUESTER) == {
        ("Zoë Guimarães", "acknowledgement", "mail"),
        ("Ana Souza", "ticket_opened", "mail"),
        ("Ana Souza", "ticket_opened", "in_app"),
    }


def test_a_ticket_opened_at_the_desk_is_not_acknowledged() -> None:
    assert {kind for _, kind, _ in told(opened(channel="desk"), actor=PRODUCER)} == {"ticket_opened"}


def test_the_analyst_who_asks_by_mail_gets_the_acknowledgement_and_no_notice_of_it() -> None:
    fact = opened(ticket=ticket(requester=ANALYST))
    assert told(fact, actor=ANALYST) == {("Ana Souza", "acknowledgement", "mail")}


@pytest.mark.parametrize(
    "address", ["suporte@aurora.example", "SUPORTE@Aurora.Example", "suporte+t.0.mac@aurora.example"]
)
def test_the_companys_own_address_is_never_told(address: str) -> None:
    """A loop would begin: our acknowledgement would open the next ticket."""
    ourselves = Party(person_id="x", name="Suporte", address=address)
    assert told(opened(ticket=ticket(requester=ourselves, analyst=ourselves))) == set()
    assert told(replied(recipients=(ourselves, WATCHER))) == {("Ivo Prado", "reply", "mail")}


def test_an_answer_goes_to_its_recipients_by_mail_only() -> None:
    """W7."""
    assert told(replied(), actor=ANALYST) == {("Zoë Guimarães", "reply", "mail"), ("Ivo Prado", "reply", "mail")}


def test_a_recipient_named_twice_gets_one_mail() -> None:
    again = Party(name="Zoë G.", address="ZOE@cliente.example")
    assert len(audience(said(replied(recipients=(REQUESTER, again, REQUESTER))), COMPANY)) == 1


def test_the_requesters_reply_is_told_to_the_analyst() -> None:
    """W2."""
    assert told(requester_replied(), actor=REQUESTER) == {
        ("Ana Souza", "requester_replied", "mail"),
        ("Ana Souza", "requester_replied", "in_app"),
    }


def test_a_promised_date_is_told_to_the_analyst() -> None:
    """W9"""
    assert told(reminded()) == {("Ana Souza", "date_reminded", "mail"), ("Ana Souza", "date_reminded", "in_app")}
    assert told(reminded(ticket=ticket(analyst=None))) == set()


def test_whose_request_was_merged_is_told_where_it_goes_on() -> None:
    """W13: and nobody else."""
    assert told(merged()) == {("Zoë Guimarães", "request_merged", "mail")}


def test_the_analyst_hears_of_a_requester_who_ends_a_ticket_and_of_nobody_else_s_end() -> None:
    """P4"""
    solved = TicketResolved(ticket=ticket(), method="answered", by="requester")
    given_up = TicketCancelled(ticket=ticket(), by="requester")
    for fact in (solved, given_up):
        assert told(fact, actor=REQUESTER) == {("Ana Souza", "requester_ended", "in_app")}
        assert told(fact.model_copy(update={"by": "team"}), actor=PRODUCER) == set()
    assert told(solved.model_copy(update={"by": "clock"})) == set()


def test_finished_production_is_told_to_analyst_and_delivery_assignee() -> None:
    """H4."""
    assert told(production_finished(), actor=PRODUCER) == {
        (name, "production_finished", way) for name in ("Ana Souza", "Davi Lima") for way in ("mail", "in_app")
    }


@pytest.mark.parametrize(
    "assignee",
    [ANALYST, Party(person_id="ana", name="Ana S."), Party(name="ana", address="Ana@Aurora.example")],
    ids=["same", "same by id", "same by address"],
)
def test_one_person_who_is_analyst_and_delivery_assignee_is_told_once(assignee: Party) -> None:
    """H5."""
    tellings = audience(said(production_finished(assignee=assignee)), COMPANY)
    assert sorted((one.channel, one.recipient.name) for one in tellings) == [
        (IN_APP, "Ana Souza"),
        (MAIL, "Ana Souza"),
    ]


@pytest.mark.parametrize("reason", ["team", "first_touch", "task_created", "task_reopened", "tasks_cancelled"])
def test_other_moves_between_stages_are_told_to_nobody(reason: str) -> None:
    assert told(production_finished(reason=reason)) == set()


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert {who for who, _, _ in told(production_finished(), actor=DELIVERER)} == {"Ana Souza"}
    assert told(requester_replied(), actor=Party(name="A.", address="ANA@aurora.example")) == set()
    assert told(replied(recipients=(ANALYST,)), actor=ANALYST) == set()


def test_a_held_message_is_told_to_the_analyst_in_app() -> None:
    assert told(held()) == {("Ana Souza", "message_held", "in_app")}


def test_people_who_cannot_be_reached_a_way_are_not_told_that_way() -> None:
    without_id = Party(name="Bia", address="bia@aurora.example")
    without_address = Party(person_id="caio", name="Caio")
    assert told(requester_replied(ticket=ticket(analyst=without_id))) == {("Bia", "requester_replied", "mail")}
    assert told(requester_replied(ticket=ticket(analyst=without_address))) == {("Caio", "requester_replied", "in_app")}
    assert told(requester_replied(ticket=ticket(analyst=None))) == set()


def test_a_private_note_is_told_to_nobody() -> None:
    """W7: whoever wrote it and whoever is around."""
    note = TicketNoted(ticket=ticket(), author=ANALYST, text="O cliente está bravo.")
    assert TicketNoted not in TABLE
    for actor in (None, ANALYST, PRODUCER, REQUESTER):
        assert told(note, actor=actor) == set()


def test_an_outward_rule_on_a_fact_that_is_not_public_is_refused() -> None:
    """W7: a mistake in the table stops here rather than at the requester's."""
    note = TicketNoted(ticket=ticket(), author=ANALYST, text="x")
    table: dict[type[Fact], tuple[Rule, ...]] = {
        TicketNoted: (Rule(Kind.REPLY, lambda fact: (fact.ticket.requester,), by=(MAIL,)),)
    }
    with pytest.raises(NotPublic, match=r"ticket\.noted"):
        audience(said(note), COMPANY, table)


_TEAMS_PLACES = {"ticket.analyst", "pointed_at.analyst", "assignee", "deciders"}


def test_no_fact_that_is_not_public_reaches_anybody_but_analyst_and_assignee() -> None:
    """W7, for every fact there is, with somebody else in every place where a fact names a person."""
    checked = 0
    for type_, fact in FACTS.items():
        if fact.public:
            continue
        for example in _examples(fact):
            tellings = audience(said(example), COMPANY)
            assert {_place(one) for one in tellings} <= {
                "ticket.analyst",
                "pointed_at.analyst",
                "assignee",
                "deciders",
            }, type_
            assert not {one.kind for one in tellings} & OUTWARD, type_
        checked += 1
    assert checked > 10


def test_that_check_sees_what_it_looks_for() -> None:
    """The same examples do reach the team, so an empty audience did not make it pass."""
    reached = {_place(one) for one in audience(said(next(_examples(TicketStageEntered))), COMPANY)}
    assert reached == {"ticket.analyst", "assignee"}


def _place(telling: Telling) -> str:
    return telling.recipient.name


def _examples(fact: type[Fact]) -> Iterator[Fact]:
    """One example per reason a fact may have; each party in it is named after its place."""
    reasons = fact.model_fields.get("reason")
    choices = get_args(reasons.annotation) if reasons is not None else ()
    chosen: list[dict[str, Any]] = [{"reason": one} for one in choices if isinstance(one, str)]
    for choice in sorted(chosen, key=lambda one: one["reason"] != "production_finished") or [{}]:
        yield fact.model_validate({**_fields(fact, ""), **choice})


def _fields(model: type[BaseModel], path: str) -> dict[str, Any]:
    return {name: _value(field.annotation, f"{path}{name}") for name, field in model.model_fields.items()}


def _value(wanted: Any, path: str) -> Any:
    kinds = [one for one in get_args(wanted) if one is not type(None)]
    if wanted is Party:
        return {"person_id": path, "name": path, "address": f"{path}@somewhere.example"}
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return _fields(wanted, f"{path}.")
    if get_origin(wanted) is tuple:
        return [_value(kinds[0], path)]
    if get_origin(wanted) is dict:
        return {}
    if kinds:
        return _value(kinds[0], path) if not isinstance(kinds[0], str) else kinds[0]
    return {int: 1, bool: True}.get(wanted, "2026-11-02T12:00:00Z")
