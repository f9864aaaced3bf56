"""Kills parts of the running product with SIGKILL and brings them back, never more than two at once."""

import asyncio
from collections import defaultdict

from balcao.local.errors import StackProblem
from balcao.local.stack import Stack
from tests.chaos.outside import IMAP, Outside
from tests.chaos.plan import Kill
from tests.chaos.record import Record

_MOST_DEAD = 2
_MOST_STARTS = 4


class Killer:
    """Each kill runs by itself; a part that is dead already is waited for."""

    def __init__(self, stack: Stack, outside: Outside, record: Record) -> None:
        self._stack = stack
        self._outside = outside
        self._record = record
        self._graves = asyncio.Semaphore(_MOST_DEAD)
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def kill(self, kill: Kill) -> None:
        """Return once the part is dead and ready again."""
        async with self._one_at_a_time[kill.target], self._graves:
            await asyncio.sleep(kill.after_s)
            async with self._outside.in_the_middle(kill.target, kill.moment) as caught:
                await self._die(kill.target)
            self._record.kills[kill.target] += 1
            self._record.mid_conversation[kill.target] += caught
            await asyncio.sleep(kill.dead_s)
            await self._start(kill.target)

    async def _die(self, target: str) -> None:
        if target == IMAP:
            await self._outside.mailserver.kill()
        else:
            await self._stack.kill(target)

    async def _start(self, target: str) -> None:
        """As a supervisor does: when the start fails, because something else just died, again. Each is noted."""
        if target == IMAP:
            await self._outside.restart()
            return
        for _ in range(_MOST_STARTS):
            try:
                await self._stack.start(target)
                return
            except StackProblem as problem:
                self._record.failed_starts.append(f"{target}: {str(problem).splitlines()[0]}")
                await asyncio.sleep(0.5)
        self._record.troubles.append(f"{target} could not be started again")
