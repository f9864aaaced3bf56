"""`python -m balcao.intake ingest PATH...`: takes in mails from files, a Maildir, an mbox or standard input.

What they say is said, and tickets open, as soon as the service runs.

Exit codes: 0 all are in, 1 some are not (they are named), 2 the request makes no sense, 130 it was stopped. Run again,
it goes on: what is in already is recognised.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from balcao.intake.domain.addresses import normal_address
from balcao.intake.domain.mail import Delivery
from balcao.intake.known import KnownCompanies
from balcao.intake.mail_files import Found, Unreadable, check, mails_of, size_of
from balcao.intake.readers import Readers
from balcao.intake.reception import Kept, NobodysMail, Reception
from balcao.intake.settings import Settings
from balcao.intake.smtp import STORED_WITHIN_S
from balcao.intake.store import INDEXES, Companies, Mails
from balcao.shared import telemetry
from balcao.shared.bus import Bus
from balcao.shared.clock import now
from balcao.shared.commit import Committer
from balcao.shared.mongo import Mongo
from balcao.shared.outbox import Relay
from balcao.shared.service import OUTBOX_INDEXES
from balcao.shared.settings import load

_AT_ONCE = 16
_TRIES = 5
_REST_S = 1.0
_STOPPED = 130
_AWAY = (PyMongoError, TimeoutError, OSError)


class _StoreAway(Exception):
    """The database does not answer, however often it is asked."""


@dataclass
class _Tally:
    """How it went."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)
    ended: str = ""
    """Why it ended before the last mail; empty when it did not."""

    def text(self) -> str:
        """For people."""
        new = {outcome: count for outcome, count in sorted(self.outcomes.items()) if outcome != "duplicate"}
        by_outcome = ", ".join(f"{outcome} {count}" for outcome, count in new.items())
        lines = [f"failed: {name}: {why}" for name, why in self.failed]
        lines.append(
            f"ingest: {sum(new.values())} new{f' ({by_outcome})' if new else ''}, "
            f"{self.outcomes['duplicate']} duplicate, {len(self.failed)} failed"
        )
        if self.ended:
            lines.append(f"ingest: {self.ended}; run it again to go on, nothing will be there twice")
        return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Read the command line, take the mails in, say how it went; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m balcao.intake ingest", description="Takes in mails from files.")
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help=".eml file, folder of them, Maildir, mbox, or - (stdin)"
    )
    parser.add_argument("--to", metavar="ADDRESS", help="in whose mailbox they lay; theirs unless delivered to another")
    asked = parser.parse_args(arguments)
    settings = load(Settings, smtp_port=25, http_port=1)
    telemetry.set_up("intake-ingest", settings.model_copy(update={"log_level": "error"}))
    with _on_disk(asked.paths) as paths:
        try:
            tally = asyncio.run(_ingest(settings, paths, asked.to))
        except Unreadable as error:
            sys.stderr.write(f"ingest: {error}\n")
            return 2
        except _AWAY as error:
            sys.stderr.write(f"ingest: the database can't be asked: {str(error)[:300] or type(error).__name__}\n")
            return 1
        finally:
            telemetry.shut_down()
    sys.stdout.write(tally.text())
    if tally.ended.startswith("stopped"):
        return _STOPPED
    return 1 if tally.failed or tally.ended else 0


@contextmanager
def _on_disk(paths: Sequence[str]) -> Iterator[list[Path]]:
    """The paths, with standard input in a file of its own for as long as this is open."""
    if "-" not in paths:
        yield [Path(one) for one in paths]
        return
    with tempfile.NamedTemporaryFile(prefix="balcao-stdin-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield [Path(file.name if one == "-" else one) for one in paths]


async def _ingest(settings: Settings, paths: Sequence[Path], to: str | None) -> _Tally:
    for path in paths:
        check(path)
    async with _open_reception(settings) as (companies, reception):
        mailbox = await _mailbox(companies, to)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            taking = _Taking(reception, mailbox, progress, sum(map(size_of, paths)))
            await taking.take_all(one for path in paths for one in mails_of(path, settings.most_mail_bytes))
        return taking.tally


class _Taking:
    """Takes one mail after the other, some at once so that they share commits."""

    def __init__(self, reception: Reception, mailbox: str, progress: Progress, total: int) -> None:
        self.tally = _Tally()
        self._reception = reception
        self._mailbox = mailbox
        self._progress = progress
        self._bar = progress.add_task("0", total=total)

    async def take_all(self, mails: Iterator[Found]) -> None:
        """Until the last one, or until somebody stops it; what was begun is finished."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._end, "stopped")
        under_way: set[asyncio.Task[None]] = set()
        while not self.tally.ended and (found := await asyncio.to_thread(next, mails, None)) is not None:
            under_way.add(asyncio.create_task(self._take(found)))
            if len(under_way) >= _AT_ONCE:
                _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*under_way)

    def _end(self, why: str) -> None:
        self.tally.ended = self.tally.ended or why

    async def _take(self, found: Found) -> None:
        why = found.problem
        if not why:
            try:
                kept = await self._receive(found.raw)
                self.tally.outcomes.update(one.outcome for one in kept)
            except NobodysMail:
                why = "it names none of our addresses; say whose mailbox it lay in with --to"
            except _StoreAway as error:
                self._end(f"the database does not answer ({error})")
            except Exception as error:  # the next one may be better
                why = f"{type(error).__name__}: {str(error)[:200]}"
        if why:
            self.tally.failed.append((found.name, why))
        counted = self.tally.outcomes.total() + len(self.tally.failed)
        self._progress.update(self._bar, advance=found.size, description=str(counted))

    async def _receive(self, raw: bytes) -> tuple[Kept, ...]:
        """Raises `NobodysMail` and `_StoreAway`."""
        for left in reversed(range(_TRIES)):
            delivery = Delivery(received_at=now(), recipients=(), sender=None, mailbox=self._mailbox)
            try:
                async with asyncio.timeout(STORED_WITHIN_S):
                    return await self._reception.receive(raw, delivery)
            except _AWAY as error:
                if not left or self.tally.ended:
                    raise _StoreAway(type(error).__name__) from error
                await asyncio.sleep(_REST_S)
        raise AssertionError("unreachable")


async def _mailbox(companies: KnownCompanies, to: str | None) -> str:
    """The address whose mails they are; empty when the mails themselves say it. Raises `Unreadable`."""
    await companies.reload()
    if to is None:
        return ""
    address = normal_address(to)
    if address is None or not await companies.knows(address):
        raise Unreadable(f"--to {to}: nobody here has this address")
    return address


@asynccontextmanager
async def _open_reception(settings: Settings) -> AsyncIterator[tuple[KnownCompanies, Reception]]:
    """What a running service takes mails in with, without its doors and its bus: what the mails say waits in the
    outbox, from which a running service says it within seconds."""
    mongo = Mongo(settings.mongo_url, f"{settings.database_prefix}intake")
    relay = Relay(mongo.db, Bus(settings.amqp_url, service="intake"))  # never connected: the relay leaves all behind
    readers = Readers(settings.mail_readers, settings.mail_reading_limit_s)
    companies = KnownCompanies(Companies(mongo))
    mails = Mails(mongo, Committer(mongo, relay))
    secret = settings.service_secret.get_secret_value()
    try:
        await mongo.create_indexes((*INDEXES, *OUTBOX_INDEXES))
        await readers.start()
        yield companies, Reception(mails, companies, secret, readers, settings.trusted_authserv)
    finally:
        await readers.stop()
        await relay.stop()
        mongo.close()
