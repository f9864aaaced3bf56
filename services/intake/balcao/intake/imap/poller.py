"""Keeps all mailboxes: takes those that nobody else has, starts their sessions again and again, says how they go."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, get_args

import structlog
from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from balcao.intake.imap.connection import CommandRefused, Connection, LoginRefused, NotOffered
from balcao.intake.imap.logins import NoSecret, log_in
from balcao.intake.imap.mailbox import ImapMailbox
from balcao.intake.imap.position import Position
from balcao.intake.imap.session import NobodysMailbox, Receiver, Session, StoreAway, TooManyLeft
from balcao.intake.imap.standing import TROUBLES, LeaseLost, Standings, State, first_condition
from balcao.shared.clock import now

STOPPED_WITHIN_S = 10.0
_LASTED_S = 60.0
"""A session that lasted so long begins to count its failures anew."""
_REFUSED = (LoginRefused, NotOffered, NoSecret, CommandRefused, TooManyLeft)
_PAUSES_S: dict[State, tuple[float, float]] = {
    "refused": (60.0, 1800.0),
    "no_company": (15.0, 60.0),
    "store_away": (1.0, 15.0),
}

STATE = Gauge("balcao_imap_mailbox_state", "1 for the state that this replica's mailbox is in.", ["mailbox", "state"])
BEHIND = Gauge("balcao_imap_mailbox_behind", "Mails that wait in a mailbox of this replica.", ["mailbox"])
HEARD = Gauge("balcao_imap_heard_timestamp_seconds", "When a mailbox's server answered last.", ["mailbox"])

_log = structlog.get_logger()


class Addresses(Protocol):
    """Who knows for which addresses mail is taken."""

    async def knows(self, address: str) -> bool:
        """Whether somebody here has this address; any error means that nobody can say now."""


class Poller:
    """One task for each mailbox. What happens to one of them is nothing to the others, nor to the service."""

    def __init__(
        self,
        mailboxes: Sequence[ImapMailbox],
        standings: Standings,
        receiver: Receiver,
        addresses: Addresses,
        *,
        most_bytes: int,
        lease_s: float,
    ) -> None:
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._keepers = [
            Keeper(one, standings, receiver, addresses, most_bytes=most_bytes, lease_s=lease_s, stop=self._stop)
            for one in mailboxes
        ]

    async def start(self) -> None:
        """Begin with all mailboxes."""
        self._tasks = [asyncio.create_task(keeper.keep()) for keeper in self._keepers]

    async def stop(self) -> None:
        """Finish what is being stored, then let go of the mailboxes."""
        self._stop.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=STOPPED_WITHIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Keeper:
    """One mailbox: has its lease, or waits for it."""

    def __init__(
        self,
        mailbox: ImapMailbox,
        standings: Standings,
        receiver: Receiver,
        addresses: Addresses,
        *,
        most_bytes: int,
        lease_s: float,
        stop: asyncio.Event,
    ) -> None:
        self._mailbox = mailbox
        self._standings = standings
        self._receiver = receiver
        self._addresses = addresses
        self._most_bytes = most_bytes
        self._lease_s = lease_s
        self._stop = stop
        self._failures = 0
        self._condition = first_condition()
        self._changed = asyncio.Event()
        self._position: Position | None = None

    async def keep(self) -> None:
        """Until `stop`: take the mailbox when nobody has it, and do its work."""
        while not self._stop.is_set():
            try:
                pause_s = await self._hold() if await self._take() else self._lease_s / 3
            except LeaseLost:
                _log.warning("imap.lease_lost", mailbox=self._mailbox.name)
                pause_s = self._lease_s / 3
            except Exception as error:  # whatever it was, the next time; nobody else would begin again
                level = _log.warning if isinstance(error, PyMongoError) else _log.exception
                level("imap.keeping_failed", mailbox=self._mailbox.name, error=type(error).__name__)
                pause_s = self._lease_s / 3
            self._show(None)
            await self._sleep(pause_s * random.uniform(0.7, 1.3))

    async def _take(self) -> bool:
        standing = await self._standings.take(self._mailbox)
        if standing is None:
            return False
        self._position = standing.position
        if standing.condition is not None:
            self._condition = replace(standing.condition, warning=self._condition.warning)
        self._connecting()
        return True

    def _connecting(self) -> None:
        """What was wrong stays said until it goes well again."""
        if self._condition.state in TROUBLES:
            self._show(self._condition.state)
        else:
            self._become("connecting")

    async def _hold(self) -> float:
        """Work for as long as the lease is ours; returns how long to pause, the mailbox free for others meanwhile."""
        working = asyncio.create_task(self._work())
        holding = asyncio.create_task(self._hold_on())
        try:
            await asyncio.wait((working, holding), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, holding):
                task.cancel()
            await asyncio.gather(working, holding, return_exceptions=True)
        if holding.done() and not holding.cancelled() and (error := holding.exception()) is not None:
            raise error
        pause_s = working.result()
        await self._standings.release(self._mailbox.name, self._condition)
        return pause_s

    async def _hold_on(self) -> None:
        """Renew the lease well before its end; without a database nobody else can take it either, but at its end
        somebody may."""
        until = time.monotonic() + self._lease_s
        while True:
            try:
                await self._standings.keep(self._mailbox.name, self._condition)
                until = time.monotonic() + self._lease_s
            except PyMongoError:
                if time.monotonic() > until - self._lease_s / 3:
                    raise
            self._changed.clear()
            await _set_within(self._changed, self._lease_s / 4)

    async def _work(self) -> float:
        """Sessions, one after the other, until `stop`; or until the server does not answer us: it may answer another
        replica."""
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                await self._session()
            except (LeaseLost, PyMongoError):
                raise
            except Exception as error:
                self._failures = 0 if time.monotonic() - begun > _LASTED_S else self._failures + 1
                state, reason = _trouble(error)
                pause_s = pause_after(state, self._failures)
                self._fail(state, reason, pause_s)
                if state == "away":
                    return pause_s
                await self._sleep(pause_s)
        return 0.0

    async def _session(self) -> None:
        mailbox = self._mailbox
        try:
            known = await self._addresses.knows(mailbox.address)
        except Exception as error:
            raise StoreAway(type(error).__name__) from error
        if not known:
            raise NobodysMailbox("no company has the mailbox's address")
        self._connecting()
        tls = mailbox.tls_context()
        async with await Connection.open(
            mailbox.host,
            mailbox.reached_at,
            tls,
            starttls=mailbox.tls == "starttls",
            most_literal=self._most_bytes + 1024,
        ) as connection:
            await log_in(connection, mailbox)
            session = Session(
                mailbox,
                connection,
                self._receiver,
                most_bytes=self._most_bytes,
                note=self._note,
                tell=self._tell,
                warn=self._warn,
                stop=self._stop,
            )
            _log.info("imap.connected", mailbox=mailbox.name)
            await session.run(self._position)

    async def _note(self, position: Position) -> None:
        await self._standings.move_on(self._mailbox.name, position)
        self._position = position

    def _tell(self, behind: int) -> None:
        """The session goes well: this many mails wait."""
        if behind == 0:
            self._failures = 0
        self._become("taking" if behind else "waiting", behind=behind)
        HEARD.labels(self._mailbox.name).set_to_current_time()

    def _warn(self, warning: str) -> None:
        if warning != self._condition.warning:
            _log.warning("imap.not_marked", mailbox=self._mailbox.name)
        self._condition = replace(self._condition, warning=warning)

    def _become(self, state: State, *, behind: int = 0) -> None:
        before = self._condition
        heard_at = now() if state in ("taking", "waiting") else before.heard_at
        since = before.since if before.state == state else self._now_changed()
        self._condition = replace(
            before, state=state, since=since, reason="", retry_at=None, failures=0, behind=behind, heard_at=heard_at
        )
        self._show(state)

    def _fail(self, state: State, reason: str, pause_s: float) -> None:
        before = self._condition
        since = before.since if before.state == state else self._now_changed()
        retry_at = now() + timedelta(seconds=pause_s)
        self._condition = replace(
            before, state=state, since=since, reason=reason, retry_at=retry_at, failures=self._failures
        )
        self._show(state)
        _log.warning(f"imap.{state}", mailbox=self._mailbox.name, failures=self._failures, retry_in_s=round(pause_s, 1))

    def _now_changed(self) -> datetime:
        self._changed.set()
        return now()

    def _show(self, state: State | None) -> None:
        """In the metrics; none when the mailbox is another's."""
        name = self._mailbox.name
        for one in get_args(State):
            STATE.labels(name, one).set(one == state)
        BEHIND.labels(name).set(self._condition.behind if state is not None else 0)

    async def _sleep(self, seconds: float) -> None:
        await _set_within(self._stop, seconds)


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    # Not by `wait_for`, which forgets that it was cancelled when the event is set at that very moment (Python 3.11).
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def pause_after(state: State, failures: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds until the next try: longer each time, and never the same for two mailboxes of one server.

    Where only a person can help it is from one minute to half an hour: servers lock accounts that try wrong passwords.
    """
    first_s, last_s = _PAUSES_S.get(state, (1.0, 300.0))
    return min(last_s, first_s * 2.0 ** min(failures - 1, 20)) * (0.75 + chance() / 2)


def _trouble(error: Exception) -> tuple[State, str]:
    if isinstance(error, StoreAway):
        return "store_away", str(error)
    if isinstance(error, NobodysMailbox):
        return "no_company", str(error)
    if isinstance(error, _REFUSED):
        return "refused", str(error)
    if isinstance(error, OSError | TimeoutError):
        return "away", str(error)[:200] or type(error).__name__
    _log.error("imap.session_failed", exc_info=error)
    return "away", type(error).__name__
