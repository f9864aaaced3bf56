"""Counts mails against limits, across replicas, at next to no cost while far from them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from balcao.notifier.domain.rates import Limit
from balcao.notifier.store.allowances import Draws
from balcao.shared.clock import now

MOST_REMEMBERED = 50_000


@dataclass
class _Share:
    """What this process has used of one window, and what it may still use without asking."""

    window: int
    uncounted: int = 0
    granted: int = 0
    has_drawn: bool = False
    is_spent: bool = False


class Allowances:
    """What a limit leaves free is counted in memory only; from there on blocks are drawn from the database."""

    def __init__(self, draws: Draws, clock: Callable[[], datetime] = now) -> None:
        self._draws = draws
        self._clock = clock
        self._shares: dict[tuple[str, str], _Share] = {}

    async def take(self, limit: Limit, key: str) -> bool:
        """Whether one more may go now; it is counted if so."""
        at = self._clock()
        share = self._share(limit, key, at)
        if share.granted:
            share.granted -= 1
            return True
        if share.is_spent:
            return False
        if not share.has_drawn and share.uncounted < limit.free:
            share.uncounted += 1
            return True
        return await self._draw(limit, key, share, at)

    async def _draw(self, limit: Limit, key: str, share: _Share, at: datetime) -> bool:
        """Have counted what was not, and one or a block more."""
        owed, share.uncounted, share.has_drawn = share.uncounted, 0, True  # whoever comes meanwhile draws for itself
        try:
            for more in sorted({max(1, limit.most // 20), 1}, reverse=True):
                place = f"{limit.name}:{key}:{share.window}"
                if await self._draws.draw(place, owed + more, limit.most, limit.ends(at)):
                    share.granted += more - 1
                    return True
        except BaseException:
            share.uncounted += owed
            raise
        share.is_spent = True
        return False

    def _share(self, limit: Limit, key: str, at: datetime) -> _Share:
        place, window = (limit.name, key), limit.window(at)
        share = self._shares.get(place)
        if share is None or share.window != window:
            if len(self._shares) >= MOST_REMEMBERED:
                self._shares.clear()  # forgetting grants half a limit again; it takes this many in one window
            share = self._shares[place] = _Share(window)
        return share
