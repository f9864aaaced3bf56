"""Servers outside the product: the one whose mailbox it fetches, and the wire to the one that takes its mails."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

from balcao.local.stack import Stack
from tests.chaos.mta import Mail
from tests.chaos.record import Record
from tests.support.desk_company import ADDRESS
from tests.support.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.support.wire import Side, Wire

IMAP = "imap"
MOMENTS: dict[str, tuple[tuple[Side, bytes], ...]] = {
    IMAP: (("server", b"BODY[]"), ("client", b"UID STORE"), ("client", b"UID FETCH"), ("client", b"DONE")),
    "catcher": (("server", b"354"), ("client", b"\r\n.\r\n"), ("server", b"250 OK kept")),
}
"""When servers die: in the middle of a mail, before and after its being theirs or ours."""
_CAUGHT_WITHIN_S = 3.0
_LEASE_S = 5


class Outside:
    """They run for as long as this is open, deaths aside."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._open = AsyncExitStack()
        self._mailserver: Dovecot | None = None
        self._fetching: Wire | None = None
        self._relay = Wire(0)

    async def __aenter__(self) -> Self:
        """Start them. Raises `NoDovecot`."""
        self._mailserver = await self._open.enter_async_context(dovecot())
        self._fetching = await self._open.enter_async_context(Wire(self._mailserver.port))
        await self._open.enter_async_context(self._relay)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @property
    def mailserver(self) -> Dovecot:
        """The server with the mailbox."""
        assert self._mailserver is not None
        return self._mailserver

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """What services must be told of them."""
        assert self._fetching is not None
        mailbox = {
            "name": "atendimento",
            "address": ADDRESS,
            "host": "127.0.0.1",
            "port": self._fetching.port,
            "tls": "none",
            "user": USER,
            "password": PASSWORD,
            "idle_s": 60,
        }
        intake = {"BALCAO_IMAP_MAILBOXES": json.dumps([mailbox]), "BALCAO_IMAP_LEASE_S": str(_LEASE_S)}
        return {"intake": intake, "notifier": {"BALCAO_RELAY_PORT": str(self._relay.port)}}

    def reach(self, stack: Stack) -> None:
        """Lead the wire to the relay of this stack."""
        self._relay.target = stack.ports["catcher_smtp"]

    def deliver(self, mail: Mail) -> None:
        """Put a mail into the mailbox, as a delivery agent does whether the server lives or not."""
        self.mailserver.deliver(mail.raw)
        self._record.delivered[mail.message_id] += 1

    def unmarked(self) -> list[str]:
        """The flags of mails in the mailbox that the product has not marked as read."""
        return [flags for flags in self.mailserver.flags() if "S" not in flags]

    @asynccontextmanager
    async def in_the_middle(self, target: str, moment: tuple[Side, bytes] | None) -> AsyncIterator[bool]:
        """Freeze a conversation with a server at a moment of it, for a while at most: servers also die while nobody
        talks to them. Gives whether there was one."""
        wire = self._fetching if target == IMAP else self._relay if target == "catcher" else None
        if wire is None or moment is None:
            yield False
            return
        async with wire.caught(*moment, within_s=_CAUGHT_WITHIN_S) as caught:
            yield caught

    async def restart(self) -> None:
        """Have the server with the mailbox live again."""
        async with asyncio.timeout(60):
            await self.mailserver.start()
