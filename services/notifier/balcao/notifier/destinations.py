"""Which domains take our mail just now: one that refuses or is slow waits by itself and holds up no other.

All mail goes by one relay, so it is the relay's answers to each recipient that tell about their domain. What is known
is this process's own and short-lived; another replica finds out by itself.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import Gauge

RESTS_S = (2.0, 10.0, 60.0, 300.0, 900.0)
"""How long a domain is left alone after the second refusal in a row, the third, and so on; the last one repeats."""
SLOW_AFTER_S = 3.0
"""A domain whose mail takes longer gets one connection at a time until it is quick again."""
LONGEST_TURN_AWAY_S = 600.0

Outcome = Literal["taken", "refused_for_now", "unknown"]

RESTING = Gauge("balcao_mail_domains_resting", "Recipient domains that are left alone for a while after refusals.")
SLOW = Gauge("balcao_mail_domains_slow", "Recipient domains whose mail takes long and goes one by one.")


class DestinationWaits(Exception):
    """The recipient's domain takes nothing now. No fault of this mail; `wait_s` says when to come back."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass
class _Domain:
    """What is known of one domain."""

    refused_in_a_row: int = 0
    rests_until: float = 0.0
    is_slow: bool = False
    next_slot: float = 0.0
    """Where mails that a slow domain turned away line up, one behind the other."""
    took_s: float = 0.0
    begun: dict[int, float] = field(default_factory=dict)
    line: deque[asyncio.Future[None]] = field(default_factory=deque)

    @property
    def is_forgettable(self) -> bool:
        return not (self.refused_in_a_row or self.is_slow or self.begun or self.line)


class Destinations:
    """Hands out turns to send, by recipient domain."""

    def __init__(self, connections: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Of `connections` one is always left to other domains, and half to domains that are not slow."""
        self._most = max(1, connections - 1)
        self._most_slow = max(1, connections // 2)
        self._clock = clock
        self._domains: dict[str, _Domain] = {}
        self._turns = 0

    async def enter(self, address: str) -> "Turn":
        """A turn to send to this address, once its domain has room. Whoever gets one must `leave` it.

        Raises `DestinationWaits` instead of waiting for a domain that refuses or is slow.
        """
        name = domain_of(address)
        while True:
            domain = self._domains.setdefault(name, _Domain())  # anew: it may have been forgotten while we waited
            self._check(name, domain)
            if len(domain.begun) < self._room(domain):
                self._turns += 1
                domain.begun[self._turns] = self._clock()
                return Turn(self, name, self._turns)
            await self._wait(domain)

    def leave(self, name: str, turn: int, outcome: Outcome) -> None:
        """Note how a turn ended, and let the next one in."""
        domain = self._domains[name]
        took = self._clock() - domain.begun.pop(turn)
        domain.took_s = took
        if outcome == "refused_for_now":
            self._note_refused(domain)
        elif outcome == "taken":
            domain.refused_in_a_row, domain.rests_until = 0, 0.0
        domain.is_slow = took >= SLOW_AFTER_S
        self._wake(domain, everybody=domain.is_slow or domain.refused_in_a_row > 1)
        if domain.is_forgettable:
            del self._domains[name]
        RESTING.set(sum(one.rests_until > self._clock() for one in self._domains.values()))
        SLOW.set(sum(one.is_slow for one in self._domains.values()))

    def _check(self, name: str, domain: _Domain) -> None:
        instant = self._clock()
        if domain.rests_until > instant:
            wait = (domain.rests_until - instant) * random.uniform(1.0, 1.2)
            raise DestinationWaits(f"{name} refused the mails before it and is left alone for a while", wait)
        if self._drags(domain) and len(domain.begun) >= self._room(domain):
            domain.is_slow = True
            self._wake(domain, everybody=True)
            raise DestinationWaits(f"{name} takes mail very slowly", self._slot(domain, instant))

    def _drags(self, domain: _Domain) -> bool:
        """Whether mail to it takes long: at the last one, or at one that is on its way."""
        oldest = min(domain.begun.values(), default=None)
        return domain.is_slow or (oldest is not None and self._clock() - oldest >= SLOW_AFTER_S)

    def _room(self, domain: _Domain) -> int:
        if domain.is_slow:
            elsewhere = sum(len(one.begun) for one in self._domains.values() if one.is_slow and one is not domain)
            return 1 if elsewhere < self._most_slow else 0
        return 1 if domain.refused_in_a_row > 1 else self._most

    def _slot(self, domain: _Domain, instant: float) -> float:
        """Seconds to wait, so that those turned away come back one after the other as fast as the domain takes them."""
        domain.next_slot = max(domain.next_slot, instant + 1.0) + max(1.0, domain.took_s)
        return min(domain.next_slot - instant, LONGEST_TURN_AWAY_S)

    def _note_refused(self, domain: _Domain) -> None:
        """One refusal is that mail's own affair; from the second in a row on it is the domain that takes none.

        Those that were on their way when its rest began tell nothing new.
        """
        if domain.rests_until > self._clock():
            return
        domain.refused_in_a_row += 1
        if domain.refused_in_a_row > 1:
            rest = RESTS_S[min(domain.refused_in_a_row - 2, len(RESTS_S) - 1)]
            domain.rests_until = self._clock() + rest * random.uniform(0.8, 1.2)

    async def _wait(self, domain: _Domain) -> None:
        """Until somebody leaves, or one on its way turns out to take long."""
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        domain.line.append(room)
        oldest = min(domain.begun.values(), default=self._clock())
        try:
            async with asyncio.timeout(max(0.05, oldest + SLOW_AFTER_S - self._clock())):
                await room
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if room.done() and not room.cancelled():
                self._wake(domain)  # it was our turn, and we can't take it any more
            raise
        finally:
            if room in domain.line:
                domain.line.remove(room)

    def _wake(self, domain: _Domain, *, everybody: bool = False) -> None:
        while domain.line:
            waiting = domain.line.popleft()
            if not waiting.done():
                waiting.set_result(None)
                if not everybody:
                    return


@dataclass(frozen=True)
class Turn:
    """Leave to send one mail to a domain."""

    destinations: Destinations
    name: str
    number: int

    def leave(self, outcome: Outcome) -> None:
        """Give the turn back, saying how the domain took it."""
        self.destinations.leave(self.name, self.number, outcome)


def domain_of(address: str) -> str:
    """What stands behind the @, in lower case."""
    return address.rpartition("@")[2].strip().casefold()
