"""A real SMTP server that takes mails, and misbehaves on demand."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

TAKEN = "250 OK"
DROP = "drop"
"""An answer that is none: the connection is cut."""


@dataclass(frozen=True)
class Received:
    """A mail whose content arrived, whatever was answered then."""

    sender: str
    recipient: str
    content: bytes
    answer: str

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(self.message["message-id"])


class Sink:
    """Takes everything unless told otherwise: `at_sender`, `at_recipient`, `at_content` choose the answer to a mail."""

    def __init__(self, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.secure = 0
        self.at_sender: Callable[[str], str] = lambda _: TAKEN
        self.at_recipient: Callable[[str], str] = lambda _: TAKEN
        self.at_content: Callable[[str], str] = lambda _: TAKEN
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._open: set[SMTP] = set()
        self._tls = tls
        self._login = login
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen, on a port of the system's choice when none is given."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._conversation, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut all conversations."""
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()
            self._server = None

    def cut(self) -> None:
        """Cut all conversations, as a relay does with idle ones."""
        for conversation in self._open:
            _cut(conversation)
        self._open.clear()

    @property
    def taken(self) -> list[Received]:
        """The mails that were acknowledged."""
        return [one for one in self.received if one.answer == TAKEN]

    def to(self, address: str | None) -> list[Received]:
        """The mails to one address whose content arrived."""
        return [one for one in self.received if one.recipient == address]

    def _conversation(self) -> SMTP:
        conversation = SMTP(
            self,
            hostname="sink.example",
            enable_SMTPUTF8=False,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            auth_required=self._login is not None,
            authenticator=self._check_login if self._login else None,
        )
        self._open.add(conversation)
        self.connections += 1
        return conversation

    def _check_login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self._login, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a sender."""
        del session
        answer = self.at_sender(address)
        if answer == DROP:
            _cut(server)
        elif answer == TAKEN:
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        del session
        answer = self.at_recipient(address)
        if answer == DROP:
            _cut(server)
        elif answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to the content."""
        (recipient,) = envelope.rcpt_tos
        answer = self.at_content(recipient)
        assert isinstance(envelope.content, bytes)
        self.secure += session.ssl is not None
        self.received.append(Received(envelope.mail_from or "", recipient, envelope.content, answer))
        await self.may_answer.wait()
        if answer == DROP:
            _cut(server)
        return answer


def _cut(conversation: SMTP) -> None:
    if isinstance(conversation.transport, asyncio.Transport):
        conversation.transport.abort()
