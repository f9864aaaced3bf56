"""Conversations with IMAP servers that are slow, strange or hostile, played word by word."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from balcao.intake.imap.connection import (
    CommandRefused,
    Connection,
    LoginRefused,
    NotOffered,
    ServerBusy,
)
from balcao.intake.imap.logins import NoSecret, log_in
from balcao.intake.imap.mailbox import ImapMailbox
from balcao.intake.imap.responses import ProtocolError
from tests.unit.intake.certificates import write_certificate

MOST = 10_000
USUAL = {"CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE AUTH=XOAUTH2 STARTTLS\r\n{tag} OK done\r\n"}
Answers = dict[str, str]


class Server:
    """Answers each command by its name, as told; `{tag}` is the command's tag."""

    def __init__(self, answers: Answers, greeting: str = "* OK here\r\n", tls: ssl.SSLContext | None = None) -> None:
        self.said: list[str] = []
        self._answers = {**USUAL, **answers}
        self._greeting = greeting
        self._tls = tls

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        try:
            writer.write(self._greeting.encode())
            while line := (await reader.readline()).decode().strip():
                self.said.append(line)
                tag, _, rest = line.partition(" ")
                name = next((one for one in self._answers if rest.startswith(one) or line == one), None)
                answer = self._answers[name] if name is not None else "{tag} OK done\r\n"
                writer.write(answer.replace("{tag}", tag).encode("latin-1"))
                if rest == "STARTTLS" and self._tls is not None:
                    await writer.drain()
                    await writer.start_tls(self._tls)
        except OSError:
            pass
        finally:
            writer.close()


def a_mailbox(**values: object) -> ImapMailbox:
    """A mailbox that is opened in the given way."""
    usual = {"name": "s", "address": "s@x.test", "host": "127.0.0.1", "user": "suporte"}
    return ImapMailbox.model_validate({**usual, **values})


@asynccontextmanager
async def talking(server: Server) -> AsyncIterator[int]:
    """The port of a running server."""
    running = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()


@asynccontextmanager
async def connected(answers: Answers, greeting: str = "* OK here\r\n") -> AsyncIterator[tuple[Connection, Server]]:
    """A connection to such a server."""
    server = Server(answers, greeting)
    async with (
        talking(server) as port,
        await Connection.open("127.0.0.1", port, None, most_literal=MOST) as connection,
    ):
        yield connection, server


async def test_mail_told_of_in_one_breath_with_the_consent_to_idle_is_heard() -> None:
    """Both come in one packet: whoever waits for the next packet waits in vain."""
    answers = {"IDLE": "+ idling\r\n* 4 EXISTS\r\n", "DONE": "B2 OK idled\r\n"}
    async with connected(answers) as (connection, _):
        await asyncio.wait_for(connection.idle(60, asyncio.Event()), 10)
        assert connection.heard_of_mail()
        assert not connection.heard_of_mail()


async def test_mail_told_of_before_idling_ends_it_at_once() -> None:
    answers = {"NOOP": "* 4 EXISTS\r\n{tag} OK done\r\n", "IDLE": "+ idling\r\n", "DONE": "B3 OK idled\r\n"}
    async with connected(answers) as (connection, _):
        await connection.noop()
        await asyncio.wait_for(connection.idle(60, asyncio.Event()), 10)
        assert connection.heard_of_mail()


async def test_idling_ends_when_the_time_is_over_or_it_shall_stop() -> None:
    answers = {"IDLE": "+ idling\r\n* OK still here\r\n", "DONE": "B2 OK idled\r\n"}
    stop = asyncio.Event()
    async with connected(answers) as (connection, server):
        await connection.idle(0.05, stop)
        assert server.said[-1] == "DONE"
    answers = {"IDLE": "+ idling\r\n", "DONE": "B2 OK idled\r\n"}
    async with connected(answers) as (connection, _):
        stop.set()
        await asyncio.wait_for(connection.idle(60, stop), 10)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"NOOP": "* BYE restarting\r\n"}, ConnectionResetError),
        ({"NOOP": "{tag} NO [UNAVAILABLE] later\r\n"}, ServerBusy),
        ({"NOOP": "{tag} BAD what?\r\n"}, CommandRefused),
        ({"NOOP": "x" * 3_000_000}, ProtocolError),
        ({"NOOP": ""}, TimeoutError),
    ],
    ids=["goodbye", "busy", "refused", "an endless line", "silence"],
)
async def test_every_way_to_fail_has_its_error(
    answers: Answers, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("balcao.intake.imap.connection.ANSWERED_WITHIN_S", 1.0)
    with pytest.raises(error):
        async with connected(answers) as (connection, _):
            await connection.noop()


@pytest.mark.parametrize("greeting", ["* BYE too many\r\n", "+ hello\r\n", "* PREAUTH welcome\r\n"])
async def test_a_server_that_does_not_greet_as_it_should_is_left(greeting: str) -> None:
    with pytest.raises(OSError, match=r"greets|hangs up"):
        async with connected({}, greeting):
            pass


async def test_a_mail_that_is_larger_than_what_was_asked_for_ends_the_connection() -> None:
    """Whatever a server says of sizes, memory is bounded."""
    answers = {"UID FETCH": "* 1 FETCH (UID 1 BODY[]<0> {20000}\r\n" + "x" * 20000 + ")\r\n{tag} OK done\r\n"}
    async with connected(answers) as (connection, _):
        with pytest.raises(ProtocolError):
            await connection.mails([1], 5000)


async def test_what_is_told_of_other_mails_meanwhile_is_not_taken_for_an_answer() -> None:
    answers = {
        "UID FETCH": "* 9 FETCH (FLAGS (\\Seen) UID 9)\r\n* 1 FETCH (UID 1 BODY[]<0> {4}\r\nabcd)\r\n"
        "* 2 FETCH (UID 2 FLAGS ())\r\n{tag} OK done\r\n"
    }
    async with connected(answers) as (connection, server):
        assert await connection.mails([1, 2], 5000) == {1: b"abcd"}
        assert "BODY.PEEK[]<0.5000>" in server.said[-1]


async def test_a_search_to_the_end_leaves_out_the_last_mail_when_it_is_older() -> None:
    async with connected({"UID SEARCH": "* SEARCH 8\r\n{tag} OK done\r\n"}) as (connection, _):
        assert await connection.search(9, None) == []


async def test_a_password_is_sent_quoted_and_never_where_the_server_wants_tls() -> None:
    async with connected({}) as (connection, server):
        await connection.login("suporte", 'a "b" \\')
        assert 'LOGIN "suporte" "a \\"b\\" \\\\"' in server.said[-2]
    async with connected({"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK done\r\n"}) as (
        connection,
        server,
    ):
        with pytest.raises(NotOffered):
            await connection.login("suporte", "segredo")
        assert not any("segredo" in line for line in server.said)


async def test_a_refused_login_is_told_from_a_server_that_is_busy() -> None:
    async with connected({"LOGIN": "{tag} NO [AUTHENTICATIONFAILED] no\r\n"}) as (connection, _):
        with pytest.raises(LoginRefused):
            await connection.login("suporte", "errada")
    async with connected({"LOGIN": "{tag} NO [UNAVAILABLE] the directory is away\r\n"}) as (connection, _):
        with pytest.raises(ServerBusy):
            await connection.login("suporte", "certa")


@pytest.mark.parametrize("way", ["token_file", "token_command"])
async def test_a_token_comes_from_a_file_or_a_command_at_each_login(tmp_path: Path, way: str) -> None:
    path = tmp_path / "token"
    path.write_text("zero")
    mailbox = a_mailbox(**{way: path if way == "token_file" else ("cat", str(path))})
    for token in ("um", "dois"):
        path.write_text(token + "\n")
        sent = base64.b64encode(f"user=suporte\x01auth=Bearer {token}\x01\x01".encode()).decode()
        answers = {"AUTHENTICATE": "+ \r\n", sent: "B2 OK in\r\n"}
        async with connected(answers) as (connection, server):
            await log_in(connection, mailbox)
        assert server.said[1:3] == ["B2 AUTHENTICATE XOAUTH2", sent]


async def test_a_refused_token_is_a_refused_login() -> None:
    """XOAUTH2 says why in a second question, which wants an empty answer."""
    sent = base64.b64encode(b"user=suporte\x01auth=Bearer velho\x01\x01").decode()
    async with connected({"AUTHENTICATE": "+ \r\n", sent: "+ e30=\r\nB2 NO no\r\n"}) as (connection, _):
        with pytest.raises(LoginRefused, match="XOAUTH2"):
            await connection.login_by_token("suporte", "velho")


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "TLS from the start"])
async def test_tls_is_spoken_and_the_certificate_is_looked_at(tmp_path: Path, starttls: bool) -> None:
    shown, secret = write_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(shown, secret)
    server = Server({}, tls=tls)
    running = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=None if starttls else tls)
    port = running.sockets[0].getsockname()[1]
    believing = ssl.create_default_context(cafile=shown)
    try:
        async with await Connection.open("127.0.0.1", port, believing, starttls=starttls, most_literal=MOST) as there:
            await there.login("suporte", "segredo")
        assert any("LOGIN" in line for line in server.said)
        with pytest.raises(ssl.SSLCertVerificationError):
            await Connection.open("127.0.0.1", port, ssl.create_default_context(), starttls=starttls, most_literal=MOST)
    finally:
        running.close()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"CAPABILITY": "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"}, NotOffered),
        ({"STARTTLS": "{tag} OK begin\r\n* CAPABILITY IMAP4rev1 XINJECTED\r\n"}, ProtocolError),
    ],
    ids=["not offered", "words slipped in before it"],
)
async def test_without_starttls_nothing_secret_is_said(answers: Answers, error: type[Exception]) -> None:
    server = Server(answers)
    async with talking(server) as port:
        with pytest.raises(error):
            await Connection.open("127.0.0.1", port, ssl.create_default_context(), starttls=True, most_literal=MOST)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ({"token_command": ("false",)}, "ended with 1"),
        ({"token_command": ("/no/such/program",)}, "can't be run"),
        ({"token_command": ("true",)}, "not one line of text"),
    ],
)
async def test_a_token_that_can_t_be_had_is_said_in_words(way: dict[str, tuple[str, ...]], said: str) -> None:
    mailbox = a_mailbox(**way)
    async with connected({}) as (connection, _):
        with pytest.raises(NoSecret, match=said):
            await log_in(connection, mailbox)
