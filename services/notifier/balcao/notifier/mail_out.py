"""Hands mails to the relay over connections that stay open; tells refusals for good from those for now."""

import asyncio
import re
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiosmtplib
import structlog

from balcao.notifier.letters.mail import Mail

_log = structlog.get_logger()

IDLE_S = 60.0
"""A connection unused for longer is opened anew: routers forget idle ones without a word."""
SHORTEST_AWAY_S = 0.5
LONGEST_AWAY_S = 30.0

_STATUS = re.compile(r"\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\d)")

Tls = Literal["off", "opportunistic", "starttls", "tls"]


class MailRefused(Exception):
    """The relay refused this mail for good (5xx). `status` is the RFC 3463 code in its answer, if it has one."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.status = status_in(said)


class TryLater(Exception):
    """The mail did not go out, or nobody can say whether it did; the same mail may go out later (4xx, broken off)."""


class RefusedForNow(TryLater):
    """The relay refused this recipient or content for now (4xx). `by_domain`: others there may meet the same."""

    def __init__(self, said: str, *, by_domain: bool) -> None:
        super().__init__(said)
        self.by_domain = by_domain


class RelayAway(TryLater):
    """There is no talking to the relay at all now; `wait_s` says for how long not to try. No fault of the mail."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Relay:
    """Where outgoing mail is handed over, and how."""

    host: str
    port: int
    tls: Tls = "opportunistic"
    ca_file: Path | None = None
    user: str = ""
    password: str = ""
    hello: str = "localhost"


class MailOut:
    """A few connections to one relay, used by turns. A relay that is away fails the mails at once, so nobody queues."""

    def __init__(self, relay: Relay, *, connections: int = 4, timeout_s: float = 20.0) -> None:
        self._relay = relay
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self._tls_context: ssl.SSLContext | None = None
        self._keeps = True
        self._away_until = 0.0
        self._away_s = 0.0

    @property
    def is_away(self) -> bool:
        """Whether the relay did not answer lately and it is too early to try again."""
        return time.monotonic() < self._away_until

    async def send(self, mail: Mail) -> None:
        """Return once the relay has taken the mail.

        The caller limits the time: a limit on each command would cost a task each. Raises `MailRefused` for a refusal
        for good, `RelayAway` when there is no connection, `TryLater` for any other trouble. When the conversation
        breaks off while the mail's content is on its way, the relay may have it.
        """
        self._check_away()
        async with self._turns:
            self._check_away()  # it may have gone while we queued
            client = await self._begin(mail)
            try:
                await client.data(mail.raw, timeout=None)
            except aiosmtplib.SMTPDataError as error:
                await self._put_back(client, reset=True)
                raise _refusal(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                client.close()
                raise TryLater(f"broken off while the mail was on its way: {error}") from error
            except BaseException:
                client.close()
                raise
            await self._put_back(client)

    async def close(self) -> None:
        """Say goodbye on idle connections; those at work do so when their mail is done."""
        self._keeps = False
        idle, self._idle = self._idle, []
        for client, _ in idle:
            await self._put_back(client)

    async def _begin(self, mail: Mail) -> aiosmtplib.SMTP:
        """A connection that has accepted sender and recipient.

        A kept connection that turns out to be dead is replaced: before the content nothing is in doubt.
        """
        while True:
            client, kept = await self._take()
            try:
                await client.mail(mail.sender, timeout=None)
                await client.rcpt(mail.recipient, timeout=None)
                return client
            except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused) as error:
                if error.code == 421 and kept:
                    client.close()
                    continue
                await self._put_back(client, reset=True)
                raise _refusal(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                client.close()
                if not kept:
                    raise TryLater(f"broken off: {error}") from error
                self._close_idle()  # the others went the same way
            except BaseException:
                client.close()
                raise

    async def _take(self) -> tuple[aiosmtplib.SMTP, bool]:
        """A connection, and whether it was kept from earlier."""
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and time.monotonic() - since < IDLE_S:
                return client, True
            client.close()
        return await self._connect(), False

    async def _connect(self) -> aiosmtplib.SMTP:
        try:
            client = self._client()
            # Shorter than a mail's own patience, so that a relay that swallows packets is noticed as away.
            async with asyncio.timeout(self._timeout_s / 2):
                await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._note_away(str(error))
            raise RelayAway(f"no connection to the relay: {error}", self._away_s) from error
        if self._away_s:
            _log.info("relay.back")
        self._away_s = 0.0
        return client

    def _client(self) -> aiosmtplib.SMTP:
        relay = self._relay
        return aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.tls == "tls",
            start_tls={"off": False, "tls": False, "opportunistic": None, "starttls": True}[relay.tls],
            tls_context=None if relay.tls == "off" else self._checks(),
            username=relay.user or None,
            password=relay.password or None,
            local_hostname=relay.hello,
            timeout=self._timeout_s,
        )

    def _checks(self) -> ssl.SSLContext:
        if self._tls_context is None:
            self._tls_context = ssl.create_default_context(cafile=self._relay.ca_file)
            if self._relay.tls == "opportunistic":
                # Encrypted to whoever answers is still better than readable by all: the usual reading of the word.
                self._tls_context.check_hostname = False
                self._tls_context.verify_mode = ssl.CERT_NONE
        return self._tls_context

    async def _put_back(self, client: aiosmtplib.SMTP, *, reset: bool = False) -> None:
        """Keep a connection for the next mail, if it is still one and there will be a next one."""
        keep = False
        try:
            if client.is_connected and reset:
                await client.rset()
            if client.is_connected and not self._keeps:
                await client.quit(timeout=1)
            keep = client.is_connected
        except (aiosmtplib.SMTPException, OSError) as error:
            _log.debug("relay.connection_lost", reason=str(error)[:200])
        finally:
            if keep:
                self._idle.append((client, time.monotonic()))
            else:
                client.close()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    def _check_away(self) -> None:
        if self.is_away:
            raise RelayAway("the relay did not answer lately", self._away_until - time.monotonic())

    def _note_away(self, reason: str) -> None:
        if not self.is_away:  # connections that fail together count once
            self._away_s = min(max(self._away_s * 2, SHORTEST_AWAY_S), LONGEST_AWAY_S)
            self._away_until = time.monotonic() + self._away_s
            _log.warning("relay.away", reason=reason[:200], wait_s=self._away_s)


def status_in(said: str) -> str | None:
    """The RFC 3463 status code of an answer such as `550 5.1.1 no such user`."""
    found = _STATUS.match(said)
    return found[1] if found is not None else None


def _refusal(error: aiosmtplib.SMTPResponseException) -> MailRefused | TryLater:
    said = f"{error.code} {error.message}"[:500]
    if error.code >= 500:
        return MailRefused(said)
    # A full mailbox or a misspelt address (4.1, 4.2) is one recipient's; the sender's refusal and 421 are the relay's.
    theirs = not isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code != 421
    return RefusedForNow(said, by_domain=theirs and not (status_in(said) or "").startswith(("4.1.", "4.2.")))
