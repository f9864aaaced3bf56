"""Who is told what by which way."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from balcao.notifier.domain.audience import NotPublic, audience
from balcao.notifier.domain.kinds import OUTWARD, Channel, Kind, Telling
from balcao.notifier.domain.table import REQUESTER as TO_REQUESTER
from balcao.notifier.domain.table import TABLE, Rule, why_quiet
from balcao.shared.events import (
    FACTS,
    Fact,
    Party,
    TaskAssigned,
    TaskCancelled,
    TaskCommented,
    TaskCreated,
    TaskReopened,
    TaskSnapshot,
    TaskTicketFollowed,
    TaskTicketReopened,
    TaskTicketUnlinked,
    TicketAnalystAssigned,
    TicketCancelled,
    TicketMailBounced,
    TicketNoted,
    TicketReopened,
    TicketResolved,
    TicketStageAssigned,
    TicketStageEntered,
)
from balcao.shared.topology import queue
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


@pytest.mark.parametrize("newcomer", [False, True])
def test_a_list_or_machine_gets_neither_acknowledgement_nor_invitation_and_the_team_is_told(newcomer: bool) -> None:
    """RFC 3834, O3."""
    fact = opened(wants_no_automatic_answer=True, newcomer=newcomer)
    assert told(fact, actor=REQUESTER) == {
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
    """W13: and the analyst that it is no longer theirs."""
    assert told(merged(), actor=PRODUCER) == {
        ("Zoë Guimarães", "request_merged", "mail"),
        ("Ana Souza", "ticket_merged", "in_app"),
    }


def test_the_analyst_hears_who_ends_a_ticket_unless_it_was_themselves() -> None:
    """P4"""
    solved = TicketResolved(ticket=ticket(), method="answered", by="requester")
    given_up = TicketCancelled(ticket=ticket(), by="requester")
    for fact in (solved, given_up):
        assert told(fact, actor=REQUESTER) == {("Ana Souza", "requester_ended", "in_app")}
        by_team = fact.model_copy(update={"by": "team"})
        assert told(by_team, actor=PRODUCER) == {("Ana Souza", "ticket_ended", "in_app")}
        assert told(by_team, actor=ANALYST) == set()


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


BOTH_WAYS = ("mail", "in_app")


@pytest.mark.parametrize(
    ("reason", "kind", "who", "ways"),
    [
        ("team", "work_arrived", {"Davi Lima"}, BOTH_WAYS),
        ("first_touch", "work_arrived", {"Davi Lima"}, BOTH_WAYS),
        ("task_created", "production_started", {"Davi Lima"}, ("in_app",)),
        ("task_reopened", "production_reopened", {"Ana Souza", "Davi Lima"}, BOTH_WAYS),
        ("tasks_cancelled", "production_cancelled", {"Ana Souza", "Davi Lima"}, BOTH_WAYS),
    ],
)
def test_whoever_acts_in_the_stage_entered_is_told_of_the_work(
    reason: str, kind: str, who: set[str], ways: tuple[str, ...]
) -> None:
    """H1, H3, H5, H7."""
    assert told(production_finished(reason=reason), actor=PRODUCER) == {(one, kind, way) for one in who for way in ways}


def test_a_handed_over_ticket_is_told_to_both_analysts_and_a_taken_one_to_the_former_only() -> None:
    """H8, W3."""
    handed = TicketAnalystAssigned(ticket=ticket(), before=DELIVERER)
    new = {("Ana Souza", "analyst_assigned", way) for way in BOTH_WAYS}
    former = {("Davi Lima", "analyst_relieved", "in_app")}
    assert told(handed, actor=PRODUCER) == new | former
    assert told(handed.model_copy(update={"taken": True}), actor=ANALYST) == former


def test_a_stage_given_to_somebody_is_told_when_it_is_the_current_one_and_not_the_analysts_anyway() -> None:
    """H1, H8: a new analyst gets the first stages with the ticket, and hears of the ticket."""
    current = TicketStageAssigned(ticket=ticket(), stage="triage", assignee=DELIVERER)
    assert told(current) == {("Davi Lima", "stage_assigned", way) for way in BOTH_WAYS}
    assert told(current.model_copy(update={"stage": "delivery"})) == set()
    assert told(current.model_copy(update={"assignee": ANALYST})) == set()


def test_the_end_of_a_wait_is_told_and_a_reply_is_told_only_as_a_reply() -> None:
    """W2, W4."""
    over = TicketReopened(ticket=ticket(), before="waiting", reason="wait_over")
    assert told(over) == {("Ana Souza", "wait_over", way) for way in BOTH_WAYS}
    assert told(over.model_copy(update={"reason": "reply"}), actor=REQUESTER) == set()


def test_a_mail_that_came_back_for_good_is_told_to_the_analyst() -> None:
    bounced = TicketMailBounced(ticket=ticket(), recipient="zoe@cliente.example")
    assert told(bounced) == {("Ana Souza", "mail_bounced", way) for way in BOTH_WAYS}
    assert told(bounced.model_copy(update={"permanent": False})) == set()


def a_task(**values: Any) -> TaskSnapshot:
    return TaskSnapshot(**{"id": "t7", "number": 7, "version": 2, "title": "Refazer", "executor": PRODUCER, **values})


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (TaskCreated(task=a_task()), "task_assigned"),
        (TaskAssigned(task=a_task()), "task_assigned"),
        (TaskCancelled(task=a_task()), "task_cancelled"),
        (TaskReopened(task=a_task()), "task_reopened"),
        (
            TaskTicketFollowed(task=a_task(), ticket_id="t", ticket_number=12, what="cancelled"),
            "task_ticket_cancelled",
        ),
        (TaskTicketReopened(task=a_task(), ticket_id="t", ticket_number=12), "task_ticket_reopened"),
    ],
    ids=lambda one: one.type if isinstance(one, Fact) else one,
)
def test_the_producer_is_told_what_becomes_of_their_task(fact: Fact, kind: str) -> None:
    """H3, H5, H6."""
    assert told(fact, actor=ANALYST) == {("Pedro Reis", kind, way) for way in BOTH_WAYS}
    assert told(fact, actor=PRODUCER) == set()


@pytest.mark.parametrize("state", ["completed", "cancelled"])
def test_of_a_ticket_of_finished_work_the_producer_is_told_nothing(state: str) -> None:
    """H5: there is nothing to decide, and nothing goes on."""
    about = {"task": a_task(state=state), "ticket_id": "t", "ticket_number": 12}
    for fact in (
        TaskTicketFollowed(**about, what="cancelled"),
        TaskTicketReopened(**about),
        TaskTicketUnlinked(**about, last=True),
    ):
        assert told(fact, actor=ANALYST) == set()


def test_the_producer_sees_that_a_ticket_leaves_and_gets_a_mail_when_it_was_the_last_one() -> None:
    """H6"""
    one = TaskTicketUnlinked(task=a_task(), ticket_id="t", ticket_number=12)
    assert told(one, actor=ANALYST) == {("Pedro Reis", "task_ticket_left", "in_app")}
    last = one.model_copy(update={"last": True})
    assert told(last, actor=ANALYST) == {("Pedro Reis", "task_ticket_left", way) for way in BOTH_WAYS}
    assert told(last, actor=PRODUCER) == set()


def test_who_is_called_by_name_in_a_comment_is_told_and_the_producer_in_the_product_only() -> None:
    comment = TaskCommented(task=a_task(), text="@Davi, vê isto?", mentions=(DELIVERER,))
    mentioned = {("Davi Lima", "task_mentioned", way) for way in BOTH_WAYS}
    assert told(comment, actor=ANALYST) == mentioned | {("Pedro Reis", "task_commented", "in_app")}


def test_every_fact_is_told_to_somebody_or_it_is_said_why_not() -> None:
    """A new fact fails here: give it a row in `TABLE`, or a reason in `QUIET`."""
    untold = {type_ for type_, fact in FACTS.items() if fact not in TABLE}
    assert {type_ for type_ in untold if why_quiet(type_) is None} == set()
    assert {fact.type for fact in TABLE if why_quiet(fact.type)} == set()


def test_the_facts_of_the_table_are_the_facts_that_are_heard() -> None:
    assert set(queue("notifier.tell").hears) == set(TABLE)


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert {who for who, _, _ in told(production_finished(), actor=DELIVERER)} == {"Ana Souza"}
    assert told(requester_replied(), actor=Party(name="A.", address="ANA@aurora.example")) == set()
    assert told(replied(recipients=(ANALYST,)), actor=ANALYST) == set()


def test_a_held_message_is_told_to_the_analyst_in_app() -> None:
    assert told(held()) == {("Ana Souza", "message_held", "in_app")}
    assert told(held(deciders=(DELIVERER,))) == {("Ana Souza", "message_held", "in_app")}


def test_a_message_held_at_nobodys_ticket_is_told_to_who_decides() -> None:
    lonely = held(pointed_at=ticket(analyst=None), deciders=(DELIVERER, ANALYST))
    assert told(lonely) == {(one.name, "message_held", "in_app") for one in (DELIVERER, ANALYST)}


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
    table: dict[type[Fact], tuple[Rule, ...]] = {TicketNoted: (Rule(Kind.REPLY, TO_REQUESTER, by=(MAIL,)),)}
    with pytest.raises(NotPublic, match=r"ticket\.noted"):
        audience(said(note), COMPANY, table)


_TEAMS_PLACES = {
    "ticket.analyst",
    "pointed_at.analyst",
    "assignee",
    "before",
    "author",
    "deciders",
    "keepers",
    "mentions",
    "people",
    "person",
    "recipient",
    "task.executor",
}
"""Where facts name people of the team: `before` of an assignment, `author` of an answer."""


def test_no_fact_that_is_not_public_reaches_anybody_but_analyst_and_assignee() -> None:
    """W7, for every fact there is, with somebody else in every place where a fact names a person."""
    checked = 0
    for type_, fact in FACTS.items():
        if fact.public:
            continue
        for example in _examples(fact):
            tellings = audience(said(example), COMPANY)
            assert {_place(one) for one in tellings} <= _TEAMS_PLACES, type_
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
