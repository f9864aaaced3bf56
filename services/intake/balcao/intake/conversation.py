"""One connection at a mail door: the commands, their limits, STARTTLS, and a mail's bytes exactly as they were sent."""

import asyncio
import contextlib
import logging
import re
import ssl
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from balcao.intake.certificate import Certificate
from balcao.intake.client_limits import ClientLimits
from balcao.intake.domain.addresses import normal_address
from balcao.intake.domain.charsets import clean
from balcao.intake.settings import Settings

MOST_ERRORS = 20
"""Refused commands and recipients in a row, with no mail taken between them; then the client is sent away."""
MOST_COMMANDS = 500
"""Commands from one mail to the next."""
_MOST_LINE = 16 * 1024
"""A command's line that goes past it is not read to its end."""
_MOST_COMMAND = 2048
_CHUNK = 256 * 1024
_HANDSHAKE_WITHIN_S = 30.0
_GONE_WITHIN_S = 10.0
_PATH = re.compile(r"<([^<>\x00-\x20]*)>\s*(.*)|([^<>\s\x00-\x20]+)\s*(.*)", re.DOTALL)

# Its own log has addresses in it, and on debug the mails themselves.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Door(Protocol):
    """What a connection needs of the server it came to."""

    settings: Settings
    limits: ClientLimits
    certificate: Certificate | None
    closing: bool

    def enter(self, conversation: "Conversation", client: str) -> str | None:
        """Let a connection in; or the answer that sends it away."""

    def leave(self, conversation: "Conversation", client: str) -> None:
        """A connection that was let in has ended."""

    def refused(self, why: str) -> None:
        """Count something that was refused."""

    def claim(self, size: int) -> bool:
        """Whether there is room in memory for so many bytes more; they count until `release`."""

    def release(self, size: int) -> None:
        """Bytes that were claimed are not held any more."""

    async def take(self, raw: bytes, session: Session, envelope: Envelope) -> Sequence[str]:
        """Take a mail in; the answers."""

    def answers(self, envelope: Envelope, answer: str) -> Sequence[str]:
        """One answer for the whole mail, as often as the protocol wants it."""


class _TooLarge(Exception):
    pass


class _NoRoom(Exception):
    pass


class Conversation(SMTP):
    """aiosmtpd's protocol, with DATA read in chunks instead of line by line (a third of the cost), limits, and a
    STARTTLS that uses what asyncio offers for it."""

    line_length_limit = _CHUNK  # of the reader; a line of text may be as long as the mail
    command_size_limit = _MOST_COMMAND

    def __init__(self, door: Door) -> None:
        super().__init__(
            door,
            data_size_limit=door.settings.most_mail_bytes,
            enable_SMTPUTF8=True,
            hostname=door.settings.smtp_name,
            ident="Balcao",
            timeout=door.settings.smtp_idle_s,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd's own is one for all connections, and grows with every EHLO.
        self.command_size_limits = defaultdict(lambda: _MOST_COMMAND)
        self._door = door
        self._client = ""
        self._trusted = False
        self._busy = False
        self._storing = False
        self._in_handshake = False
        self._refused = False
        self._line = 0
        self._errors = 0
        self._commands = 0
        self._claimed = 0
        self._until = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self._client = str(peer[0]) if peer else ""
        self._trusted = self._door.limits.trusts(self._client)
        if (answer := self._door.enter(self, self._client)) is not None:
            self._refused = True
            # Not by isinstance: uvloop's transports are none of asyncio's classes.
            cast("asyncio.Transport", transport).write(answer.encode() + b"\r\n")
            transport.close()
            return
        self._begin_patience()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._refused:
            self._door.leave(self, self._client)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if not self._busy:
            end = data.rfind(b"\n")
            self._line = self._line + len(data) if end < 0 else len(data) - end - 1
            if self._line > _MOST_LINE:
                self._refused_by("line")
                self._write("500 5.5.2 Command line too long, goodbye")
                self.hang_up()
                return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._refused else super().eof_received()

    @property
    def over_tls(self) -> bool:
        """Whether what is said can't be overheard."""
        return self.session is not None and self.session.ssl is not None

    async def push(self, status: str) -> None:  # type: ignore[override] # bytes are never pushed
        """Answer; whoever makes too many mistakes, or talks and talks, is sent away."""
        await super().push(status)
        self._commands += 1
        if status.startswith("5"):
            self._errors += 1
        if status.startswith("552") and not self._busy:  # announced with MAIL, where aiosmtpd answers
            self._refused_by("size")
        if self._errors >= MOST_ERRORS:
            await self._goodbye("421 4.7.0 Too many errors, goodbye", "errors")
        if self._commands >= MOST_COMMANDS:
            await self._goodbye("421 4.7.0 Too many commands without a mail, goodbye", "commands")

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802 - named after the command
        """Greet, and say what is offered."""
        await self._greet("EHLO", hostname)

    async def _greet(self, verb: str, hostname: str | None) -> None:
        if not hostname:
            await self.push(f"501 5.5.4 Syntax: {verb} hostname")
            return
        self.envelope = self._create_envelope()
        assert self.session is not None
        self.session.extended_smtp = True
        self.session.host_name = hostname
        offers = [self.hostname, f"SIZE {self.data_size_limit}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
        if self._door.certificate is not None and not self.over_tls:
            offers.append("STARTTLS")
        lines = [f"250-{offer}" for offer in offers] + ["250 ENHANCEDSTATUSCODES"]
        await self.push("\r\n".join(lines))

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802 - named after the command
        """Go on over TLS (RFC 3207). What was said before is forgotten, and what was sent ahead is not listened to."""
        if arg:
            await self.push("501 5.5.4 Syntax: STARTTLS")
            return
        if self._door.certificate is None:
            await self.push("502 5.5.1 TLS is not offered here")
            return
        if self.over_tls:
            await self.push("503 5.5.1 TLS is on already")
            return
        context = self._door.certificate.context()
        await self.push("220 2.0.0 Go ahead")
        try:
            await self._shake_hands(context)
        except (ssl.SSLError, OSError, TimeoutError):
            self._refused_by("tls_handshake")
            self.hang_up(at_once=True)
            await self._ended()

    async def _shake_hands(self, context: ssl.SSLContext) -> None:
        # Commands that an attacker put into the open part must not be taken for the client's (CVE-2011-0411). Nothing
        # may be awaited between this line and the upgrade.
        self._reader._buffer.clear()  # type: ignore[attr-defined]
        self._in_handshake = True
        try:
            transport = await self.loop.start_tls(
                cast("asyncio.WriteTransport", self.transport),
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=min(_HANDSHAKE_WITHIN_S, self._door.settings.smtp_idle_s),
            )
        finally:
            self._in_handshake = False
        if transport is None:
            raise ConnectionResetError("the client left during the handshake")
        self.transport = self._reader._transport = self._writer._transport = transport  # type: ignore[attr-defined]
        self._line = 0
        self.envelope = self._create_envelope()
        assert self.session is not None
        self.session.ssl = transport.get_extra_info("ssl_object")
        self.session.host_name = None
        self._reset_timeout()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - named after the command
        """Begin a mail, if the client may."""
        if self._door.settings.smtp_require_tls and not self.over_tls and not self._trusted:
            await self.push("530 5.7.0 Mail is taken over TLS only: say STARTTLS first")
            return
        if not self._trusted and not self._door.limits.mail(self._client):
            self._refused_by("client_mails")
            await self.push("451 4.7.1 Too many mails from you in this minute, try again later")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - named after the command
        """Name a recipient, if the client may."""
        if not self._trusted and not self._door.limits.recipient(self._client):
            self._refused_by("client_recipients")
            await self.push("451 4.7.1 Too many recipients from you in this minute, try again later")
            return
        await super().smtp_RCPT(arg)

    async def smtp_AUTH(self, _: str | None) -> None:  # noqa: N802 - named after the command
        """There is no login: a mail is taken for its recipients, whoever brings it."""
        await self.push("502 5.5.1 There is no login here")

    async def smtp_VRFY(self, _: str | None) -> None:  # noqa: N802 - named after the command
        """Addresses are not told to who only asks."""
        await self.push("252 2.1.5 Send the mail and see")

    async def smtp_HELP(self, _: str | None) -> None:  # noqa: N802 - named after the command
        """Nothing that RFC 5321 doesn't say."""
        await self.push("214 2.0.0 See RFC 5321")

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
        self._begin_patience()
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            answers = await self._taken(session, envelope)
            self.envelope = self._create_envelope()
            for answer in answers:
                await self.push(answer)
        except TimeoutError:
            await self._goodbye("421 4.4.2 It took too long, goodbye", "slow")
        finally:
            self._busy = False
            self._line = 0
        if self._door.closing:
            await self.finish()

    async def _taken(self, session: Session, envelope: Envelope) -> Sequence[str]:
        """The answers to a mail; whatever memory it was given is given back."""
        try:
            async with asyncio.timeout(self._door.settings.smtp_mail_within_s):
                content = await self._read_data()
            self._storing = True
            answers = await self._door.take(content, session, envelope)
            self._errors = self._commands = 0
            return answers
        except _TooLarge:
            self._refused_by("size")
            return self._door.answers(envelope, f"552 5.3.4 A mail may have at most {self.data_size_limit} bytes")
        except _NoRoom:
            self._refused_by("memory")
            return self._door.answers(envelope, "452 4.3.1 Too many mails at once, try again later")
        finally:
            self._storing = False
            self._door.release(self._claimed)
            self._claimed = 0
            self._begin_patience()
            self._reset_timeout()

    async def _read_data(self) -> bytes:
        """Everything up to the line with the lone dot, transparency dots removed (RFC 5321, 4.5.2).

        Only CR LF . CR LF ends a mail. What looks similar (LF . LF, CR . CR, …) is text of this mail and stays in it:
        were it an end, a sender could smuggle a second mail past the checks of the server that passes it on.
        Raises `_TooLarge` and `_NoRoom` once the end has come, so that the sender hears why.
        """
        most = self._door.settings.most_mail_bytes
        data = bytearray()
        seen = 0
        has_room = True
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
            has_room = has_room and (seen > most + 5 or self._claims(len(piece)))
            if found and (data.endswith(b"\r\n.\r\n") or seen == 3):
                break
            if seen > most + 5 or not has_room:
                del data[:-4]  # enough to see the end
        if seen - 3 > most:
            raise _TooLarge
        if not has_room:
            raise _NoRoom
        del data[-3:]
        return _without_transparency(data)

    def _claims(self, size: int) -> bool:
        if not self._door.claim(size):
            return False
        self._claimed += size
        return True

    async def finish(self) -> None:
        """Say goodbye, unless a mail is just being taken: then after it."""
        if self._busy:
            return
        if not self._in_handshake:
            self._write("421 4.3.2 Closing for a moment, try again")
        self.hang_up()

    def hang_up(self, *, at_once: bool = False) -> None:
        """Close the connection, after what was written has gone out unless it must be at once; a client that doesn't
        read is not waited for long."""
        transport = cast("asyncio.Transport | None", self.transport)
        if transport is None:
            return
        if at_once:
            transport.abort()
        else:
            transport.close()
            self.loop.call_later(_GONE_WITHIN_S, transport.abort)

    async def _goodbye(self, answer: str, why: str) -> None:
        """Send the client away; nothing else of this conversation is done."""
        self._refused_by(why)
        self._write(answer)
        self.hang_up()
        await self._ended()

    async def _ended(self) -> None:
        assert self._handler_coroutine is not None
        self._handler_coroutine.cancel()
        await asyncio.sleep(0)  # which is where the cancelling comes

    def _write(self, answer: str) -> None:
        # The last: what asyncio's TLS transport raises once it is closed.
        with contextlib.suppress(ConnectionError, RuntimeError, AttributeError):
            self._writer.write(answer.encode() + b"\r\n")

    def _refused_by(self, why: str) -> None:
        self._door.refused(why)

    def _begin_patience(self) -> None:
        self._until = self.loop.time() + self._door.settings.smtp_mail_within_s

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Wait for the next word as long as a client may be idle, and never past the time for the whole mail."""
        left = max(self._until - self.loop.time(), 0.001)
        super()._reset_timeout(min(duration or self._door.settings.smtp_idle_s, left))

    def _timeout_cb(self) -> None:
        if self._storing or self._in_handshake:
            return  # these have limits of their own
        self._refused_by("idle")
        self._write("421 4.4.2 You said nothing for too long, goodbye")
        self.hang_up()

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
