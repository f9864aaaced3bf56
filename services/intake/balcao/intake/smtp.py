"""The SMTP door: who may hand over a mail for whom, and the promise that 250 means it is stored durably."""

import asyncio
import contextlib
import logging
import re
from typing import Protocol, cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from opentelemetry.trace import SpanKind

from balcao.intake.domain.addresses import normal_address
from balcao.intake.domain.charsets import clean
from balcao.intake.domain.mail import Delivery
from balcao.intake.reception import NobodysMail
from balcao.intake.settings import Settings
from balcao.shared import telemetry
from balcao.shared.clock import now

MOST_RECIPIENTS = 100
_CHUNK = 256 * 1024
_IDLE_S = 300.0
_DATA_WITHIN_S = 900.0
STORED_WITHIN_S = 30.0
"""Long enough for a database that is just restarting; then the sender keeps the mail."""
_CLOSED_WITHIN_S = 12.0
_PATH = re.compile(r"<([^<>\x00-\x20]*)>\s*(.*)|([^<>\s\x00-\x20]+)\s*(.*)", re.DOTALL)

_log = structlog.get_logger()
# Its own log has addresses in it, and on debug the mails themselves.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Recipients(Protocol):
    """Who knows for which addresses mail is taken."""

    async def knows(self, address: str) -> bool:
        """Whether somebody here has this address; any error means that nobody can say now."""


class Receiver(Protocol):
    """Who takes mails in."""

    async def receive(self, raw: bytes, delivery: Delivery) -> tuple[str, ...]:
        """Return the mail's ids once it is durable; any error means that it is not."""


class _TooLarge(Exception):
    pass


class _Conversation(SMTP):
    """One connection. aiosmtpd's protocol, with DATA read in chunks instead of line by line (a third of the cost)."""

    line_length_limit = _CHUNK  # of the reader; a line of text may be as long as the mail

    def __init__(self, door: "SmtpDoor") -> None:
        super().__init__(
            door,
            data_size_limit=door.settings.most_mail_bytes,
            enable_SMTPUTF8=True,
            hostname=door.settings.smtp_name,
            ident="Balcao",
            timeout=_IDLE_S,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._busy = False
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._door.enter(self):
            self._refused = True
            # Not by isinstance: uvloop's transports are none of asyncio's classes.
            cast("asyncio.Transport", transport).write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._refused:
            self._door.leave(self)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._refused else super().eof_received()

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - named after the command
        """Take the mail's text, store it, answer. The connection stays open for the next one."""
        if await self.check_helo_needed():
            return
        session, envelope = self.session, self.envelope
        assert session is not None
        assert envelope is not None
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        self._busy = True
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            try:
                async with asyncio.timeout(_DATA_WITHIN_S):
                    content = await self._read_data()
                answer = await self._door.take(content, session, envelope)
            except _TooLarge:
                answer = f"552 5.3.4 A mail may have at most {self.data_size_limit} bytes"
            self.envelope = self._create_envelope()
            await self.push(answer)
        except TimeoutError:
            await self.push("421 4.4.2 It took too long")
            self._door.hang_up(self)
        finally:
            self._busy = False
        if self._door.closing:
            await self.finish()

    async def _read_data(self) -> bytes:
        """Everything up to the line with the lone dot, transparency dots removed (RFC 5321, 4.5.2).

        Only CR LF . CR LF ends a mail. What looks similar (LF . LF, CR . CR, …) is text of this mail and stays in it:
        were it an end, a sender could smuggle a second mail past the checks of the server that passes it on.
        Raises `_TooLarge` once the end has come, so that the sender hears why.
        """
        most = self._door.settings.most_mail_bytes
        data = bytearray()
        seen = 0
        while True:
            try:
                piece = await self._reader.readuntil(b".\r\n")
                found = True
            except asyncio.LimitOverrunError as error:
                piece = await self._reader.readexactly(error.consumed)
                found = False
            except asyncio.IncompleteReadError:
                raise ConnectionResetError("the client left during DATA") from None
            self._reset_timeout()
            data += piece
            seen += len(piece)
            if found and (data.endswith(b"\r\n.\r\n") or seen == 3):
                break
            if seen > most + 5:
                del data[:-4]  # enough to see the end
        if seen - 3 > most:
            raise _TooLarge
        del data[-3:]
        return _without_transparency(data)

    async def finish(self) -> None:
        """Say goodbye, unless a mail is just being taken: then after it."""
        if not self._busy:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self.push("421 4.3.2 Closing for a moment, try again")
            self._door.hang_up(self)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The path in MAIL and RCPT and what follows it; aiosmtpd's way through the full grammar costs far more."""
        match = _PATH.match(arg.strip())
        if match is None:
            return None, None
        path, rest = (match[1], match[2]) if match[1] is not None else (match[3], match[4])
        if path == "":
            return "<>", rest
        return (path, rest) if normal_address(clean(path)) is not None else (None, None)


def _without_transparency(data: bytearray) -> bytes:
    if data[:1] == b".":
        del data[:1]
    return bytes(data.replace(b"\r\n.", b"\r\n")) if b"\r\n." in data else bytes(data)


class SmtpDoor:
    """The listening server, and what it answers."""

    def __init__(self, settings: Settings, recipients: Recipients, receiver: Receiver) -> None:
        self.settings = settings
        self.closing = False
        self._recipients = recipients
        self._receiver = receiver
        self._open: set[_Conversation] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Open the door."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Conversation(self), self.settings.smtp_host, self.settings.smtp_port, backlog=256
        )
        _log.info("smtp.open", port=self.settings.smtp_port)

    async def stop(self) -> None:
        """Close the door: nobody new comes in, mails that are being taken are finished, the rest is sent away."""
        self.closing = True
        if self._server is None:
            return
        self._server.close()
        for conversation in tuple(self._open):
            await conversation.finish()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSED_WITHIN_S):
                await self._empty.wait()
        for conversation in tuple(self._open):
            self.hang_up(conversation, at_once=True)
        _log.info("smtp.closed")

    def enter(self, conversation: _Conversation) -> bool:
        """Whether there is room for one more."""
        if self.closing or len(self._open) >= self.settings.smtp_connections:
            return False
        self._open.add(conversation)
        self._empty.clear()
        return True

    def leave(self, conversation: _Conversation) -> None:
        """One less."""
        self._open.discard(conversation)
        if not self._open:
            self._empty.set()

    def hang_up(self, conversation: _Conversation, *, at_once: bool = False) -> None:
        """Close a connection, after what was written has gone out unless it must be at once."""
        transport = cast("asyncio.Transport | None", conversation.transport)
        if transport is not None:
            if at_once:
                transport.abort()
            else:
                transport.close()

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, _: _Conversation, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Whether somebody here takes mail for this address; asked early, so that a wrong one comes back at once."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients, send the rest in another mail"
        wanted = normal_address(clean(address))
        if wanted is None:
            return "553 5.1.3 That is no address"
        try:
            async with asyncio.timeout(STORED_WITHIN_S):
                known = await self._recipients.knows(wanted)
        except Exception as error:  # whatever it is, the sender keeps the mail
            _log.warning("smtp.recipients_unknowable", reason=type(error).__name__)
            return "451 4.3.0 Can't tell just now, try again later"
        if not known:
            return "550 5.1.1 Nobody here has this address"
        envelope.rcpt_tos.append(wanted)
        return "250 2.1.5 OK"

    async def take(self, raw: bytes, session: Session, envelope: Envelope) -> str:
        """Take a mail in; 250 only once it is durable, 451 for everything that may work later."""
        sender = "" if envelope.mail_from == "<>" else clean(envelope.mail_from or "")
        delivery = Delivery(
            received_at=now(),
            recipients=tuple(dict.fromkeys(envelope.rcpt_tos)),
            sender=sender.lower(),
            client=str(session.peer[0]) if session.peer else "",
            helo=clean(session.host_name or "")[:255],
        )
        with telemetry.span("intake.receive_mail", SpanKind.SERVER, mail_size=len(raw)):
            try:
                async with asyncio.timeout(STORED_WITHIN_S):
                    ids = await self._receiver.receive(raw, delivery)
            except NobodysMail:
                # The recipients were known a moment ago: the companies have just changed.
                return "451 4.3.0 Try again later"
            except Exception as error:  # the sender's server keeps the mail and tries again
                _log.error("mail.not_stored", error=type(error).__name__, reason=str(error)[:200])
                return "451 4.3.0 Could not be stored, try again later"
        return f"250 2.0.0 Kept as {ids[0]}"

    async def handle_exception(self, error: Exception) -> str:
        """The last line against surprises in a conversation."""
        _log.error("smtp.failed", exc_info=error)
        return "451 4.3.0 Something broke, try again later"
