"""Reports of failure are tied to the mail they are about, once, and nothing is sent to addresses that are marked."""

from typing import Any

import pytest

from balcao.notifier import unreachable
from balcao.shared.events import (
    AddressCleared,
    AddressReturned,
    MailBounced,
    MailFailed,
    MailReturned,
    PersonProfile,
)
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from tests.integration.notifier.running import Notifier, World, eventually
from tests.support.told_facts import PRODUCER, REQUESTER, WATCHER, invited, production_finished, replied, said, ticket

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ZOE = PersonProfile(id="zoe", name="Zoë", addresses=(REQUESTER.address or "",), roles=(), version=2)


def bounced(id_: str = "report-1", **values: Any) -> Any:
    """A report about the mail to the requester."""
    report = {"message_id": "m1", "recipient": REQUESTER.address, "status": "5.1.1", "diagnostic": "550 no such user"}
    return said(MailBounced(**{**report, "ticket_id": ticket().id, **values}), id_=id_)


async def answered(outside: World, *people: Any) -> dict[str | None, Document]:
    """An answer that reached the relay: its deliveries by address."""
    await outside.say(said(replied(recipients=people or (REQUESTER, WATCHER))))
    await eventually(lambda: _states(outside, {"sent"}, len(people) or 2))
    return {one["to"]["address"]: one for one in await outside.deliveries(channel="mail")}


@pytest.mark.parametrize("by", ["message_id", "return_path", "address"])
async def test_a_report_makes_the_mail_it_is_about_bounced(notifier: Notifier, outside: World, by: str) -> None:
    mails = await answered(outside)
    one = mails[REQUESTER.address]
    (sent,) = outside.sink.to(REQUESTER.address)
    named_by: dict[str, dict[str, Any]] = {
        "message_id": {"original_message_id": sent.message_id, "recipient": "outro@cliente.example"},
        "return_path": {"delivery_tag": sent.sender.partition("@")[0].rpartition(".")[2], "recipient": None},
        "address": {},
    }
    await outside.say(bounced(**named_by[by]))
    await eventually(lambda: len(_returned(outside)) == 1)
    (fact,) = _returned(outside)
    assert (fact.delivery_id, fact.ticket_id, fact.fact_id) == (one["_id"], ticket().id, one["event_id"])
    assert (fact.recipient.address, fact.permanent, fact.status) == (REQUESTER.address, True, "5.1.1")
    assert fact.certain == (by == "message_id")
    shown = {
        item["recipient"]["address"]: item
        for item in (await notifier.get("/deliveries", ticket_id=ticket().id)).json()["items"]
    }
    item = shown[REQUESTER.address]
    assert (item["state"], item["reason"], item["status"]) == ("bounced", "550 no such user", "5.1.1")
    assert item["bounced_at"] is not None
    assert (shown[WATCHER.address]["state"], shown[WATCHER.address]["reason"]) == ("sent", None)


async def test_the_same_report_counts_once_and_the_next_one_again(notifier: Notifier, outside: World) -> None:
    """In whatever order they are heard."""
    del notifier
    await answered(outside)
    await outside.say(bounced(), bounced(), bounced("report-2"), bounced())
    await eventually(lambda: len(_returned(outside)) == 2)
    await outside.say(bounced(), bounced("report-3"))
    await eventually(lambda: len(_returned(outside)) == 3)
    (mail,) = await outside.deliveries(state="bounced")
    assert sorted(mail["reports"]) == ["report-1", "report-2", "report-3"]


async def test_a_delay_is_shown_and_the_mail_stays_sent(notifier: Notifier, outside: World) -> None:
    await answered(outside, REQUESTER)
    await outside.say(bounced(permanent=False, status="4.4.1", diagnostic="still trying"))
    await eventually(lambda: len(_returned(outside)) == 1)
    assert not _returned(outside)[0].permanent
    (item,) = (await notifier.get("/deliveries", ticket_id=ticket().id)).json()["items"]
    assert (item["state"], item["reason"], item["status"]) == ("sent", "still trying", "4.4.1")
    assert (item["bounced_at"], item["delayed_at"] is None) == (None, False)


async def test_a_report_that_is_quicker_than_our_own_note_is_not_overwritten(
    notifier: Notifier, outside: World
) -> None:
    """The relay answers only once the report is there."""
    del notifier
    outside.sink.may_answer.clear()
    await outside.say(said(production_finished(assignee=None), actor=PRODUCER))
    await eventually(lambda: len(outside.sink.received) == 1)
    (mail,) = outside.sink.received
    await outside.say(bounced(original_message_id=mail.message_id))
    await eventually(lambda: len(_returned(outside)) == 1)
    outside.sink.may_answer.set()
    await outside.say(said(replied(recipients=(WATCHER,)), id_="next"))
    await eventually(lambda: _count(outside, 1, kind="reply", state="sent"))
    assert [one["state"] for one in await outside.deliveries(channel="mail", kind="production_finished")] == ["bounced"]


async def test_a_report_about_a_mail_of_no_ticket_finds_it(outside: World) -> None:
    async with outside.notifier(public_url="https://balcao.example"):
        await outside.say(said(invited()))
        await eventually(lambda: _count(outside, 1, kind="invitation", state="sent"))
        (mail,) = await outside.deliveries(kind="invitation")
        await outside.say(bounced(ticket_id=mail["_id"]))
        await eventually(lambda: _count(outside, 1, kind="invitation", state="bounced"))


@pytest.mark.parametrize(
    "report",
    [
        {"ticket_id": None},
        {"recipient": "quem@fora.example"},
        {"recipient": None},
        {"original_message_id": f"<t.{'a' * 26}.{'b' * 13}.{'0' * 32}@aurora.example>"},
        {"ticket_id": derived_id("ticket", "of nobody")},
    ],
    ids=["no ticket", "a stranger", "nobody", "a mail that never was", "another ticket"],
)
async def test_a_report_about_no_mail_of_ours_marks_nothing(
    notifier: Notifier, outside: World, report: dict[str, Any]
) -> None:
    """Anybody can write one."""
    del notifier
    await answered(outside)
    await outside.say(bounced(**report), bounced("the next", recipient=WATCHER.address))
    await eventually(lambda: len(_returned(outside)) == 1)
    assert [one["to"]["address"] for one in await outside.deliveries(state="bounced")] == [WATCHER.address]


async def test_to_a_marked_address_nothing_is_sent_until_it_is_cleared(
    outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreachable, "REMEMBERED_S", 0.0)
    address = REQUESTER.address or ""
    marked = AddressReturned(person=ZOE, address=address, reason="550", mails=1, marked=True)
    cleared = AddressCleared(person=ZOE.model_copy(update={"version": 3}), address=address)
    async with outside.notifier(), outside.notifier():
        await outside.say(said(marked, id_="a1"))
        await eventually(lambda: _marks(outside, 1))
        await outside.say(said(replied(), id_="e1"))
        await eventually(lambda: len(outside.heard) == 2)
        assert [one.recipient for one in outside.sink.received] == [WATCHER.address]
        (fact,) = [event.data for event in outside.heard if isinstance(event.data, MailFailed)]
        assert (fact.recipient.address, fact.status) == (address, None)
        assert "marked as unreachable" in fact.reason
        (refused,) = await outside.deliveries(state="refused")
        assert (refused["reason"], refused.get("tries", 0)) == (fact.reason, 0)

        await outside.say(said(cleared, id_="a2"), said(marked, id_="a3"))  # the older one comes late
        await eventually(lambda: _marks(outside, 0))
        await outside.say(said(replied(recipients=(REQUESTER,)), id_="e2"))
        await eventually(lambda: len(outside.sink.to(address)) == 1)


def _returned(outside: World) -> list[MailReturned]:
    return [event.data for event in outside.heard if isinstance(event.data, MailReturned)]


async def _states(outside: World, states: set[str], count: int) -> bool:
    found = [one["state"] for one in await outside.deliveries(channel="mail")]
    return len(found) == count and set(found) == states


async def _count(outside: World, wanted: int, **query: object) -> bool:
    return len(await outside.deliveries(channel="mail", **query)) == wanted


async def _marks(outside: World, wanted: int) -> bool:
    return await outside.mongo.db["unreachable"].count_documents({"is_marked": True}) == wanted
