"""What machines write about our mail is shown on its ticket, and changes no more than that."""

from typing import Any

import pytest

from balcao.shared.events import (
    AnyEnvelope,
    Envelope,
    Fact,
    MailAutoReplied,
    MailBounced,
    MailFailed,
    MailLoopBroken,
    MailReturned,
    Party,
    ThreadingEvidence,
)
from balcao.shared.ids import derived_id, new_id
from balcao.shared.tokens import Acting
from tests.integration.tickets.running import AS_ANA, EVE, Desk, World, acting, eventually
from tests.unit.tickets.builders import ANA, AT, COMPANY, DORA

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADDRESS = DORA.address or ""
PROFILE = "/people/{}"
BOUNCED, ABSENT = "ticket.mail_bounced.v1", "ticket.auto_reply_attached.v1"
AGENT = acting(ANA, roles=("agent",))


def said(fact: Fact, id_: str | None = None) -> AnyEnvelope:
    """The fact as another service says it."""
    event_id = id_ or new_id()
    return Envelope[Any](
        id=event_id,
        source="notifier",
        type=fact.type,
        subject="x",
        time=AT,
        correlationid=event_id,
        causationid=event_id,
        companyid=COMPANY,
        data=fact,
    )


def returned(**values: Any) -> MailReturned:
    """A mail to the requester that came back for good."""
    start: dict[str, Any] = {"delivery_id": "d", "fact_id": "f", "recipient": DORA, "permanent": True}
    return MailReturned(**{**start, "status": "5.1.1", "reason": "550 no such user", **values})


async def entries(desk: Desk, type_: str) -> list[dict[str, Any]]:
    """The first ticket's entries of one type."""
    found: list[dict[str, Any]] = (await desk.ticket())["timeline"]
    return [one for one in found if one["type"] == type_]


async def history(desk: Desk, who: Acting) -> str:
    """The sentences of the first ticket's history in the reader's language."""
    return "\n".join(one["sentence"] for one in (await desk.get("/tickets/1/history", who)).json()["items"])


@pytest.mark.parametrize("by", ["token_ticket_id", "reference_ticket_id"])
async def test_an_automatic_reply_is_attached_and_neither_reopens_nor_leads_to_a_mail(
    desk: Desk, outside: World, by: str
) -> None:
    ticket = await desk.opened()
    await desk.post("/tickets/1/resolve", {"method": "answered"}, AS_ANA)
    before = await desk.ticket()
    assert before["status"] == "resolved"
    told = len(outside.heard)
    fact = MailAutoReplied(
        message_id="m9",
        sender=DORA,
        subject="Férias",
        text="Volto em maio",
        evidence=ThreadingEvidence(**{by: ticket["id"]}),
    )
    event = said(fact)
    await outside.say(event, event)
    await eventually(lambda: desk.bus.handled["tickets.attach_machine_mail"] == 2)
    after = await desk.ticket()
    assert (after["status"], after.get("highlight")) == ("resolved", before.get("highlight"))
    assert [one["data"]["text"] for one in await entries(desk, "ticket.auto_reply_attached.v1")] == ["Volto em maio"]
    await eventually(lambda: len(outside.said("ticket.auto_reply_attached.v1")) == 1)
    later = {one.type for one in outside.heard[told:]}
    assert not later & {"ticket.requester_replied.v1", "ticket.reopened.v1", "ticket.opened.v1"}


async def test_a_machines_mail_about_a_merged_ticket_is_shown_where_that_goes_on(desk: Desk) -> None:
    """W13: along a chain of merges; one that was shown before the merge is not shown again."""
    for number in range(3):
        await desk.opened(internet_message_id=f"<{number}@x>")
    gone = (await desk.ticket(2))["id"]
    earlier, late, absence = (
        said(MailBounced(message_id="m1", recipient=ADDRESS, diagnostic="550 no", ticket_id=gone)),
        said(MailBounced(message_id="m2", recipient=ADDRESS, diagnostic="552 full", ticket_id=gone)),
        said(MailAutoReplied(message_id="m3", sender=DORA, evidence=ThreadingEvidence(token_ticket_id=gone))),
    )
    await desk.desk.attach_machine_mail(earlier)
    for survivor, merged in ((1, 2), (3, 1)):
        assert (await desk.post(f"/tickets/{survivor}/merge", {"numbers": [merged]})).status_code == 200

    for event in (earlier, late, absence, absence):
        await desk.desk.attach_machine_mail(event)

    shown = [
        [one["type"] for one in (await desk.ticket(number))["timeline"] if one["type"] in (BOUNCED, ABSENT)]
        for number in (1, 2, 3)
    ]
    assert shown == [[], [BOUNCED], [BOUNCED, ABSENT]]
    assert (await desk.ticket(3))["highlight"] == "undelivered"


async def test_mail_that_did_not_arrive_is_shown_in_words_in_both_languages(desk: Desk, outside: World) -> None:
    ticket = await desk.opened()
    facts: list[Fact] = [
        MailBounced(message_id="m1", recipient=ADDRESS, diagnostic="550 no such user", ticket_id=ticket["id"]),
        MailBounced(message_id="m2", recipient=ADDRESS, permanent=False, diagnostic="late", ticket_id=ticket["id"]),
        MailFailed(fact_id="f", ticket_id=ticket["id"], recipient=DORA, internet_message_id="<x@y>", reason="marked"),
        MailLoopBroken(fact_id="f", ticket_id=ticket["id"], recipient=DORA, mails=30, within_s=600),
    ]
    await outside.say(*(said(fact) for fact in facts))
    await eventually(lambda: desk.bus.handled["tickets.attach_machine_mail"] == 4)
    words = await history(desk, AS_ANA.model_copy(update={"locale": "pt-BR"}))
    for expected in (
        f"Um e-mail para {ADDRESS} não chegou: 550 no such user",
        f"Um e-mail para {ADDRESS} está atrasado: late",
        f"Um e-mail para {ADDRESS} não chegou: marked",
        f"E-mails automáticos para {ADDRESS} pararam",
        "30 em 10 minutos",
    ):
        assert expected in words
    assert f"Automatic mails to {ADDRESS} stopped" in await history(desk, AS_ANA.model_copy(update={"locale": "en"}))
    assert (await desk.ticket())["highlight"] == "undelivered"
    # The requester sees none of it.
    guest = acting(ANA, person_id=ticket["requester"]["person_id"], address=ADDRESS, roles=())
    assert ADDRESS not in await history(desk, guest)


async def test_a_dead_address_is_marked_once_and_cleared_by_the_team(desk: Desk, outside: World) -> None:
    ticket = await desk.opened()
    person = PROFILE.format(ticket["requester"]["person_id"])
    event = said(returned())
    await outside.say(event, event)
    await eventually(lambda: desk.bus.handled["tickets.note_returned_mail"] == 2)
    profile = (await desk.get(person)).json()
    assert [(one["address"], one["mails"], one["marked"]) for one in profile["returned"]] == [(ADDRESS, 1, True)]
    await eventually(lambda: len(outside.said("address.returned.v1")) == 1)

    body = {"address": ADDRESS.upper()}
    assert (await desk.post(f"{person}/reachable", body, EVE)).status_code == 404
    guest = acting(ANA, person_id=ticket["requester"]["person_id"], address=ADDRESS, roles=())
    assert (await desk.post(f"{person}/reachable", body, guest)).status_code in (403, 404)
    cleared = await desk.post(f"{person}/reachable", body, AGENT, Idempotency_Key="once")
    assert (cleared.status_code, cleared.json()["returned"]) == (200, [])
    assert (await desk.post(f"{person}/reachable", body, AGENT, Idempotency_Key="once")).status_code == 200
    assert (await desk.post(f"{person}/reachable", body, AGENT)).status_code == 409
    await eventually(lambda: len(outside.said("address.cleared.v1")) == 1)


async def test_refusals_count_where_they_say_why_and_strangers_addresses_do_not(desk: Desk, outside: World) -> None:
    ticket = await desk.opened()
    person = PROFILE.format(ticket["requester"]["person_id"])
    failed = {"fact_id": "f", "internet_message_id": "<x@y>", "recipient": DORA, "reason": "550"}
    stranger = Party(name="", address="quem@fora.test")
    await outside.say(
        said(MailFailed(**failed)),  # given up, or never tried: says nothing about the address
        said(returned(permanent=False)),
        said(returned(recipient=stranger)),
        said(MailFailed(**{**failed, "status": "5.1.1"}), derived_id("refused", "once")),
    )
    await eventually(lambda: desk.bus.handled["tickets.note_returned_mail"] == 4)
    profile = (await desk.get(person)).json()
    assert [(one["mails"], one["marked"]) for one in profile["returned"]] == [(1, True)]
