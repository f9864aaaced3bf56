"""Presence: who of the team looks at a ticket now, and who writes on it, so that two people don't answer one request.

Open pages say what their reader does. It is whispered on the bus, so that every process of the gateway knows, and kept
in memory only: who says nothing more is gone after some seconds.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson

from balcao.portal_api.clients import Upstream
from balcao.portal_api.domain.presence import Presences, Present
from balcao.portal_api.domain.throttle import Limit
from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.errors import TooMany
from balcao.shared.events import Envelope, Party, PresenceShown
from balcao.shared.ids import new_id
from balcao.shared.tokens import Acting

SWEPT_EVERY_S = 2.0
SEEN_FOR_S = 300.0
"""How long it is taken for granted that a person may see a ticket they have just been shown."""
MOST_SEEN = 10_000
PER_PERSON = Limit("presence", 60, timedelta(seconds=20))
"""Twenty open pages, and then some."""


class Presence:
    """This process's part of it. `changed` is called with a company's id and a ticket's number when who is there
    changes."""

    def __init__(self, bus: Bus, tickets: Upstream, changed: Callable[[str, int], None]) -> None:
        self._bus = bus
        self._tickets = tickets
        self._changed = changed
        self._presences = Presences()
        self._seen: dict[tuple[str, str, int], float] = {}
        self._tries: dict[tuple[str, float], int] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def say(self, acting: Acting, number: int, page: str, doing: str) -> list[Present]:
        """Let the team know what this person's page does at a ticket; who else is there.

        Raises what `tickets` raises about a ticket they may not see, and `TooMany`.
        """
        self._require_patience(acting)
        await self._require_visible(acting, number)
        fact = PresenceShown.model_validate(
            {
                "person_id": acting.person_id,
                "name": acting.name,
                "ticket_number": number,
                "page": page,
                "doing": doing,
            }
        )
        id_ = new_id()
        await self._bus.whisper(
            Envelope[Any](
                id=id_,
                source="portal-api",
                type=fact.type,
                subject=acting.company_id,
                time=now(),
                correlationid=id_,
                causationid=id_,
                companyid=acting.company_id,
                actor=Party(person_id=acting.person_id, name=acting.name),
                data=fact,
            )
        )
        return self._others(acting, number)

    async def at(self, acting: Acting, number: int) -> list[Present]:
        """Who else is at a ticket. Raises what `tickets` raises about one that this person may not see."""
        await self._require_visible(acting, number)
        return self._others(acting, number)

    def heard(self, body: bytes) -> None:
        """Some process of the gateway said what a page does."""
        event = orjson.loads(body)
        said = PresenceShown.model_validate(event["data"])
        where = (str(event["companyid"]), said.ticket_number)
        who = Present(said.person_id, said.name, is_writing=False)
        if self._presences.heard(where, who, said.page, said.doing, time.monotonic()):
            self._changed(*where)

    def start(self) -> None:
        """Begin to forget who fell silent."""
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def stop(self) -> None:
        """End that."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeping

    def sweep(self, at: float) -> None:
        """Forget who fell silent, and what is over, at this moment of the monotonic clock."""
        for where in self._presences.lapse(at):
            self._changed(*where)
        self._seen = {key: until for key, until in self._seen.items() if until > at}
        wall = now().timestamp()
        self._tries = {key: tries for key, tries in self._tries.items() if key[1] > wall}

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEPT_EVERY_S)
            self.sweep(time.monotonic())

    def _others(self, acting: Acting, number: int) -> list[Present]:
        return self._presences.at((acting.company_id, number), but=acting.person_id)

    def _require_patience(self, acting: Acting) -> None:
        at = now()
        key = (acting.person_id, PER_PERSON.window_ends(at).timestamp())
        self._tries[key] = self._tries.get(key, 0) + 1
        wait_s = PER_PERSON.wait_s(self._tries[key], at)
        if wait_s is not None:
            raise TooMany("pages say too often that they are there", retry_after=wait_s)

    async def _require_visible(self, acting: Acting, number: int) -> None:
        key = (acting.company_id, acting.person_id, number)
        at = time.monotonic()
        if self._seen.get(key, 0.0) > at:
            return
        # The smallest question about a ticket that is refused to whoever may not see it.
        await self._tickets.get(f"/v1/tickets/{number}/outgoing", acting)
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()
        self._seen[key] = at + SEEN_FOR_S
