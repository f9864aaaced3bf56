"""The conversation at the SMTP door: what is refused when, and that a mail is exactly what was sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY

from balcao.intake.reception import NobodysMail
from balcao.intake.smtp import MOST_RECIPIENTS
from tests.unit.intake.builders import a_mail
from tests.unit.intake.door import MOST, Place, an_open_place
from tests.unit.intake.talking import Client


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """An open door."""
    async with an_open_place() as one:
        yield one


async def test_it_says_how_large_a_mail_may_be_and_offers_no_login(place: Place) -> None:
    async with Client(place.port) as client:
        assert f"SIZE {MOST}" in client.offers
        assert "AUTH" not in client.offers


async def test_a_mail_arrives_byte_for_byte_with_its_envelope(place: Place) -> None:
    raw = a_mail("linha\r\n.ponto\r\n..dois\r\n.\r\n\x00 \xff\r\n")
    async with Client(place.port) as client:
        assert await client.mail(raw, "suporte@agencia.test", "Suporte+x@Agencia.test") == "250 2.0.0 Kept as id-1\r\n"

    ((content, delivery),) = place.box.mails
    assert content == raw
    assert delivery.recipients == ("suporte@agencia.test", "suporte+x@agencia.test")
    assert (delivery.sender, delivery.client, delivery.helo) == ("dora@cliente.test", "127.0.0.1", "cliente.test")


async def test_one_connection_carries_many_mails(place: Place) -> None:
    async with Client(place.port) as client:
        for number in range(5):
            assert (await client.mail(a_mail(f"mail {number}\r\n"))).startswith("250")

    assert [text.splitlines()[-1] for text in place.box.texts] == [f"mail {number}".encode() for number in range(5)]


async def test_commands_sent_ahead_are_answered_in_order(place: Place) -> None:
    first = b"MAIL FROM:<dora@cliente.test>\r\nRCPT TO:<suporte@agencia.test>\r\nDATA\r\n"
    async with Client(place.port) as client:
        await client.send((first + a_mail("um\r\n") + b".\r\n") * 2 + b"QUIT\r\n")
        answers = [(await client.answer())[:3] for _ in range(9)]

    assert answers == ["250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert len(place.box.mails) == 2


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a.\r\nb\r\n.\r\n", b"a.\r\nb\r\n"),
        (b"..\r\n..\r\n...\r\n.\r\n", b".\r\n.\r\n..\r\n"),
    ],
)
async def test_the_lone_dot_ends_a_mail_and_transparency_dots_go(place: Place, sent: bytes, kept: bytes) -> None:
    async with Client(place.port) as client:
        await client.start_mail()
        await client.send(sent)
        assert (await client.answer()).startswith("250")
        assert (await client.say("NOOP")).startswith("250")

    assert place.box.texts == [kept]


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 7, 11])
async def test_the_end_is_seen_however_the_bytes_are_cut(place: Place, cut: int) -> None:
    raw = b"x: y\r\n\r\n.\r\n..\r\nfim.\r\n"
    stuffed = b"x: y\r\n\r\n..\r\n...\r\nfim.\r\n.\r\n"
    async with Client(place.port) as client:
        await client.start_mail()
        for start in range(0, len(stuffed), cut):
            await client.send(stuffed[start : start + cut])
            await asyncio.sleep(0.001)
        assert (await client.answer()).startswith("250")

    assert place.box.texts == [raw]


@pytest.mark.parametrize(
    "false_end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n.\r", b"\r\n\x00.\r\n"]
)
async def test_only_one_sequence_ends_a_mail_so_that_none_is_smuggled_in(place: Place, false_end: bytes) -> None:
    smuggled = b"MAIL FROM:<chefe@agencia.test>\r\nRCPT TO:<suporte@agencia.test>\r\nDATA\r\nSubject: falso\r\n"
    async with Client(place.port) as client:
        await client.start_mail()
        await client.send(b"Subject: um\r\n\r\nolhe" + false_end + smuggled + b"\r\n.\r\n")
        assert (await client.answer()).startswith("250")
        assert (await client.say("NOOP")).startswith("250")

    (text,) = place.box.texts
    assert b"Subject: falso" in text


async def test_long_lines_are_taken(place: Place) -> None:
    raw = a_mail("x" * 50_000 + "\r\n")
    async with Client(place.port) as client:
        assert (await client.mail(raw)).startswith("250")

    assert place.box.texts == [raw]


@pytest.mark.parametrize("line", [b"x" * 998 + b"\r\n", b"....\r\n", b"x" * MOST])
async def test_a_mail_past_the_size_is_refused_after_its_end_and_the_connection_goes_on(
    place: Place, line: bytes
) -> None:
    async with Client(place.port) as client:
        await client.start_mail()
        await client.send(line * (20 * MOST // len(line)) + b"\r\n.\r\n")
        assert (await client.answer()).startswith("552")
        assert (await client.mail(a_mail("pequeno\r\n"))).startswith("250")

    assert len(place.box.mails) == 1


async def test_a_mail_of_exactly_the_size_is_taken(place: Place) -> None:
    raw = b"x" * (MOST - 2) + b"\r\n"
    async with Client(place.port) as client:
        assert (await client.mail(raw)).startswith("250")
        assert (await client.mail(b"x" + raw)).startswith("552")


async def test_a_mail_announced_too_large_is_refused_at_once(place: Place) -> None:
    async with Client(place.port) as client:
        assert (await client.say(f"MAIL FROM:<dora@cliente.test> SIZE={MOST + 1}")).startswith("552")


def refused(why: str) -> float:
    """How often something was refused for this reason, ever."""
    return REGISTRY.get_sample_value("balcao_smtp_refused_total", {"why": why}) or 0


async def test_each_refusal_is_counted_once_by_its_reason(place: Place) -> None:
    reasons = ("size", "unknown_recipient", "recipients")
    before = [refused(why) for why in reasons]
    async with Client(place.port) as client:
        await client.say(f"MAIL FROM:<dora@cliente.test> SIZE={MOST + 1}")
        await client.mail(b"x" * (MOST + 1) + b"\r\n")
        await client.say("MAIL FROM:<>")
        for number in range(MOST_RECIPIENTS + 1):
            await client.say(f"RCPT TO:<suporte+{number}@agencia.test>")
        await client.say("RSET")
        await client.say("MAIL FROM:<>")
        await client.say("RCPT TO:<ninguem@agencia.test>")

    assert [refused(why) - was for why, was in zip(reasons, before, strict=True)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("<suporte@agencia.test>", "250"),
        ("<SUPORTE@AGENCIA.TEST>", "250"),
        ("<suporte+t.1.2@agencia.test>", "250"),
        ("<suporte+a+b@agencia.test>", "250"),
        ("suporte@agencia.test", "250"),
        ("<@relay.test:suporte@agencia.test>", "250"),
        ("<ninguem@agencia.test>", "550"),
        ("<suporte@outra.test>", "550"),
        ("<suporte>", "553"),
        ("<>", "553"),
        ("<a b@c.test>", "553"),
    ],
)
async def test_recipients_are_checked_when_they_are_named(place: Place, address: str, code: str) -> None:
    async with Client(place.port) as client:
        await client.say("MAIL FROM:<>")
        assert (await client.say(f"RCPT TO:{address}")).startswith(code)


async def test_when_nobody_can_say_who_is_known_the_sender_keeps_the_mail(place: Place) -> None:
    place.book.away = True
    async with Client(place.port) as client:
        await client.say("MAIL FROM:<>")
        assert (await client.say("RCPT TO:<suporte@agencia.test>")).startswith("451")


async def test_too_many_recipients_are_asked_to_come_in_another_mail(place: Place) -> None:
    async with Client(place.port) as client:
        await client.say("MAIL FROM:<>")
        for number in range(MOST_RECIPIENTS):
            assert (await client.say(f"RCPT TO:<suporte+{number}@agencia.test>")).startswith("250")
        assert (await client.say("RCPT TO:<suporte@agencia.test>")).startswith("452")


@pytest.mark.parametrize("error", [ConnectionError("away"), TimeoutError(), NobodysMail("x"), RuntimeError("bug")])
async def test_what_is_not_stored_is_not_acknowledged(place: Place, error: Exception) -> None:
    place.box.fails_with = error
    async with Client(place.port) as client:
        assert (await client.mail(a_mail())).startswith("451")
        place.box.fails_with = None
        assert (await client.mail(a_mail())).startswith("250")


async def test_the_sender_of_reports_is_nobody(place: Place) -> None:
    async with Client(place.port) as client:
        assert (await client.mail(a_mail(), sender="")).startswith("250")

    assert place.box.mails[0][1].sender == ""


async def test_one_connection_too_many_is_sent_away() -> None:
    async with an_open_place(smtp_connections=1) as place, Client(place.port) as first:
        async with Client(place.port) as second:
            assert second.greeting.startswith("421")
        assert (await first.mail(a_mail())).startswith("250")


async def test_closing_lets_a_mail_that_is_being_stored_finish() -> None:
    async with an_open_place() as place, Client(place.port) as busy, Client(place.port) as idle:
        storing, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            storing.set()
            await go_on.wait()

        place.box.meanwhile = slowly
        answer = asyncio.create_task(busy.mail(a_mail()))
        await storing.wait()
        closing = asyncio.create_task(place.door.stop())
        assert (await idle.answer()).startswith("421")
        go_on.set()

        assert (await answer).startswith("250")
        assert (await busy.answer()).startswith("421")
        await closing
        with pytest.raises(ConnectionRefusedError):
            async with Client(place.port):
                pass


async def test_a_client_that_leaves_in_the_middle_leaves_nothing(place: Place) -> None:
    async with Client(place.port) as client:
        await client.start_mail()
        await client.send(b"Subject: meio\r\n\r\nmeia")
    async with Client(place.port) as client:
        assert (await client.mail(a_mail())).startswith("250")

    assert len(place.box.mails) == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("DATA", "503"),
        ("RCPT TO:<a@b.test>", "503"),
        ("MAIL FROM:", "553"),
        ("AUTH PLAIN AGEAYg==", "5"),
        ("XYZ", "500"),
    ],
)
async def test_commands_out_of_order_are_refused(place: Place, line: str, code: str) -> None:
    async with Client(place.port) as client:
        assert (await client.say(line)).startswith(code)
