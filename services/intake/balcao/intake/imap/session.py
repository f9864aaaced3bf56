"""One session with a mailbox: takes what is there, piece by piece, and waits for more."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog
from prometheus_client import Counter
from pymongo.errors import PyMongoError

from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.reading import Unread
from balcao.intake.imap.connection import CommandRefused, Connection
from balcao.intake.imap.mailbox import ImapMailbox
from balcao.intake.imap.position import MOST_LEFT, Position
from balcao.intake.reception import NobodysMail
from balcao.shared import telemetry
from balcao.shared.clock import now

AT_ONCE = 20
"""Mails that are stored and marked before the next ones: so many may be fetched again after a death."""
STORED_WITHIN_S = 30.0
LEFT_AGAIN_AFTER_S = 300.0
"""Mails that could not be taken are tried again so often."""
MOST_HEADER = 256 * 1024
_MOST_BYTES_AT_ONCE = 8 * 1024 * 1024
TOO_LARGE = "too_large"

MAILS = Counter("balcao_imap_mails_total", "Mails found in mailboxes, by what became of them.", ["mailbox", "how"])

_log = structlog.get_logger()


class Receiver(Protocol):
    """Who takes mails in."""

    async def receive(self, raw: bytes, delivery: Delivery) -> object:
        """Return once the mail is durable; any error means that it is not."""

    async def hold(self, raw: bytes, why: Unread, delivery: Delivery) -> object:
        """Hold a mail of which there is only a part; return once that is durable."""


class StoreAway(Exception):
    """Nothing can be stored just now."""


class NobodysMailbox(Exception):
    """The mailbox's address is none of a company's."""


class TooManyLeft(Exception):
    """So many mails can't be taken that something is wrong with the mailbox or with us."""


class Session:
    """A folder, open. It is driven by one task; `stop` ends it between two pieces of work."""

    def __init__(
        self,
        mailbox: ImapMailbox,
        connection: Connection,
        receiver: Receiver,
        *,
        most_bytes: int,
        note: Callable[[Position], Awaitable[None]],
        tell: Callable[[int], None],
        warn: Callable[[str], None],
        stop: asyncio.Event,
    ) -> None:
        """`note` keeps how far we are; `tell` hears how many mails wait; `warn` what does not go as wished."""
        self._mailbox = mailbox
        self._connection = connection
        self._receiver = receiver
        self._most_bytes = most_bytes
        self._note = note
        self._tell = tell
        self._warn = warn
        self._stop = stop
        self._highest = 0
        self._left_again_at = 0.0

    async def run(self, noted: Position | None) -> None:
        """Take what is there and what comes, until `stop`. Raises `StoreAway`, `NobodysMailbox`, `TooManyLeft`, and
        what the connection and `note` raise."""
        position = await self._open(noted)
        while not self._stop.is_set():
            self._connection.heard_of_mail()  # whatever came until now is found by looking
            position = await self._take_left(position)
            position = await self._take_new(position)
            if not self._connection.heard_of_mail() and not self._stop.is_set():
                self._tell(0)
                await self._wait()

    async def _open(self, noted: Position | None) -> Position:
        mailbox = self._mailbox
        if mailbox.move_to is not None:
            await self._connection.create(mailbox.move_to)
        selected = await self._connection.select(mailbox.folder)
        self._highest = await self._connection.last_uid() if selected.uid_next is None else selected.uid_next - 1
        if noted is None:
            position = Position.first(mailbox.begin, selected.uid_validity, self._highest, now())
        elif noted.uid_validity != selected.uid_validity:
            _log.warning("imap.renumbered", mailbox=mailbox.name)
            position = noted.numbered_anew(selected.uid_validity, self._highest)
        else:
            return noted
        await self._note(position)
        return position

    async def _wait(self) -> None:
        if self._connection.offers(b"IDLE"):
            await self._connection.idle(self._mailbox.idle_s, self._stop)
            return
        try:
            async with asyncio.timeout(self._mailbox.poll_s):
                await self._stop.wait()
        except TimeoutError:
            await self._connection.noop()

    async def _take_new(self, position: Position) -> Position:
        while not self._stop.is_set():
            low, high, criteria = position.next_span(self._mailbox.begin, self._highest)
            uids = await self._connection.search(low, high, criteria)
            for place in range(0, len(uids), AT_ONCE):
                if self._stop.is_set():
                    return position
                self._tell(len(uids) - place)
                piece = uids[place : place + AT_ONCE]
                position = (await self._take(piece, position)).done_to(piece[-1])
                await self._note(position)
            if high is None:
                break
            position = position.done_to(high)
        return position

    async def _take_left(self, position: Position) -> Position:
        """Try again what could not be taken before."""
        if not position.left or time.monotonic() < self._left_again_at:
            return position
        self._left_again_at = time.monotonic() + LEFT_AGAIN_AFTER_S
        for uid in [one.uid for one in position.left]:
            position = await self._take((uid,), position)
        await self._note(position)
        return position

    async def _take(self, uids: Sequence[int], position: Position) -> Position:
        """Take some mails: store, and then flag, move or delete them. What can't be taken is left."""
        sizes = await self._connection.sizes(uids)
        for uid in set(uids) - set(sizes):
            position = position.without(uid)  # somebody else took it out of the mailbox
        too_large = {uid for uid, size in sizes.items() if size > self._most_bytes}
        stored: list[int] = []
        for batch in _batches({uid: size for uid, size in sizes.items() if uid not in too_large}):
            raws, refused = await self._fetch(batch)
            too_large |= {uid for uid, raw in raws.items() if len(raw) > self._most_bytes}
            taken, failed = await self._store({uid: raw for uid, raw in raws.items() if uid not in too_large})
            await self._after_storing(taken)
            stored += taken
            for uid, reason in {**refused, **failed}.items():
                position = self._leave(position, uid, reason)
        for uid in sorted(too_large):
            if await self._keep_out(uid, sizes[uid]):
                stored.append(uid)
            else:
                position = self._leave(position, uid, "it is too large, and the server did not give its header")
        for uid in stored:
            position = position.without(uid)
        return position

    async def _fetch(self, uids: Sequence[int]) -> tuple[dict[int, bytes], dict[int, str]]:
        """Mails, and why others could not be had. One more byte than may be: then it is known to be too large."""
        try:
            raws = await self._connection.mails(uids, self._most_bytes + 1)
        except CommandRefused as error:
            if len(uids) == 1:
                return {}, {uids[0]: str(error)}
            raws = {}
            refused: dict[int, str] = {}
            for uid in uids:
                one, why_not = await self._fetch((uid,))
                raws |= one
                refused |= why_not
            return raws, refused
        return raws, {uid: "the server did not give it" for uid in uids if uid not in raws}

    async def _store(self, raws: dict[int, bytes]) -> tuple[list[int], dict[int, str]]:
        """Which mails are durable now, and why others can't be. Raises `StoreAway` when it is not for the mail."""
        outcomes = await asyncio.gather(*(self._receive(raw) for raw in raws.values()), return_exceptions=True)
        failed: dict[int, str] = {}
        for uid, outcome in zip(raws, outcomes, strict=True):
            if isinstance(outcome, NobodysMail):
                raise NobodysMailbox("no company has the mailbox's address") from outcome
            if isinstance(outcome, PyMongoError | OSError | TimeoutError):
                raise StoreAway(type(outcome).__name__) from outcome
            if isinstance(outcome, Exception):
                _log.error("imap.mail_not_stored", mailbox=self._mailbox.name, exc_info=outcome)
                failed[uid] = f"could not be stored ({type(outcome).__name__})"
            elif isinstance(outcome, BaseException):
                raise outcome
        stored = [uid for uid in raws if uid not in failed]
        MAILS.labels(self._mailbox.name, "stored").inc(len(stored))
        return stored, failed

    async def _receive(self, raw: bytes) -> None:
        with telemetry.span("intake.fetch_mail", mail_size=len(raw)):
            async with asyncio.timeout(STORED_WITHIN_S):
                await self._receiver.receive(raw, self._delivery())

    async def _keep_out(self, uid: int, size: int) -> bool:
        """A mail that is too large stays in the mailbox, marked; the ledger has its header and says so. Whether it
        has: without a header it could not be told from others."""
        mailbox = self._mailbox
        header = await self._connection.header(uid, MOST_HEADER)
        if not header:
            return False
        why = Unread(
            TOO_LARGE,
            f"it has {size} bytes and may have {self._most_bytes}; "
            f"it lies in the mailbox {mailbox.name} under UID {uid}, marked as flagged",
        )
        try:
            async with asyncio.timeout(STORED_WITHIN_S):
                await self._receiver.hold(header, why, self._delivery())
        except NobodysMail as error:
            raise NobodysMailbox("no company has the mailbox's address") from error
        except (PyMongoError, OSError, TimeoutError) as error:
            raise StoreAway(type(error).__name__) from error
        MAILS.labels(mailbox.name, TOO_LARGE).inc()
        _log.warning("imap.mail_too_large", mailbox=mailbox.name, size=size)
        await self._willing(self._connection.add_flags((uid,), rb"\Flagged"))
        return True

    async def _after_storing(self, uids: Sequence[int]) -> None:
        if not uids:
            return
        mailbox, connection = self._mailbox, self._connection
        if mailbox.after == "delete":
            await self._willing(connection.delete(uids))
        elif mailbox.move_to is not None:
            await self._willing(connection.move(uids, mailbox.move_to))
        else:
            await self._willing(connection.add_flags(uids, rb"\Seen"))

    async def _willing(self, doing: Awaitable[None]) -> None:
        """The mails are ours by now: a server that will not mark or move them is a nuisance, not a reason to stop."""
        try:
            await doing
        except CommandRefused as error:
            MAILS.labels(self._mailbox.name, "not_marked").inc()
            self._warn(str(error))

    def _leave(self, position: Position, uid: int, reason: str) -> Position:
        if len(position.left) >= MOST_LEFT:
            raise TooManyLeft(f"{MOST_LEFT} mails could not be taken")
        MAILS.labels(self._mailbox.name, "left").inc()
        _log.warning("imap.mail_left", mailbox=self._mailbox.name, uid=uid)
        return position.leaving(uid, reason, now())

    def _delivery(self) -> Delivery:
        return Delivery(received_at=now(), recipients=(), sender=None, mailbox=self._mailbox.address)


def _batches(sizes: dict[int, int]) -> list[list[int]]:
    """Mails that are fetched and stored together: few bytes at once, however many mails."""
    batches: list[list[int]] = []
    total = 0
    for uid, size in sorted(sizes.items()):
        if not batches or total + size > _MOST_BYTES_AT_ONCE:
            batches.append([])
            total = 0
        batches[-1].append(uid)
        total += size
    return batches
