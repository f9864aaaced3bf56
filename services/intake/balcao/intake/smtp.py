"""The SMTP door: who may hand over a mail for whom, and the promise that 250 means it is stored durably."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from aiosmtpd.smtp import Envelope, Session
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge

from balcao.intake.certificate import Certificate
from balcao.intake.client_limits import ClientLimits
from balcao.intake.conversation import Conversation
from balcao.intake.domain.addresses import normal_address
from balcao.intake.domain.charsets import clean
from balcao.intake.domain.mail import Delivery
from balcao.intake.reception import Kept, NobodysMail
from balcao.intake.settings import Settings
from balcao.shared import telemetry
from balcao.shared.clock import now

MOST_RECIPIENTS = 100
STORED_WITHIN_S = 30.0
"""Long enough for a database that is just restarting; then the sender keeps the mail."""
_CLOSED_WITHIN_S = 12.0
_BACKLOG = 256
_KEEP = "451 4.3.0 Could not be stored, try again later"

REFUSED = Counter("balcao_smtp_refused_total", "What was refused at the mail doors.", ["why"])
CONNECTIONS = Gauge("balcao_smtp_connections", "Connections open at the mail doors.", ["door"])

_log = structlog.get_logger()


class Recipients(Protocol):
    """Who knows for which addresses mail is taken."""

    async def knows(self, address: str) -> bool:
        """Whether somebody here has this address; any error means that nobody can say now."""


class Receiver(Protocol):
    """Who takes mails in."""

    async def receive(self, raw: bytes, delivery: Delivery) -> tuple[Kept, ...]:
        """Return what was kept once it is durable; any error means that it is not."""

    async def receive_for_each(self, raw: bytes, delivery: Delivery) -> Mapping[str, Kept | BaseException]:
        """The same for each recipient by itself."""


class SmtpDoor:
    """The listening server, and what it answers."""

    name = "smtp"

    def __init__(
        self,
        settings: Settings,
        recipients: Recipients,
        receiver: Receiver,
        *,
        limits: ClientLimits | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        """`limits` and `certificate` may be shared by several doors; there is no TLS without a certificate."""
        self.settings = settings
        self.closing = False
        self.limits = limits or ClientLimits(settings)
        self.certificate = certificate
        self._recipients = recipients
        self._receiver = receiver
        self._open: set[Conversation] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._claimed = 0
        self._server: asyncio.Server | None = None

    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.settings.smtp_host, self.settings.smtp_port

    def conversation(self) -> Conversation:
        """What a new connection is served by."""
        return Conversation(self)

    async def start(self) -> None:
        """Open the door."""
        host, port = self.address()
        self._server = await asyncio.get_running_loop().create_server(self.conversation, host, port, backlog=_BACKLOG)
        _log.info(f"{self.name}.open", port=port, tls=self.certificate is not None)

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
            conversation.hang_up(at_once=True)
        _log.info(f"{self.name}.closed")

    def enter(self, conversation: Conversation, client: str) -> str | None:
        """Let a connection in while there is room for one more, all told and of this client."""
        if self.closing or len(self._open) >= self.settings.smtp_connections:
            self.refused("connections")
            return "421 4.3.2 Too many connections, try again later"
        if not self.limits.connect(client):
            self.refused("client_connections")
            return "421 4.7.0 Too many connections from you, close one first"
        self._open.add(conversation)
        self._empty.clear()
        CONNECTIONS.labels(self.name).inc()
        return None

    def leave(self, conversation: Conversation, client: str) -> None:
        """One less."""
        if conversation not in self._open:
            return
        self._open.discard(conversation)
        self.limits.disconnect(client)
        CONNECTIONS.labels(self.name).dec()
        if not self._open:
            self._empty.set()

    def refused(self, why: str) -> None:
        """Count something that was refused."""
        REFUSED.labels(why).inc()

    def claim(self, size: int) -> bool:
        """Whether there is room in memory for so many bytes more. One mail alone always has room."""
        if self._claimed and self._claimed + size > self.settings.smtp_bytes_at_once:
            return False
        self._claimed += size
        return True

    def release(self, size: int) -> None:
        """Bytes that were claimed are not held any more."""
        self._claimed -= size

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, _: Conversation, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Whether somebody here takes mail for this address; asked early, so that a wrong one comes back at once."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            self.refused("recipients")
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
            self.refused("unknown_recipient")
            return "550 5.1.1 Nobody here has this address"
        envelope.rcpt_tos.append(wanted)
        return "250 2.1.5 OK"

    async def take(self, raw: bytes, session: Session, envelope: Envelope) -> Sequence[str]:
        """Take a mail in; 250 only once it is durable, 451 for everything that may work later."""
        with telemetry.span("intake.receive_mail", SpanKind.SERVER, mail_size=len(raw)):
            try:
                async with asyncio.timeout(STORED_WITHIN_S):
                    return await self._receive(raw, delivery_of(session, envelope), envelope)
            except Exception as error:  # the sender's server keeps the mail and tries again
                return self.answers(envelope, not_kept(error))

    async def _receive(self, raw: bytes, delivery: Delivery, envelope: Envelope) -> Sequence[str]:
        kept = await self._receiver.receive(raw, delivery)
        return self.answers(envelope, kept_as(kept[0]))

    def answers(self, envelope: Envelope, answer: str) -> Sequence[str]:
        """One for the whole mail."""
        del envelope
        return (answer,)

    async def handle_exception(self, error: Exception) -> str:
        """The last line against surprises in a conversation."""
        _log.error("smtp.failed", exc_info=error)
        return "451 4.3.0 Something broke, try again later"


def delivery_of(session: Session, envelope: Envelope) -> Delivery:
    """How a mail came, by what was said before it."""
    sender = "" if envelope.mail_from == "<>" else clean(envelope.mail_from or "")
    return Delivery(
        received_at=now(),
        recipients=tuple(dict.fromkeys(envelope.rcpt_tos)),
        sender=sender.lower(),
        client=str(session.peer[0]) if session.peer else "",
        helo=clean(session.host_name or "")[:255],
    )


def kept_as(kept: Kept) -> str:
    """The answer to a mail that is durable."""
    return f"250 2.0.0 Kept as {kept.id}"


def not_kept(error: BaseException) -> str:
    """The answer to a mail that is not, noted in the log."""
    if isinstance(error, NobodysMail):
        # The recipients were known a moment ago: the companies have just changed.
        return "451 4.3.0 Try again later"
    _log.error("mail.not_stored", error=type(error).__name__, reason=str(error)[:200])
    return _KEEP
