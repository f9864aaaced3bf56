"""The two services as running processes, commanded over HTTP until a command is taken, and read in the database."""

import asyncio
import json
import os
import random
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from balcao.local.stack import Stack
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting, sign_acting
from tests.model.scrambler import Scrambler

SERVICES = ("tickets", "workflow")
_COMPANY = {
    "slug": "modelo",
    "name": "Modelo",
    "addresses": ["oi@modelo.test"],
    "service": "ana@modelo.test",
    "planning": "bia@modelo.test",
    "people": [
        {"name": "Ana", "addresses": ["ana@modelo.test"], "roles": ["agent", "admin"]},
        {"name": "Bia", "addresses": ["bia@modelo.test"], "roles": ["agent"]},
    ],
}
_COMPANY_ID = derived_id("company", "modelo")
_ANA = Acting(company_id=_COMPANY_ID, person_id="ana", name="Ana", address="ana@modelo.test", roles=("agent", "admin"))
_TAKEN_WITHIN_S = 90
_STAGE_ENTERED = "ticket.stage_entered.v1"


class RefusedCommand(Exception):
    """A service refused what the rules allow."""


class Services:
    """`tickets` and `workflow` behind a scrambler, to be killed at will."""

    def __init__(self, seed: int, *, sabotage: Path | None = None) -> None:
        """`sabotage` is a folder whose `sitecustomize` takes something away from the services."""
        env = {"BALCAO_LOG_LEVEL": "error"}
        if sabotage is not None:
            env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(sabotage), os.environ.get("PYTHONPATH"))))
        self._stack = Stack(services=SERVICES, catcher=False, in_memory=True, env={"*": env})
        self._chance = random.Random(seed)
        self._http = httpx.AsyncClient(timeout=20)
        self._database: AsyncIOMotorClient[Document] | None = None
        self.scrambler = Scrambler(SERVICES, seed)
        self.kills = 0

    async def __aenter__(self) -> Self:
        """Start everything, with one company."""
        await self._stack.__aenter__()
        self._database = AsyncIOMotorClient(self._stack.url("database"), tz_aware=True)
        file = Path(self._stack.data, "company.json")
        file.write_text(json.dumps(_COMPANY), "utf-8")
        command = (sys.executable, "-m", "balcao.tickets", "configure", str(file))
        process = await asyncio.create_subprocess_exec(
            *command, env=self._stack.env("tickets"), stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
        await self.scrambler.start(self._stack.url("broker"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        await self.scrambler.stop()
        await self._http.aclose()
        if self._database is not None:
            self._database.close()
        await self._stack.__aexit__(kind, error, trace)

    async def kill_one(self) -> None:
        """SIGKILL one of the two and bring it back."""
        name = self._chance.choice(SERVICES)
        await self._stack.kill(name)
        self.kills += 1
        await self._stack.start(name)
        await self.scrambler.unbind()

    async def command(self, service: str, method: str, path: str, body: Document | None, key: str) -> Document:
        """Have a command taken, however often its service dies meanwhile: under one key it acts once.

        Raises `RefusedCommand` when it is refused, and `TimeoutError` when nobody takes it.
        """
        until = time.monotonic() + _TAKEN_WITHIN_S
        while True:
            headers = {
                "Authorization": f"Bearer {sign_acting(_ANA, self._stack.around.secret, service)}",
                "Idempotency-Key": key,
            }
            try:
                answer = await self._http.request(method, self._stack.url(service) + path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                found: Document = answer.json()
                return found
            if answer is not None and answer.status_code < 500:
                raise RefusedCommand(f"{method} {path} {body}: {answer.status_code} {answer.text[:400]}")
            if time.monotonic() > until:
                raise TimeoutError(f"{method} {path}: nobody took it within {_TAKEN_WITHIN_S} s")
            await asyncio.sleep(0.1)

    async def tickets(self, ids: list[str]) -> dict[str, Document]:
        """Tickets as they are stored, by id."""
        return await self._by_id("balcao_tickets", "tickets", ids)

    async def tasks(self, ids: list[str]) -> dict[str, Document]:
        """Tasks as they are stored, by id."""
        return await self._by_id("balcao_workflow", "tasks", ids)

    async def stages_entered(self, ids: list[str]) -> dict[str, list[Document]]:
        """The entries of these tickets that say that a stage was entered, in their order."""
        assert self._database is not None
        # One at a time: the embedded database reads a whole collection for `$in` on the first field of an index, and
        # this one grows with every command.
        entries = self._database["balcao_tickets"]["timeline"]
        found: dict[str, list[Document]] = {}
        for id_ in ids:
            timeline = await entries.find({"of": id_}).sort("n", 1).to_list(None)
            found[id_] = [one for one in timeline if one["type"] == _STAGE_ENTERED]
        return found

    async def is_quiet(self) -> bool:
        """Whether all that was said has been handed on and taken, and nothing is waiting to be said."""
        return self.scrambler.is_empty and not await self.scrambler.waiting() and not await self._unsaid()

    async def _unsaid(self) -> int:
        assert self._database is not None
        names = ("balcao_tickets", "balcao_workflow")
        return sum([await self._database[name]["outbox"].count_documents({}) for name in names])

    async def _by_id(self, database: str, collection: str, ids: list[str]) -> dict[str, Document]:
        assert self._database is not None
        query: dict[str, Any] = {"_id": {"$in": ids}}
        return {one["_id"]: one async for one in self._database[database][collection].find(query)}
