"""The conversation at the LMTP door: SMTP with LHLO, and one answer for each recipient."""

from collections.abc import AsyncIterator

import pytest

from balcao.intake.domain.mail import Delivery
from balcao.intake.lmtp import LmtpDoor
from balcao.intake.reception import Kept, NobodysMail
from tests.unit.intake.builders import a_mail
from tests.unit.intake.door import MOST, Place, an_open_place
from tests.unit.intake.talking import Client

TWO = ("suporte@agencia.test", "ola@estudio.test")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """An open door."""
    async with an_open_place(LmtpDoor) as one:
        yield one


def caller(place: Place) -> Client:
    """Somebody who speaks LMTP."""
    return Client(place.port, "LHLO")


async def answers(client: Client, raw: bytes, *recipients: str) -> list[str]:
    """Send a mail; the codes of the answers to it."""
    first = await client.mail(raw, *recipients)
    return [first[:3], *[(await client.answer())[:3] for _ in recipients[1:]]]


@pytest.mark.parametrize("greeting", ["EHLO cliente.test", "HELO cliente.test"])
async def test_it_is_greeted_with_lhlo_only(place: Place, greeting: str) -> None:
    async with caller(place) as client:
        assert f"SIZE {MOST}" in client.offers
        assert "PIPELINING" in client.offers
        assert (await client.say(greeting)).startswith("500")
    async with Client(place.port) as stranger:
        assert (await stranger.say("MAIL FROM:<>")).startswith("503")


async def test_each_recipient_is_answered_in_their_order(place: Place) -> None:
    async with caller(place) as client:
        assert await answers(client, a_mail(), *TWO, "suporte+x@agencia.test") == ["250"] * 3
        assert (await client.say("NOOP")).startswith("250")

    assert len(place.box.mails) == 1


async def test_a_mail_that_is_stored_for_one_only_is_kept_by_the_sender_for_the_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_one_only(_: bytes, __: Delivery) -> dict[str, Kept | BaseException]:
        return {TWO[0]: Kept("um", "agencia", "accepted"), TWO[1]: ConnectionError("away")}

    monkeypatch.setattr(place.box, "receive_for_each", for_one_only)
    async with caller(place) as client:
        assert await answers(client, a_mail(), *TWO) == ["250", "451"]


@pytest.mark.parametrize("error", [ConnectionError("away"), TimeoutError(), NobodysMail("x")])
async def test_a_mail_that_is_not_stored_at_all_is_kept_for_everybody(place: Place, error: Exception) -> None:
    place.box.fails_with = error
    async with caller(place) as client:
        assert await answers(client, a_mail(), *TWO) == ["451", "451"]


async def test_a_mail_past_the_size_is_refused_for_each(place: Place) -> None:
    async with caller(place) as client:
        assert await answers(client, b"x" * (MOST + 1) + b"\r\n", *TWO) == ["552", "552"]
        assert await answers(client, a_mail(), *TWO) == ["250", "250"]


async def test_refused_recipients_get_no_answer_to_the_mail(place: Place) -> None:
    async with caller(place) as client:
        await client.say("MAIL FROM:<dora@cliente.test>")
        assert (await client.say(f"RCPT TO:<{TWO[0]}>")).startswith("250")
        assert (await client.say("RCPT TO:<ninguem@agencia.test>")).startswith("550")
        await client.say("DATA")
        await client.send(a_mail() + b".\r\n")
        assert (await client.answer()).startswith("250")
        assert (await client.say("NOOP")).startswith("250")
