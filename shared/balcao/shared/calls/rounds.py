"""The loop that makes the calls: lane by lane, each lane in one process at a time, none in another's way."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram
from pymongo.errors import PyMongoError

from balcao.shared import telemetry
from balcao.shared.calls import schedule
from balcao.shared.calls.outside import Outcome
from balcao.shared.calls.store import Call, Calls, Lane, tried_at
from balcao.shared.clock import now
from balcao.shared.ids import new_id

LOOKS_EVERY_S = 1.0
LANES_AT_ONCE = 24
CALLS_AT_ONCE_IN_A_LANE = 4
"""`outside` has a connection for each of all lanes at once: none waits for another while its lease runs."""
MOST_IN_A_TURN = 100
"""Calls of one lane before the others have their turn."""

CALLS_MADE = Counter("balcao_calls_total", "Calls to other servers by how a try ended.", ["lane_of", "outcome"])
CALL_SECONDS = Histogram(
    "balcao_call_seconds",
    "Time a call to another server took.",
    ["lane_of"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)

_log = structlog.get_logger()


@dataclass(frozen=True)
class Made:
    """How a try went, in its owner's eyes."""

    outcome: Outcome
    final: bool = False
    """No try will ever go better: it fails now, and counts nothing against the lane."""


class Owner(Protocol):
    """Whoever knows what is behind a lane."""

    async def make(self, call: Call) -> Made | None:
        """Make the call; none when there is nobody to call any more, then it fails for good."""

    async def tired(self, lane: Lane, reason: str) -> None:
        """A lane has failed for so long that it should be closed. Called again until it is."""


@dataclass
class _Turn:
    """How a lane does in this turn."""

    failures: int
    since: datetime | None
    rests_until: datetime | None = None
    reason: str = ""

    def note(self, outcome: Outcome, at: datetime) -> None:
        if outcome.ok:
            self.failures, self.since, self.rests_until = 0, None, None
            return
        self.failures += 1
        self.since = self.since or at
        self.reason = outcome.reason
        self.rests_until = schedule.rest(self.failures, at, outcome.retry_after_s)


class Rounds:
    """Looks for lanes with something due and works on them. `in_order`: a lane's calls are made one after the other,
    and none before those that came earlier."""

    def __init__(
        self,
        calls: Calls,
        owner: Owner,
        *,
        lane_of: str,
        patience_s: float,
        in_order: bool = False,
        lease_s: float = 60.0,
        tired_after: timedelta = timedelta(days=3),
    ) -> None:
        self._calls = calls
        self._owner = owner
        self._lane_of = lane_of
        self._patience_s = patience_s
        self._in_order = in_order
        self._lease = timedelta(seconds=max(lease_s, 2 * patience_s))
        self._tired_after = tired_after
        self._holder = new_id()
        self._woken = asyncio.Event()
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start looking."""
        self._loop = asyncio.create_task(self._look_forever())

    async def stop(self) -> None:
        """Finish the calls in hand and stop; what is left waits in the database."""
        self._stopping = True
        self._woken.set()
        waiting = [task for task in (self._loop, *self._working) if task is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=10)
            for task in waiting:
                task.cancel()

    def wake(self) -> None:
        """Look now rather than at the next turn."""
        self._woken.set()

    async def _look_forever(self) -> None:
        while not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOKS_EVERY_S)
            self._woken.clear()
            try:
                free = LANES_AT_ONCE - len(self._working)
                for lane in (
                    await self._calls.take(self._holder, self._lease, free) if free and not self._stopping else ()
                ):
                    task = asyncio.create_task(self._work_off(lane))
                    self._working.add(task)
                    task.add_done_callback(self._working.discard)
            except Exception as error:
                _log.warning("calls.look_failed", error=type(error).__name__, reason=str(error)[:200])

    async def _work_off(self, lane: Lane) -> None:
        turn = _Turn(lane.failures, lane.failing_since)
        try:
            await self._take_turn(lane, turn)
            if turn.since is not None and now() - turn.since > self._tired_after:
                await self._owner.tired(lane, turn.reason)
            await self._calls.release(
                lane, failures=turn.failures, failing_since=turn.since, rests_until=turn.rests_until
            )
        except PyMongoError as error:
            # Nothing more was recorded: the lane is looked at again when its lease ends.
            _log.warning("calls.not_recorded", lane=lane.id, reason=str(error)[:200])
        except Exception as error:
            _log.exception("calls.turn_failed", lane=lane.id, exc_info=error)
        else:
            self.wake()

    async def _take_turn(self, lane: Lane, turn: _Turn) -> None:
        """Make what is due while the lease holds. A server that fails gets one call at a time, and then its rest."""
        due = await self._calls.due_in(lane.id, MOST_IN_A_TURN)
        while due and not self._stopping and now() + timedelta(seconds=self._patience_s + 5) < lane.lease_until:
            careful = self._in_order or turn.failures >= schedule.FAILURES_BEFORE_REST
            some = 1 if careful else CALLS_AT_ONCE_IN_A_LANE
            batch, due = due[:some], due[some:]
            await asyncio.gather(*(self._make(call, turn) for call in batch))
            if turn.rests_until is not None:
                return

    async def _make(self, call: Call, turn: _Turn) -> None:
        """One try and what comes of it."""
        with telemetry.span("call.make", SpanKind.CLIENT, told=call.kind):
            made = await self._try(call)
        if made is None:
            tried = tried_at(now(), None, "there is nobody to call any more", "", 0)
            await self._calls.settle(call, "failed", tried, tries=call.tries)
            return
        outcome, at = made.outcome, now()
        CALL_SECONDS.labels(self._lane_of).observe(outcome.duration_ms / 1000)
        tried = tried_at(at, outcome.status, outcome.reason, outcome.excerpt, outcome.duration_ms)
        tries = call.tries + 1
        if outcome.ok or made.final:
            CALLS_MADE.labels(self._lane_of, "delivered" if outcome.ok else "refused").inc()
            if outcome.ok:
                turn.note(outcome, at)
            await self._calls.settle(call, "delivered" if outcome.ok else "failed", tried, tries=tries)
        else:
            turn.note(outcome, at)
            await self._put_off(call, turn, outcome, tries)

    async def _put_off(self, call: Call, turn: _Turn, outcome: Outcome, tries: int) -> None:
        at = now()
        tried = tried_at(at, outcome.status, outcome.reason, outcome.excerpt, outcome.duration_ms)
        if self._in_order:
            due = schedule.next_in_order(tries, at, outcome.retry_after_s)
        else:
            due = schedule.next_try(tries, at, random.random(), outcome.retry_after_s)
        _log.info(
            "call.failed", lane_of=self._lane_of, lane=call.lane, kind=call.kind, tries=tries, status=outcome.status
        )
        if due is None:
            CALLS_MADE.labels(self._lane_of, "given_up").inc()
            await self._calls.settle(call, "failed", tried, tries=tries)
            return
        CALLS_MADE.labels(self._lane_of, "put_off").inc()
        if self._in_order:
            # It keeps its place before all others, and the lane rests instead.
            turn.rests_until = max(due, turn.rests_until or due)
        await self._calls.put_off(call, None if self._in_order else due, tried, tries=tries)

    async def _try(self, call: Call) -> Made | None:
        try:
            return await self._owner.make(call)
        except PyMongoError:
            raise
        except Exception as error:
            # A mistake of ours must not lose the call: it is tried again, and seen to have failed at the end.
            _log.exception("call.not_made", lane=call.lane, kind=call.kind, exc_info=error)
            return Made(Outcome(None, f"{type(error).__name__}: {error}"[:300]))
