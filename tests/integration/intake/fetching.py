"""Replicas of `intake` that fetch mailboxes, beside the one that tests ask."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from balcao.shared.mongo import Document
from tests.integration.intake.running import Intake, World, a_bus, eventually, running
from tests.support.dovecot import PASSWORD, USER, a_free_port
from tests.unit.intake.builders import SECRET, a_mail


def numbered(number: int, **fields: str | None) -> bytes:
    """A mail like no other; to a group, so that it is the mailbox that says whom it is for."""
    given = {"Message_ID": f"<n{number}@cliente.test>", "Subject": f"Pedido {number}", "To": "grupo@cliente.test"}
    return a_mail(f"Preciso da peça {number}.\r\n", **{**given, **fields})


def a_mailbox(port: int, **values: Any) -> dict[str, Any]:
    """Settings of a mailbox on the test's server. An IDLE lasts so long that only what it tells can end it."""
    usual = {
        "name": "suporte",
        "address": "suporte@agencia.test",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "user": USER,
        "password": PASSWORD,
        "idle_s": 1500,
    }
    return {name: value for name, value in {**usual, **values}.items() if value is not None}


@dataclass(frozen=True)
class Place:
    """Where replicas of one test run, and what they have in common."""

    mongo_url: str
    amqp_url: str
    database_prefix: str
    bus_prefix: str
    intake: Intake
    outside: World

    @asynccontextmanager
    async def fetching(self, *mailboxes: dict[str, Any], **settings: Any) -> AsyncIterator[Intake]:
        """One more replica, in this process, that fetches these mailboxes."""
        settings = {"imap_mailboxes": SecretStr(json.dumps(mailboxes)), "imap_lease_s": 3.0, **settings}
        bus = a_bus(self.amqp_url, self.bus_prefix)
        async with running(self.mongo_url, self.amqp_url, self.database_prefix, bus, **settings) as replica:
            yield replica

    @asynccontextmanager
    async def process(self, *mailboxes: dict[str, Any]) -> AsyncIterator[asyncio.subprocess.Process]:
        """One more replica as a process of its own, to be killed."""
        env = {
            **os.environ,
            "BALCAO_MONGO_URL": self.mongo_url,
            "BALCAO_AMQP_URL": self.amqp_url,
            "BALCAO_DATABASE_PREFIX": self.database_prefix,
            "BALCAO_SERVICE_SECRET": SECRET,
            "BALCAO_HTTP_PORT": str(a_free_port()),
            "BALCAO_SMTP_PORT": str(a_free_port()),
            "BALCAO_IMAP_MAILBOXES": json.dumps(mailboxes),
            "BALCAO_IMAP_LEASE_S": "3",
        }
        module = "tests.integration.intake.fetching_process"
        child = await asyncio.create_subprocess_exec(sys.executable, "-m", module, self.bus_prefix, env=env)
        try:
            yield child
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()

    async def said(self, count: int) -> list[Any]:
        """What was said, each fact once (after a crash one may be said again, as the very same); fails for more."""
        await eventually(lambda: len(self._facts()) >= count)
        await asyncio.sleep(0.3)  # whatever comes too much would come now
        facts = self._facts()
        assert len(facts) == count
        return list(facts.values())

    def _facts(self) -> dict[str, Any]:
        return {event.id: event.data for event in self.outside.heard}

    async def took(self, **counts: int) -> None:
        """Return once the ledger has these outcomes; fail when it has others as well."""
        await eventually(lambda: self._has(counts))

    async def _has(self, counts: dict[str, int]) -> bool:
        return await self.intake.counts() == counts

    async def standing(self, name: str = "suporte") -> Document:
        """What is noted of a mailbox."""
        found: Document | None = await self.intake.service.mongo.db["mailboxes"].find_one({"_id": name})
        return found or {}

    async def stands(self, state: str, name: str = "suporte") -> Document:
        """The mailbox's condition, once it is in this state."""
        await eventually(lambda: self._is_in(state, name))
        condition: Document = (await self.standing(name))["condition"]
        return condition

    async def _is_in(self, state: str, name: str) -> bool:
        return ((await self.standing(name)).get("condition") or {}).get("state") == state
