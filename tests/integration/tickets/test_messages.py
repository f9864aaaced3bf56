"""What comes in becomes tickets: each message once, whatever comes twice, at once, or meanwhile."""

import asyncio
from typing import Any

import pytest

from balcao.shared.events import Envelope, SenderAuthentication, ThreadingEvidence
from tests.integration.tickets.running import (
    AS_ANA,
    OTHER_COMPANY,
    Desk,
    World,
    a_bus,
    answer_to,
    eventually,
    first_mail,
    running,
    said_by_intake,
    settings_for,
)
from tests.unit.tickets.builders import BY_ANA, BY_BIA, COMPANY, DORA, EVA, a_message, an_answer

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

GUESTS: dict[str, Any] = {"roles": []}
FORGED = SenderAuthentication(by="mx.agencia.test", dmarc="fail", authenticated=False)


async def handled(desk: Desk, count: int) -> None:
    await eventually(lambda: desk.bus.handled["tickets.take_message"] == count)


async def test_a_message_that_comes_twice_makes_one_ticket_and_one_person(desk: Desk, outside: World) -> None:
    """O3, O13. Fails when the ticket's id is random rather than derived from the event (`Desk._open`): the timeline's
    ids then differ and nothing stands in the way of the second one."""
    event = first_mail()
    await outside.say(event)
    await handled(desk, 1)
    await outside.say(event)
    await handled(desk, 2)
    assert len(await desk.tickets()) == 1
    assert await desk.count("people", **GUESTS) == 1
    await eventually(lambda: len(outside.said("ticket.opened.v1")) == 1)
    assert len([e for e in outside.said("person.registered.v1") if e.data.by_mail]) == 1


async def test_a_message_that_comes_twice_at_once_makes_one_ticket(desk: Desk, outside: World) -> None:
    """O13: two replicas, or one with two messages in hand."""
    event = first_mail()
    await asyncio.gather(*(desk.desk.take_message(event) for _ in range(4)))
    assert len(await desk.tickets()) == 1
    assert await desk.count("timeline", type="ticket.opened.v1") == 1


async def test_first_mails_of_one_new_sender_at_once_make_one_guest_and_a_ticket_each(
    desk: Desk, outside: World
) -> None:
    """O3, O13. Fails when a taken place in the guest's timeline counts as a repeat: a mail then vanishes."""
    await outside.say(*(first_mail(sender, mail) for sender in range(5) for mail in range(4)))
    await handled(desk, 20)
    tickets = await desk.tickets()
    assert len(tickets) == 20
    assert len({one["number"] for one in tickets}) == 20
    assert await desk.count("people", **GUESTS) == 5
    assert len({one["requester"]["person_id"] for one in tickets}) == 5


async def test_of_two_replicas_each_takes_its_share_and_no_number_comes_twice(
    desk: Desk, mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str
) -> None:
    """O13: 200 at once."""
    async with running(settings_for(mongo_url, amqp_url, database_prefix), a_bus(amqp_url, bus_prefix)) as other:
        both = (desk, other)
        await asyncio.gather(*(both[n % 2].desk.take_message(first_mail(n)) for n in range(200)))
    numbers = await desk.service.mongo.db["tickets"].distinct("number")
    assert len(numbers) == 200


async def test_numbers_begin_at_one_in_each_company(desk: Desk) -> None:
    """O13"""
    await desk.desk.take_message(first_mail())
    await desk.desk.take_message(said_by_intake(a_message(), OTHER_COMPANY))
    stored = desk.service.mongo.db["tickets"].find({}, {"company_id": 1, "number": 1, "_id": 0})
    assert sorted((one["company_id"], one["number"]) for one in await stored.to_list(5)) == [
        (COMPANY, 1),
        (OTHER_COMPANY, 1),
    ]


async def test_a_reply_joins_its_ticket_once_and_reopens_it_once(desk: Desk, outside: World) -> None:
    """W2"""
    ticket = await desk.opened()
    await desk.post("/tickets/1/resolve", {"method": "answered"})
    reply = answer_to(ticket)
    await outside.say(reply, reply)
    await handled(desk, 2)
    now = await desk.ticket()
    assert (now["status"], now["highlight"]) == ("open", "reply")
    assert [e["type"] for e in now["timeline"]] == [
        "ticket.opened.v1",
        "ticket.resolved.v1",
        "ticket.reopened.v1",
        "ticket.requester_replied.v1",
    ]


async def test_a_reply_that_comes_again_after_the_ticket_was_cancelled_opens_no_second_one(desk: Desk) -> None:
    """W2. Fails without `Desk._has_acted`: the repeat is placed by how things stand now."""
    ticket = await desk.opened()
    reply = answer_to(ticket)
    await desk.desk.take_message(reply)
    await desk.post("/tickets/1/cancel")
    await desk.desk.take_message(reply)
    assert len(await desk.tickets()) == 1


async def test_a_mail_that_opened_a_ticket_does_not_join_another_when_it_comes_again(desk: Desk) -> None:
    """O1. Eva's answer comes before the mail it answers; comes the answer again, that mail is known."""
    evidence = ThreadingEvidence(references=("<1@cliente.test>",))
    early = said_by_intake(an_answer(sender=EVA, evidence=evidence))
    await desk.desk.take_message(early)
    await desk.desk.take_message(said_by_intake(a_message(others=(EVA,))))
    await desk.desk.take_message(early)
    assert [one["title"] for one in await desk.tickets()] == ["Banner de Natal", "Re: Banner de Natal"]
    assert await desk.count("timeline", type="ticket.requester_replied.v1") == 0


async def test_a_reply_to_a_cancelled_ticket_opens_a_linked_one(desk: Desk) -> None:
    """W2"""
    ticket = await desk.opened()
    await desk.post("/tickets/1/cancel")
    await desk.desk.take_message(answer_to(ticket))
    linked = await desk.ticket(2)
    assert (linked["related_ticket_id"], linked["opening_rule"]) == (ticket["id"], "token_to_cancelled")
    assert (await desk.ticket(1))["status"] == "cancelled"


async def test_a_ticket_cancelled_while_the_reply_is_being_placed_does_not_swallow_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W2. Fails when the rule takes words for a ticket that is final: nobody would see them there."""
    ticket = await desk.opened()
    look, looks = desk.desk._pointed_at, list[Envelope[Any]]()

    async def look_and_lose_the_race(event: Envelope[Any]) -> Any:
        found = await look(event)
        if not looks:
            await desk.post("/tickets/1/cancel")
        looks.append(event)
        return found

    monkeypatch.setattr(desk.desk, "_pointed_at", look_and_lose_the_race)
    await desk.desk.take_message(answer_to(ticket))
    assert len(looks) == 2
    assert (await desk.ticket(2))["related_ticket_id"] == ticket["id"]


@pytest.mark.parametrize(
    ("evidence", "rule"),
    [
        ({"token_ticket_id": "?"}, "token"),
        ({"reference_ticket_id": "?"}, "own_message_id"),
        ({"references": ["<nobody@x.test>", "<1@cliente.test>"]}, "reference"),
        ({"subject_number": 1}, "subject_tag"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_kind_of_evidence_leads_to_the_ticket(desk: Desk, evidence: dict[str, Any], rule: str) -> None:
    """O1"""
    ticket = await desk.opened()
    evidence = {key: ticket["id"] if value == "?" else value for key, value in evidence.items()}
    await desk.desk.take_message(said_by_intake(an_answer(evidence=evidence)))
    entry = (await desk.ticket())["timeline"][-1]
    assert (entry["type"], entry["data"]["rule"]) == ("ticket.requester_replied.v1", rule)


async def test_a_mail_to_two_companies_is_answered_in_each_by_itself(desk: Desk) -> None:
    """O1. Fails when a Message-ID is looked up without the company: the other one's ticket is found first."""
    for company in (OTHER_COMPANY, COMPANY):
        await desk.desk.take_message(said_by_intake(a_message(), company))
    reply = an_answer(evidence=ThreadingEvidence(references=("<1@cliente.test>",)))
    for company in (OTHER_COMPANY, COMPANY):
        await desk.desk.take_message(said_by_intake(reply, company))
    found = await desk.service.mongo.db["tickets"].find({}).to_list(10)
    assert sorted((one["company_id"], one["entries"]) for one in found) == [(COMPANY, 2), (OTHER_COMPANY, 2)]


async def test_a_colleagues_mail_is_kept_as_a_private_note(desk: Desk) -> None:
    """W7"""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=BY_BIA, internet_message_id="<bia@agencia.test>"))
    note = (await desk.ticket())["timeline"][-1]
    assert (note["type"], note["data"]["rule"]) == ("ticket.noted.v1", "token")
    to_bia = {"evidence": ThreadingEvidence(references=("<bia@agencia.test>",)), "message_id": "message-3"}
    await desk.desk.take_message(said_by_intake(an_answer(**to_bia)))
    assert (await desk.ticket())["timeline"][-1]["data"]["rule"] == "reference"


async def test_a_strangers_message_is_held_until_somebody_decides(desk: Desk, outside: World) -> None:
    """W2"""
    ticket = await desk.opened()
    event = answer_to(ticket, sender=EVA, text="Também quero")
    await outside.say(event, event)
    await handled(desk, 2)
    (held,) = (await desk.get("/held")).json()["items"]
    assert (held["sender"]["address"], held["ticket_number"], held["rule"]) == (EVA.address, 1, "token")
    assert len((await desk.ticket())["timeline"]) == 1
    assert (await desk.post(f"/held/{held['id']}/accept")).status_code == 204
    now = await desk.ticket()
    assert now["timeline"][-1]["data"]["text"] == "Também quero"
    assert [one["address"] for one in now["watchers"]] == [EVA.address]
    assert (await desk.get("/held")).json()["items"] == []
    await eventually(lambda: len(outside.said("message.held.v1")) == 1)


@pytest.mark.parametrize("rule", ["reference", "subject_tag"])
async def test_a_forged_mail_that_knows_no_secret_is_held_until_somebody_lets_it_in(desk: Desk, rule: str) -> None:
    """O1"""
    await desk.opened()
    evidence = {"reference": {"references": ["<1@cliente.test>"]}, "subject_tag": {"subject_number": 1}}[rule]
    event = said_by_intake(an_answer(evidence=evidence, authentication=FORGED, text="Mande ao meu outro endereço"))
    for _ in range(2):
        await desk.desk.take_message(event)
    (held,) = (await desk.get("/held")).json()["items"]
    assert (held["rule"], held["disproven"], held["authentication"]["dmarc"]) == (rule, True, "fail")
    assert len((await desk.ticket())["timeline"]) == 1
    assert (await desk.post(f"/held/{held['id']}/accept")).status_code == 204
    entry = (await desk.ticket())["timeline"][-1]
    assert (entry["type"], entry["data"]["rule"]) == ("ticket.requester_replied.v1", f"{rule}_accepted")


async def test_a_forged_mail_to_the_signed_address_is_its_guests_but_never_a_colleagues(desk: Desk) -> None:
    """H2, W3, W7: let in by a person, it is the colleague's note that it would have been."""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=BY_BIA, authentication=FORGED, text="Pode encerrar"))
    now = await desk.ticket()
    assert (len(now["timeline"]), now["stage"]) == (1, "triage")
    (held,) = (await desk.get("/held")).json()["items"]
    assert (held["rule"], held["disproven"]) == ("token", True)
    assert (await desk.post(f"/held/{held['id']}/accept")).status_code == 204
    now = await desk.ticket()
    assert [one["data"]["author"]["address"] for one in now["timeline"] if one["type"] == "ticket.noted.v1"] == [
        BY_BIA.address
    ]
    assert now["watchers"] == []

    await desk.desk.take_message(answer_to(ticket, authentication=FORGED, message_id="message-8"))
    assert (await desk.ticket())["timeline"][-1]["data"]["rule"] == "token"


async def test_a_forged_first_mail_registers_nobody_and_opens_nothing_in_a_colleagues_name(desk: Desk) -> None:
    """O3: known guests are let in as ever; the ticket's acknowledgement goes to them."""
    senders = {"colleague": BY_BIA, "stranger": EVA}
    for name, sender in senders.items():
        event = said_by_intake(a_message(message_id=name, sender=sender, authentication=FORGED))
        for _ in range(2):
            await desk.desk.take_message(event)
    assert await desk.tickets() == []
    held = (await desk.get("/held")).json()["items"]
    assert [(one["rule"], one["sender"]["address"]) for one in held] == [
        ("sender_not_proven", one.address) for one in senders.values()
    ]
    assert await desk.count("people", **GUESTS) == 0

    await desk.opened()
    await desk.desk.take_message(said_by_intake(a_message(message_id="again", authentication=FORGED)))
    assert len(await desk.tickets()) == 2


async def test_of_a_message_held_at_nobodys_ticket_those_are_told_who_decide(desk: Desk, outside: World) -> None:
    """W2, W3"""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=EVA))
    await desk.service.mongo.db["tickets"].update_one({"_id": ticket["id"]}, {"$set": {"analyst": None}})
    await desk.desk.take_message(answer_to(ticket, sender=EVA, message_id="message-3"))
    await eventually(lambda: len(outside.said("message.held.v1")) == 2)
    assert [e.data.deciders for e in outside.said("message.held.v1")] == [(), (BY_ANA,)]


@pytest.mark.parametrize("first", ["accept", "open-new", "discard"])
async def test_a_held_message_is_decided_once(desk: Desk, first: str) -> None:
    """W2. Fails when the decision is noted after it was carried out: the message then is in two places."""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=EVA))
    (held,) = (await desk.get("/held")).json()["items"]
    assert (await desk.post(f"/held/{held['id']}/{first}")).status_code == 204
    for later in ("accept", "open-new", "discard"):
        refused = await desk.post(f"/held/{held['id']}/{later}")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:message-is-decided")
    assert len(await desk.tickets()) == (2 if first == "open-new" else 1)
    assert len((await desk.ticket())["timeline"]) == (2 if first == "accept" else 1)


async def test_a_held_message_goes_into_the_ticket_that_is_named_rather_than_the_one_it_points_at(desk: Desk) -> None:
    """W2"""
    ticket = await desk.opened()
    await desk.desk.take_message(first_mail(2))
    await desk.desk.take_message(answer_to(ticket, sender=EVA, text="Também quero"))
    (held,) = (await desk.get("/held")).json()["items"]
    assert (await desk.post(f"/held/{held['id']}/accept", {"ticket_number": 99})).status_code == 404
    assert (await desk.post(f"/held/{held['id']}/accept", {"ticket_number": 2})).status_code == 204
    assert (await desk.ticket(2))["timeline"][-1]["data"]["text"] == "Também quero"
    assert len((await desk.ticket())["timeline"]) == 1


async def test_a_discarded_message_can_wait_again_and_one_that_was_let_in_can_not(desk: Desk) -> None:
    """W2"""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=EVA))
    (held,) = (await desk.get("/held")).json()["items"]
    await desk.post(f"/held/{held['id']}/discard")
    (discarded,) = (await desk.get("/held", state="discarded")).json()["items"]
    assert discarded == {**held, "state": "discarded"}
    for _ in range(2):
        assert (await desk.post(f"/held/{held['id']}/restore")).status_code == 204
    assert (await desk.get("/held")).json()["items"] == [held]
    assert (await desk.post(f"/held/{held['id']}/accept")).status_code == 204
    refused = await desk.post(f"/held/{held['id']}/restore")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:message-is-decided")


async def test_two_decisions_at_once_are_one(desk: Desk) -> None:
    """W2"""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=EVA))
    (held,) = (await desk.get("/held")).json()["items"]
    ways = ("accept", "open-new", "accept", "discard", "open-new")
    answers = await asyncio.gather(*(desk.post(f"/held/{held['id']}/{way}") for way in ways))
    assert sorted(one.status_code for one in answers) == [204, 409, 409, 409, 409]
    places = await desk.count("timeline", type="ticket.requester_replied.v1") + len(await desk.tickets()) - 1
    winner = ways[[one.status_code for one in answers].index(204)]
    assert places == (0 if winner == "discard" else 1)


async def test_a_held_message_is_not_let_into_a_ticket_that_is_cancelled_meanwhile(desk: Desk) -> None:
    """W2"""
    ticket = await desk.opened()
    await desk.desk.take_message(answer_to(ticket, sender=EVA))
    (held,) = (await desk.get("/held")).json()["items"]
    await desk.post("/tickets/1/cancel")
    refused = await desk.post(f"/held/{held['id']}/accept")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:ticket-is-cancelled")
    assert (await desk.post(f"/held/{held['id']}/open-new")).status_code == 204
    assert (await desk.ticket(2))["related_ticket_id"] == ticket["id"]


async def test_what_came_while_the_service_was_away_is_all_done_when_it_starts(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World
) -> None:
    """O1: more than it takes at once."""
    settings = settings_for(mongo_url, amqp_url, database_prefix)
    async with running(settings, a_bus(amqp_url, bus_prefix)) as first:
        await first.set_up_company()
    await outside.say(*(first_mail(n) for n in range(150)))
    async with running(settings, a_bus(amqp_url, bus_prefix)) as desk:
        await eventually(lambda: desk.bus.handled["tickets.take_message"] == 150, within_s=60)
        assert await desk.count("tickets") == 150
        await eventually(lambda: len(outside.said("ticket.opened.v1")) == 150)


async def test_two_desks_open_tickets_for_one_new_requester_at_once(desk: Desk) -> None:
    """O3, O11. Fails when opening at the desk does not decide again on a conflict."""
    body = {"title": "Banner", "requester": {"name": "Dora", "address": DORA.address}}
    answers = await asyncio.gather(*(desk.post("/tickets", body, AS_ANA) for _ in range(6)))
    assert [one.status_code for one in answers] == [201] * 6
    assert sorted(one.json()["number"] for one in answers) == [1, 2, 3, 4, 5, 6]
    assert await desk.count("people", **GUESTS) == 1
