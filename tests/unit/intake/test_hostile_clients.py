"""Clients that mean no good at the mail doors: each is sent away in words, and nobody else pays for it."""

import asyncio
import contextlib
from typing import Any

import pytest

from balcao.intake import conversation
from tests.unit.intake.builders import a_mail
from tests.unit.intake.door import MOST, Place, an_open_place
from tests.unit.intake.talking import Client

UNTRUSTED: dict[str, Any] = {"smtp_trusted": ""}


async def serves_others(place: Place) -> bool:
    """Whether a mail of somebody else is taken."""
    async with Client(place.port) as client:
        return (await client.mail(a_mail("de outro\r\n"))).startswith("250")


async def goodbye(client: Client) -> str:
    """The last thing that the server says before it hangs up."""
    last = ""
    with contextlib.suppress(ConnectionError):
        while line := await client.answer():
            last = line
    return last


async def test_a_command_line_that_never_ends_is_not_collected() -> None:
    async with an_open_place() as place:
        async with Client(place.port) as client:
            with contextlib.suppress(ConnectionError):
                for _ in range(64):
                    await client.send(b"x" * 64 * 1024)
            assert await client.hung_up()
        assert await serves_others(place)


@pytest.mark.parametrize("line", [b"\x00\x00\x00", b"MAIL\x00FROM:<a@b.test>", b"\xff\xfe", b"", b"EHLO"])
async def test_rubbish_is_refused_and_too_much_of_it_ends_the_conversation(line: bytes) -> None:
    async with an_open_place() as place:
        async with Client(place.port) as client:
            await client.send((line + b"\r\n") * (conversation.MOST_ERRORS + 5))
            assert (await goodbye(client)).startswith(("421 4.7.0 Too many errors", "502 5.5.1 Too many unrecognized"))
        assert await serves_others(place)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"MAIL FROM:<a\x00b@cliente.test>", "553"),
        (b"VRFY \xff\xfe", "252"),
        (b"HELP \xff", "214"),
        (b"EXPN todos", "502"),
        (b"MAIL FROM:<a@b.test> SIZE=\xc2\xb2", "4"),
    ],
)
async def test_strange_arguments_are_answered_like_any_others(command: bytes, code: str) -> None:
    async with an_open_place() as place, Client(place.port) as client:
        await client.send(command + b"\r\n")
        assert (await client.answer()).startswith(code)
        assert (await client.mail(a_mail())).startswith("250")


async def test_whoever_guesses_addresses_is_sent_away() -> None:
    async with an_open_place() as place, Client(place.port) as client:
        await client.say("MAIL FROM:<>")
        for number in range(conversation.MOST_ERRORS):
            assert (await client.say(f"RCPT TO:<nome{number}@agencia.test>")).startswith("550")
        assert (await client.answer()).startswith("421")


async def test_mistakes_are_forgiven_with_each_mail_that_is_taken() -> None:
    async with an_open_place() as place, Client(place.port) as client:
        for _ in range(3):
            await client.say("MAIL FROM:<>")
            for number in range(conversation.MOST_ERRORS - 2):
                assert (await client.say(f"RCPT TO:<nome{number}@agencia.test>")).startswith("550")
            await client.say("RSET")
            assert (await client.mail(a_mail())).startswith("250")


async def test_whoever_only_talks_is_sent_away() -> None:
    async with an_open_place() as place, Client(place.port) as client:
        await client.send(b"NOOP\r\n" * (conversation.MOST_COMMANDS + 5))
        assert (await goodbye(client)).startswith("421 4.7.0 Too many commands")


async def test_a_client_that_says_nothing_is_let_go_in_words() -> None:
    async with an_open_place(smtp_idle_s=0.3) as place, Client(place.port) as client:
        assert (await client.answer()).startswith("421 4.4.2")
        assert await client.hung_up()


async def test_a_mail_that_drips_in_is_cut_off_though_it_is_never_idle() -> None:
    async with an_open_place(smtp_idle_s=2, smtp_mail_within_s=1.0) as place:
        async with Client(place.port) as slow:
            await slow.start_mail()

            async def drip() -> None:
                while True:
                    await slow.send(b"x.\r\n")
                    await asyncio.sleep(0.05)

            dripping = asyncio.create_task(drip())
            assert (await slow.answer()).startswith("421 4.4.2")
            dripping.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await dripping
        assert await serves_others(place)
        assert len(place.box.mails) == 1


async def test_commands_now_and_then_don_t_keep_a_connection_for_ever() -> None:
    """Slowloris: never idle for long, and never a mail."""
    async with an_open_place(smtp_idle_s=2, smtp_mail_within_s=1.0) as place, Client(place.port) as client:
        with contextlib.suppress(ConnectionError, AssertionError):
            for _ in range(600):
                assert (await client.say("NOOP")).startswith("250")
                await asyncio.sleep(0.05)
        assert await client.hung_up()


async def test_many_idle_connections_of_one_client_leave_room_for_others() -> None:
    async with an_open_place(**UNTRUSTED, smtp_client_connections=3) as place:
        async with Client(place.port), Client(place.port), Client(place.port) as third:
            async with Client(place.port) as fourth:
                assert fourth.greeting.startswith("421 4.7.0")
            assert (await third.mail(a_mail())).startswith("250")
        async with asyncio.timeout(30):
            while not (await _greeting(place)).startswith("220"):
                await asyncio.sleep(0.02)


async def test_more_mails_than_a_client_may_send_wait_with_their_sender() -> None:
    async with an_open_place(**UNTRUSTED, smtp_client_mails_per_minute=2) as place, Client(place.port) as client:
        for _ in range(2):
            assert (await client.mail(a_mail())).startswith("250")
        assert (await client.say("MAIL FROM:<dora@cliente.test>")).startswith("451 4.7.1")


async def test_more_recipients_than_a_client_may_name_wait_with_their_sender() -> None:
    async with an_open_place(**UNTRUSTED, smtp_client_recipients_per_minute=2) as place, Client(place.port) as client:
        await client.say("MAIL FROM:<dora@cliente.test>")
        for number in range(2):
            assert (await client.say(f"RCPT TO:<suporte+{number}@agencia.test>")).startswith("250")
        assert (await client.say("RCPT TO:<suporte@agencia.test>")).startswith("451 4.7.1")
        await client.say("DATA")
        await client.send(a_mail() + b".\r\n")
        assert (await client.answer()).startswith("250")


async def test_memory_for_mails_under_way_is_bounded_over_all_connections() -> None:
    async with an_open_place(smtp_bytes_at_once=MOST) as place:
        async with Client(place.port) as first, Client(place.port) as second:
            await first.start_mail()
            await first.send(b"x" * (MOST - 1000))
            async with asyncio.timeout(30):
                while place.door._claimed == 0:
                    await first.send(b"y.\r\n")
                    await asyncio.sleep(0.02)
            assert (await second.mail(b"x" * 50_000 + b"\r\n")).startswith("452 4.3.1")
            await first.send(b"\r\n.\r\n")
            assert (await first.answer()).startswith("250")
            assert (await second.mail(b"x" * 50_000 + b"\r\n")).startswith("250")
        assert place.door._claimed == 0


async def test_a_client_that_does_not_read_its_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "_GONE_WITHIN_S", 0.2)
    async with an_open_place(smtp_connections=1) as place, Client(place.port):
        (server,) = place.door._open
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.write(b"x" * 16_000_000)
        server.hang_up()
        async with asyncio.timeout(30):
            while place.door._open:
                await asyncio.sleep(0.05)
        assert await serves_others(place)


async def _greeting(place: Place) -> str:
    async with Client(place.port) as client:
        return client.greeting
