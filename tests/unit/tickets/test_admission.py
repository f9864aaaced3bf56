"""Who comes in, by what the company wants."""

from typing import Any

import pytest

from balcao.shared.events import Party, PersonInvited, SenderAuthentication
from balcao.tickets.domain.admission import Admit, KeepWaiting, TurnAway, admission, deciders, lets_everybody_in
from balcao.tickets.domain.conditions import PersonHasLeft, PersonUnreachable
from balcao.tickets.domain.people import invite
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.team import Team
from tests.unit.tickets.builders import ANA, BY_ANA, BY_CAIO, TEAM, a_message, a_requester, person

CARLA = person("Carla", roles=("admin",))
FORGED = SenderAuthentication(by="mx.agencia.test", dmarc="fail", authenticated=False)
PROVEN = SenderAuthentication(by="mx.agencia.test", dmarc="pass", authenticated=True)


def team(policy: str, **values: Any) -> Team:
    """The team with another policy for unknown senders."""
    company = TEAM.company.model_copy(update={"policies": Policies.model_validate({"unknown_sender": policy})})
    return TEAM.model_copy(update={"company": company, **values})


def test_each_policy_does_what_it_says() -> None:
    """O3"""
    found = [admission(a_message(), team(policy)) for policy in ("register", "hold", "reject")]
    assert found == [Admit(), KeepWaiting("unknown_sender"), TurnAway()]
    assert [lets_everybody_in(team(policy)) for policy in ("register", "hold", "reject")] == [True, False, False]


@pytest.mark.parametrize("policy", ["register", "hold", "reject"])
def test_whoever_has_signed_in_at_the_portal_is_no_stranger(policy: str) -> None:
    """O3"""
    assert admission(a_message(channel="portal"), team(policy)) == Admit()


@pytest.mark.parametrize("policy", ["register", "hold", "reject"])
def test_whom_somebody_of_the_team_let_in_at_intake_is_not_asked_about_again(policy: str) -> None:
    """O3"""
    assert admission(a_message(let_in_by=BY_ANA, authentication=FORGED), team(policy)) == Admit()


@pytest.mark.parametrize("policy", ["register", "hold", "reject"])
def test_whom_the_mail_server_disproves_waits_whatever_the_policy(policy: str) -> None:
    """O3: a forged name is neither registered nor answered."""
    assert admission(a_message(authentication=FORGED), team(policy)) == KeepWaiting("sender_not_proven")


@pytest.mark.parametrize("dmarc", [None, "none", "temperror", "permerror"])
def test_who_is_neither_proven_nor_disproven_is_as_any(dmarc: str | None) -> None:
    """O3: most domains have no such policy."""
    said = SenderAuthentication(by="mx.agencia.test", dmarc=dmarc, spf="fail", authenticated=False)
    assert admission(a_message(authentication=said), team("register")) == Admit()
    assert admission(a_message(authentication=said), team("hold")) == KeepWaiting("unknown_sender")


def test_a_rejection_never_goes_to_an_address_that_may_be_forged() -> None:
    """O3: it would go to a stranger who has written nothing."""
    assert admission(a_message(authentication=FORGED), team("reject")) == KeepWaiting("sender_not_proven")
    assert admission(a_message(authentication=PROVEN), team("reject")) == TurnAway()


@pytest.mark.parametrize("values", [{"wants_no_automatic_answer": True}, {"sender": Party(name="Eva")}])
def test_a_rejection_never_goes_to_a_list_or_machine(values: dict[str, Any]) -> None:
    """O3"""
    assert admission(a_message(**values), team("reject")) == KeepWaiting("sender_not_answerable")
    assert admission(a_message(**values), team("register")) == Admit()


def test_the_default_analyst_and_the_administrators_decide_else_every_agent() -> None:
    """O3"""
    members = {**TEAM.members, "carla": CARLA}
    assert deciders(team("hold", members=members)) == (BY_ANA, CARLA.party())
    assert deciders(team("hold", members=members, rows=())) == (CARLA.party(),)
    assert BY_CAIO in deciders(team("hold", rows=()))


def test_an_invitation_is_said_of_whoever_is_there_and_can_be_reached() -> None:
    """O3"""
    change = invite(a_requester())
    assert [type(fact) for fact in change.facts] == [PersonInvited]
    with pytest.raises(PersonHasLeft):
        invite(a_requester(active=False))
    with pytest.raises(PersonUnreachable):
        invite(ANA.model_copy(update={"addresses": ()}))
