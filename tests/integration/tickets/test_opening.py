"""Mails that open tickets: directives, and what a company wants done with people it does not know."""

from typing import Any

import pytest

from balcao.shared.events import Envelope, MailDirective, MailHeld, SenderAuthentication
from balcao.shared.ids import new_id
from balcao.shared.timeline import Cause
from balcao.tickets.deciders import name_deciders
from tests.integration.tickets.running import AS_ANA, AS_DAVI, AT, Desk, World, eventually, first_mail, said_by_intake
from tests.unit.tickets.builders import ANA, BY_ANA, COMPANY, DORA, TEAM, a_message, an_answer

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def wants(desk: Desk, policy: str) -> None:
    """The company does this with people it does not know."""
    policies = TEAM.company.policies.model_copy(update={"unknown_sender": policy})
    cause = Cause(new_id(), new_id(), AT)
    await desk.desk.directory.companies.configure(COMPANY, {"policies": policies}, cause)
    desk.desk.directory.forget(COMPANY)


async def held(desk: Desk, state: str = "waiting") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.get("/held", state=state)).json()["items"]
    return items


def directive(kind: str, value: str) -> MailDirective:
    return MailDirective.model_validate({"kind": kind, "place": "body", "given": f"[{kind}:{value}]", "value": value})


async def test_a_mail_opens_its_ticket_as_it_asks_and_team_and_requester_see_what_came_of_it(
    desk: Desk, outside: World
) -> None:
    """O7, O8"""
    asked = (directive("workspace", "banco"), directive("priority", "83"), directive("analyst", "x@agencia.test"))
    await desk.desk.take_message(said_by_intake(a_message(directives=asked)))
    ticket = await desk.ticket()
    assert (ticket["workspace_id"], ticket["priority"]) == ("banco", 83)
    account = [(one["given"], one["meant"], one["ignored"]) for one in ticket["directives"]]
    assert account == [
        ("[workspace:banco]", "Banco", None),
        ("[priority:83]", "83", None),
        ("[analyst:x@agencia.test]", None, "not_at_the_desk"),
    ]
    requester = AS_ANA.model_copy(update={"person_id": ticket["requester"]["person_id"], "roles": ()})
    assert (await desk.ticket(who=requester))["directives"] == ticket["directives"]
    await eventually(lambda: len(outside.said("ticket.opened.v1")) == 1)
    fact = outside.said("ticket.opened.v1")[0].data
    assert (fact.newcomer, len(fact.directives)) == (True, 3)


async def test_a_second_mail_of_the_same_guest_is_no_newcomers(desk: Desk, outside: World) -> None:
    """O3: one invitation."""
    await desk.desk.take_message(first_mail(1, 1))
    await desk.desk.take_message(first_mail(1, 2))
    await eventually(lambda: len(outside.said("ticket.opened.v1")) == 2)
    assert sorted(event.data.newcomer for event in outside.said("ticket.opened.v1")) == [False, True]


async def test_an_analysts_mail_that_is_surely_theirs_sets_fields_and_the_workspace_is_remembered(desk: Desk) -> None:
    """O6, O7"""
    ticket = await desk.opened()
    proven = SenderAuthentication(by="mx", dmarc="pass", authenticated=True)
    message = an_answer(
        sender=BY_ANA,
        directives=(directive("workspace", "loja"), directive("priority", "33")),
        authentication=proven,
        evidence={"token_ticket_id": ticket["id"]},
    )
    await desk.desk.take_message(said_by_intake(message))
    now = await desk.ticket()
    assert (now["workspace_id"], now["priority"]) == ("loja", 33)
    requester = (await desk.get(f"/people/{ticket['requester']['person_id']}")).json()
    assert requester["default_workspace_id"] == "loja"


async def test_held_for_approval_nothing_opens_and_the_team_is_told(desk: Desk, outside: World) -> None:
    """O3"""
    await wants(desk, "hold")
    event = first_mail()
    for _ in range(2):
        await desk.desk.take_message(event)
    assert await desk.tickets() == []
    assert await desk.count("people", roles=[]) == 0
    waiting = await held(desk)
    assert [(one["rule"], one["sender"]["address"], one["ticket_number"]) for one in waiting] == [
        ("unknown_sender", "pessoa1@cliente.test", None)
    ]
    await eventually(lambda: len(outside.said("sender.held.v1")) == 1)
    assert outside.said("sender.held.v1")[0].data.deciders == (BY_ANA,)


async def test_those_who_decide_are_named_once_of_a_mail_that_intake_holds(desk: Desk, outside: World) -> None:
    """O3"""
    event = said_by_intake(MailHeld(message_id="m1", reason="it does not say who wrote it", subject="Banner"))
    for _ in range(2):
        await name_deciders(desk.desk, event)
    await outside.say(said_by_intake(MailHeld(message_id="m2", reason="it goes round")))
    await eventually(lambda: [e.data.message_id for e in outside.said("mail.decision_asked.v1")] == ["m1", "m2"])
    asked = outside.said("mail.decision_asked.v1")[0].data
    assert (asked.message_id, asked.sender, asked.subject, asked.deciders) == ("m1", None, "Banner", (BY_ANA,))


async def test_who_was_let_in_at_intake_is_registered_and_gets_a_ticket(desk: Desk) -> None:
    """O3"""
    await wants(desk, "reject")
    event = first_mail()
    message = event.data.model_copy(update={"let_in_by": BY_ANA})
    await desk.desk.take_message(event.model_copy(update={"data": message}))
    assert len(await desk.tickets()) == 1
    assert await held(desk) == []


@pytest.mark.parametrize("decision", ["accept", "open-new"])
async def test_who_is_accepted_is_registered_invited_and_gets_a_ticket_once(
    desk: Desk, outside: World, decision: str
) -> None:
    """O3"""
    await wants(desk, "hold")
    event = first_mail()
    await desk.desk.take_message(event)
    held_id = (await held(desk))[0]["id"]
    assert (await desk.post(f"/held/{held_id}/{decision}")).status_code == 204
    assert (await desk.post(f"/held/{held_id}/{decision}")).status_code == 409
    await desk.desk.take_message(event)
    assert len(await desk.tickets()) == 1
    await eventually(lambda: [e.data.newcomer for e in outside.said("ticket.opened.v1")] == [True])
    await desk.desk.take_message(first_mail(1, 2))
    assert len(await desk.tickets()) == 2, "the company knows them now"


async def test_who_is_discarded_stays_out_though_the_message_comes_again_and_they_are_known_by_then(
    desk: Desk,
) -> None:
    """O3. Fails without the look at what is held: the repeat would open a ticket."""
    await wants(desk, "hold")
    event = first_mail()
    await desk.desk.take_message(event)
    await desk.post(f"/held/{event.id}/discard")
    await desk.post("/people", {"name": "Pessoa", "addresses": ["pessoa1@cliente.test"]})
    await desk.desk.take_message(event)
    assert (await desk.tickets(), await held(desk)) == ([], [])
    assert await desk.count("held", state="discarded") == 1


async def test_rejected_the_mail_stays_and_the_sender_is_to_be_told_and_may_be_let_in_after_all(
    desk: Desk, outside: World
) -> None:
    """O3: never a silent drop."""
    await wants(desk, "reject")
    await desk.desk.take_message(first_mail())
    assert (await desk.tickets(), await held(desk)) == ([], [])
    rejected = await held(desk, "rejected")
    assert [one["sender"]["address"] for one in rejected] == ["pessoa1@cliente.test"]
    await eventually(lambda: len(outside.said("sender.rejected.v1")) == 1)
    assert (await desk.post(f"/held/{rejected[0]['id']}/open-new")).status_code == 204
    assert len(await desk.tickets()) == 1


@pytest.mark.parametrize("policy", ["hold", "reject"])
async def test_people_the_company_knows_come_in_whatever_the_policy(desk: Desk, policy: str) -> None:
    """O3"""
    await desk.post("/people", {"name": "Dora", "addresses": [DORA.address]})
    await wants(desk, policy)
    await desk.desk.take_message(said_by_intake(a_message()))
    await desk.desk.take_message(said_by_intake(a_message(sender=ANA.party(), message_id="message-9")))
    assert len(await desk.tickets()) == 2


async def test_an_invitation_is_said_once_and_of_the_team_by_administrators_only(desk: Desk, outside: World) -> None:
    """O3"""
    added = (await desk.post("/people", {"name": "Dora", "addresses": [DORA.address]})).json()
    path = f"/people/{added['id']}/invitation"
    for _ in range(2):
        answer = await desk.post(path, idempotency_key="one")
        assert answer.status_code == 202, answer.text
    await eventually(lambda: len(outside.said("person.invited.v1")) == 1)
    event: Envelope[Any] = outside.said("person.invited.v1")[0]
    assert (event.data.person.id, event.data.person.addresses) == (added["id"], (DORA.address,))
    assert (await desk.post("/people/bia/invitation", who=AS_DAVI)).status_code == 403
    guest = AS_ANA.model_copy(update={"person_id": added["id"], "address": DORA.address, "roles": ()})
    assert (await desk.post(path, who=guest)).status_code in (403, 404)
    assert (await desk.post("/people/nobody/invitation")).status_code == 404
