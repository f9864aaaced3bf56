"""What a requester may see (P5, W7): the list of what is let through, tried against everything there is."""

from typing import Any, get_args

import pytest

from balcao.portal_api.domain.public_view import detail, step_of, summary
from balcao.shared.events import FACTS, Stage
from balcao.shared.tokens import Acting

GINA = Acting(company_id="agencia", person_id="gina", name="Gina", address="gina@cliente.test")
SECRET = "só a equipe sabe"


@pytest.mark.parametrize("type_", sorted(FACTS))
def test_of_every_fact_there_is_only_the_public_ones_pass(type_: str) -> None:
    """Also when `tickets` itself should send a private one by mistake."""
    ticket = {"timeline": [{"n": 1, "type": type_, "public": FACTS[type_].public, "at": "x", "data": {"text": SECRET}}]}

    shown = detail(ticket, GINA)["timeline"]

    if not FACTS[type_].public:
        assert shown == []
    for_them = ("replied", "requester_replied", "approval_asked", "approval_answered")
    assert SECRET not in str(shown) or type_ in [f"ticket.{what}.v1" for what in for_them]


@pytest.mark.parametrize("type_", ["ticket.noted.v1", "ticket.action_plan_written.v1", "ticket.stage_entered.v1"])
def test_a_private_fact_stays_private_even_when_its_flag_is_wrong(type_: str) -> None:
    for entry in ({"type": type_, "public": True}, {"type": type_}):
        assert detail({"timeline": [{"n": 1, "at": "x", "data": {"text": SECRET}, **entry}]}, GINA)["timeline"] == []


@pytest.mark.parametrize("type_", ["ticket.resolved.v1", "ticket.cancelled.v1"])
def test_of_an_end_only_the_requester_s_own_words_pass(type_: str) -> None:
    """P4: what they said with it is theirs; whatever the team may one day say there is not."""
    for by, words in (("requester", "Obrigada"), ("team", SECRET)):
        entry = {"n": 1, "type": type_, "at": "x", "data": {"by": by, "text": words}}
        data = detail({"timeline": [entry]}, GINA)["timeline"][0]["data"]
        assert data.get("text") == (words if by == "requester" else None)


def test_a_public_fact_that_is_marked_private_does_not_pass() -> None:
    entry = {"n": 1, "type": "ticket.replied.v1", "public": False, "at": "x", "data": {"text": SECRET}}

    assert detail({"timeline": [entry]}, GINA)["timeline"] == []


def test_a_field_nobody_thought_of_does_not_pass() -> None:
    ticket = {"id": "t", "number": 7, "title": "T", "stage": "triage", "margin": SECRET, "requested_files": []}
    entry = {"n": 1, "type": "ticket.replied.v1", "at": "x", "data": {"text": "Oi", "quoted": SECRET, "cost": SECRET}}

    assert SECRET not in str(summary(ticket)) + str(detail(ticket | {"timeline": [entry]}, GINA))


def test_people_appear_by_name_and_the_viewer_knows_their_own_words() -> None:
    def said_by(author: dict[str, Any]) -> dict[str, Any]:
        entry = {"n": 1, "type": "ticket.requester_replied.v1", "at": "x", "data": {"author": author, "text": "Oi"}}
        author_shown: dict[str, Any] = detail({"timeline": [entry]}, GINA)["timeline"][0]["data"]["author"]
        return author_shown

    assert said_by({"name": "Gina", "address": "Gina@cliente.test"}) == {"name": "Gina", "is_you": True}
    assert said_by({"person_id": "gina"})["is_you"] is True
    assert said_by({"name": "Lia", "address": "lia@cliente.test"}) == {"name": "Lia", "is_you": False}
    assert said_by({"name": "Ana"})["is_you"] is False


def test_every_stage_is_one_of_the_portals_four_steps_in_order() -> None:
    steps = [step_of(stage) for stage in get_args(Stage)]

    assert steps == sorted(steps)
    assert set(steps) == {0, 1, 2, 3}
