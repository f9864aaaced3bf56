"""A domain that refuses or dawdles waits by itself: mail to others goes out meanwhile."""

import asyncio
from email.utils import parseaddr

import pytest

from balcao.notifier import destinations
from balcao.shared.events import Party
from tests.integration.notifier.running import World, eventually
from tests.integration.notifier.sink import TAKEN
from tests.support.told_facts import replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

FULL = "lotado.example"


def person(n: int, domain: str) -> Party:
    return Party(name=f"Pessoa {n}", address=f"p{n}@{domain}")


def of_full(address: str) -> bool:
    return parseaddr(address)[1].endswith(f"@{FULL}")


async def test_a_domain_that_refuses_for_now_holds_up_nobody_else_and_is_asked_ever_more_rarely(outside: World) -> None:
    asked: list[str] = []

    def answer(to: str) -> str:
        if of_full(to):
            asked.append(to)
            return "451 4.7.1 too much mail from you"
        return TAKEN

    outside.sink.at_recipient = answer
    async with outside.notifier():
        for n in range(20):
            await outside.say(said(replied(recipients=(person(n, FULL), person(n, "livre.example"))), id_=f"e{n}"))
        await eventually(lambda: _states(outside, "livre.example", ["sent"] * 20), within_s=30)
        await eventually(lambda: _waiting(outside, 20), within_s=30)
        # Two refusals in a row told enough: most mails were never offered, and no try of theirs is used up.
        waits = await outside.deliveries(waiting=True)
        assert len(asked) < 10
        assert sum(one["tries"] == 0 for one in waits) >= 10
        assert any("left alone" in one["reason"] for one in waits)
        outside.sink.at_recipient = lambda _: TAKEN
        await eventually(lambda: _states(outside, FULL, ["sent"] * 20), within_s=60)
    assert len({one.message_id for one in outside.sink.taken}) == len(outside.sink.taken) == 40


async def test_a_full_mailbox_says_nothing_about_its_neighbours(outside: World) -> None:
    outside.sink.at_recipient = lambda to: "452 4.2.2 mailbox full" if to.startswith("p0") else TAKEN
    async with outside.notifier():
        for n in range(4):
            full, fine = person(0, "cliente.example"), person(n + 1, "cliente.example")
            await outside.say(said(replied(recipients=(full, fine)), id_=f"e{n}"))
        await eventually(lambda: _count(outside, 4, state="sent"))
        await eventually(lambda: _count(outside, 4, waiting=True, tries=1))


async def test_a_domain_that_dawdles_keeps_no_connection_from_others(
    outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven mails to it wait for their answer for seconds; those to others, asked for later, go at once."""
    monkeypatch.setattr(destinations, "SLOW_AFTER_S", 1.0)
    sink, taken = outside.sink, asyncio.Event()
    plain = sink.handle_DATA

    async def dawdle(server, session, envelope):  # type: ignore[no-untyped-def]
        if of_full(envelope.rcpt_tos[0]):
            await taken.wait()
        return await plain(server, session, envelope)

    sink.handle_DATA = dawdle  # type: ignore[method-assign]
    async with outside.notifier(relay_timeout_s=20.0):
        for n in range(7):
            await outside.say(said(replied(recipients=(person(n, FULL),)), id_=f"slow{n}"))
        for n in range(12):
            await outside.say(said(replied(recipients=(person(n, "livre.example"),)), id_=f"quick{n}"))
        await eventually(lambda: _states(outside, "livre.example", ["sent"] * 12), within_s=15)
        assert not [one for one in sink.taken if of_full(one.recipient)]
        # Those behind the first ones don't hold up the queue either.
        await eventually(lambda: _slow_are_put_off(outside), within_s=15)
        taken.set()
        await eventually(lambda: _states(outside, FULL, ["sent"] * 7), within_s=60)
    assert len({one.message_id for one in sink.taken}) == 19


async def _slow_are_put_off(outside: World) -> bool:
    waits = await outside.deliveries(waiting=True)
    return len(waits) >= 4 and all(one["tries"] == 0 and "slowly" in one["reason"] for one in waits)


async def _states(outside: World, domain: str, states: list[str]) -> bool:
    found = await outside.deliveries(channel="mail")
    return [one["state"] for one in found if one["to"]["address"].endswith(f"@{domain}")] == states


async def _waiting(outside: World, wanted: int) -> bool:
    return len(await outside.deliveries(waiting=True)) == wanted


async def _count(outside: World, wanted: int, **query: object) -> bool:
    return len(await outside.deliveries(**query)) == wanted
