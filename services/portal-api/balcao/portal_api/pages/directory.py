"""What pages name beside tickets, remembered for some seconds: team, workspaces, projects, tags, words of priority."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

import orjson

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.pages.surroundings import Surroundings, around
from balcao.portal_api.store import Store
from balcao.shared.errors import Unavailable
from balcao.shared.events import (
    CompanyConfigured,
    Fact,
    PersonRegistered,
    ProjectConfigured,
    TagConfigured,
    WorkspaceConfigured,
)
from balcao.shared.tokens import Acting

FRESH_S = 4.0
"""Younger than this, an answer is given as it is."""
FRESH_UNLESS_TOLD_S = 60.0
"""The same for what is forgotten as soon as a fact says that it changed."""
BEARABLE = 3
"""Younger than so many times that, it is given too, while a new one is fetched: nobody waits for what rarely changes.
"""
_MOST_NAMED = 5
CHANGING: tuple[type[Fact], ...] = (
    CompanyConfigured,
    WorkspaceConfigured,
    ProjectConfigured,
    TagConfigured,
    PersonRegistered,
)
"""After these, what is remembered of a company is asked for anew: nobody looks for the tag that they have just made."""

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")


class Remembered(Generic[KeyT, AnswerT]):
    """Answers by key. Who asks for the same at the same time shares one question; what fails is not remembered."""

    def __init__(
        self,
        worth_it: Callable[[AnswerT], bool],
        clock: Callable[[], float] = time.monotonic,
        *,
        fresh_s: float = FRESH_S,
    ) -> None:
        self._worth_it = worth_it
        self._clock = clock
        self._fresh_s = fresh_s
        self._bearable_s = BEARABLE * fresh_s
        self._known: dict[KeyT, tuple[float, AnswerT]] = {}
        self._asking: dict[KeyT, asyncio.Task[AnswerT]] = {}

    async def of(self, key: KeyT, ask: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """The answer for a key. Raises what `ask` raises."""
        known = self._known.get(key)
        age = self._clock() - known[0] if known is not None else self._bearable_s
        if known is not None and age < self._fresh_s:
            return known[1]
        asking = self._asking.get(key) or self._ask(key, ask)
        return known[1] if known is not None and age < self._bearable_s else await asyncio.shield(asking)

    def _ask(self, key: KeyT, ask: Callable[[], Awaitable[AnswerT]]) -> asyncio.Task[AnswerT]:
        async def asked() -> AnswerT:
            begun, is_last = self._clock(), False
            try:
                answer = await ask()
            finally:
                # Not after it was forgotten: then somebody has asked anew, or will.
                if is_last := self._asking.get(key) is asyncio.current_task():
                    del self._asking[key]
            if is_last and self._worth_it(answer):
                self._known[key] = (begun, answer)
            return answer

        def over(task: asyncio.Task[AnswerT]) -> None:
            # Whoever waits is told what failed; if nobody does, the next one asks again.
            if not task.cancelled():
                task.exception()

        task = self._asking[key] = asyncio.create_task(asked())
        task.add_done_callback(over)
        return task

    def forget(self, is_meant: Callable[[KeyT], bool]) -> None:
        """Ask anew for these keys: what is known of them, or being asked for, may be what was before."""
        for things in (self._known, self._asking):
            for key in [one for one in things if is_meant(one)]:
                del things[key]


class Directory:
    """What lists name, per company and language."""

    def __init__(self, upstreams: Upstreams, store: Store) -> None:
        self._upstreams = upstreams
        self._store = store
        # Without policies `tickets` did not answer: nothing to remember.
        self._known: Remembered[tuple[str, str], Surroundings] = Remembered(
            lambda found: bool(found.policies), fresh_s=FRESH_UNLESS_TOLD_S
        )
        # The gateway's own copy, which may hear of somebody later than we do here.
        self._teams: Remembered[str, list[Account]] = Remembered(lambda _: True)

    def heard(self, body: bytes) -> None:
        """A fact of `CHANGING` was said: what is remembered of its company may be wrong."""
        company_id = str(orjson.loads(body)["companyid"])
        self._known.forget(lambda key: key[0] == company_id)
        self._teams.forget(lambda key: key == company_id)

    def missed(self) -> None:
        """Something may have been said unheard."""
        self._known.forget(lambda _: True)
        self._teams.forget(lambda _: True)

    async def team(self, company_id: str) -> list[Account]:
        """The people of the team by name."""
        return await self._teams.of(company_id, lambda: self._store.team(company_id))

    async def of(self, acting: Acting, locale: str) -> Surroundings:
        """The company's workspaces, projects, tags and words for priorities."""
        return await self._known.of((acting.company_id, locale), lambda: around(self._upstreams, acting, locale))

    async def people(self, acting: Acting, ids: Sequence[str]) -> dict[str, str]:
        """Names of people who are not of the team, by id: the first few."""

        async def name(id_: str) -> tuple[str, str]:
            try:
                return id_, str((await self._upstreams.tickets.get(f"/v1/people/{id_}", acting)).json()["name"])
            except (UpstreamRefused, Unavailable, KeyError):
                return id_, ""

        plain = [id_ for id_ in ids if re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", id_)]
        return {id_: found for id_, found in await asyncio.gather(*map(name, plain[:_MOST_NAMED])) if found}
