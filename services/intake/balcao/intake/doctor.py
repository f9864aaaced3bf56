"""`python -m balcao.intake doctor`: verifies the ledger and finds whatever is stuck. Changes nothing.

Exit codes: 0 all is well, 1 something is wrong or can't be asked, 2 the request makes no sense.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import aio_pika
import httpx
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError, ChannelNotFoundEntity
from pymongo.errors import PyMongoError

from balcao.intake.fates import Fates
from balcao.intake.imap import examination
from balcao.intake.imap.standing import Standing, Standings
from balcao.intake.ledger import Accepted, Account, Ledger, Problem
from balcao.intake.settings import Settings
from balcao.shared.clock import now
from balcao.shared.deadletters import DeadLetters
from balcao.shared.events import MailAutoReplied, MailBounced, MailHeld, MessageReceived
from balcao.shared.mongo import Mongo
from balcao.shared.settings import load
from balcao.shared.topology import QUEUES, RETRY_AFTER_S

_WORDS = {
    "in_no_outcome": "in no known outcome",
    "without_a_rule": "without the rule that led to their outcome",
    "bytes_lost": "whose bytes are not there any more",
    "repeat_of_nothing": "that came again and are not there",
    "stuck": "accepted, of which nothing has come for two minutes",
    "not_asked": "of the services not asked what became of accepted messages; set",
    "not_said": "commits whose facts are still not on the bus",
    "mailbox_in_trouble": "mailboxes that can't be fetched",
    "mailbox_untended": "mailboxes that no replica fetches",
    "mails_left": "mails in mailboxes that can't be taken, in",
    "dead_letters": "facts that no handler could take (see `make dead-letters`)",
}
_SAYS = (MessageReceived, MailBounced, MailAutoReplied, MailHeld)
_TROUBLE = (PyMongoError, AMQPError, httpx.HTTPError, OSError, TimeoutError)
_TIERS = tuple(f"balcao.retry.{attempt}" for attempt in range(1, len(RETRY_AFTER_S) + 1))


@dataclass(frozen=True)
class Findings:
    """All that was found."""

    accounts: list[Account]
    accepted: dict[str, Accepted]
    """What became of each company's accepted messages; empty where `tickets` can't be asked."""
    problems: list[Problem]
    """What is wrong besides."""
    mailboxes: list[Standing]
    depths: dict[str, int]
    """How many facts lie in the queues that hear intake, and in the retry tiers."""

    @property
    def wrong(self) -> int:
        """How many kinds of trouble there are."""
        return len(self.problems) + sum(len(self.problems_of(one)) for one in self.accounts)

    def problems_of(self, account: Account) -> list[Problem]:
        """What is wrong with a company's messages."""
        accepted = self.accepted.get(account.company_id)
        stuck = accepted.stuck if accepted is not None else None
        return [*account.problems, *([stuck] if stuck is not None else [])]


def main(arguments: Sequence[str]) -> int:
    """Read the command line, examine, say what was found; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m balcao.intake doctor", description="Verifies the ledger.")
    parser.add_argument("--days", type=int, default=30, help="how far to look back (1 to 3660)")
    parser.add_argument("--company", help="one company's id; all of them unless given")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args(arguments)
    if not 1 <= asked.days <= 3660:
        parser.error("--days must be between 1 and 3660")
    try:
        found = asyncio.run(_examine(load(Settings, smtp_port=25), asked.days, asked.company))
    except _TROUBLE as error:
        sys.stderr.write(f"doctor: can't ask: {str(error)[:300] or type(error).__name__}\n")
        return 1
    sys.stdout.write(_as_json(found) if asked.json else _as_text(found))
    return 1 if found.wrong else 0


async def _examine(settings: Settings, days: int, company: str | None) -> Findings:
    """Ask the database, the broker and `tickets`."""
    mongo = Mongo(settings.mongo_url, f"{settings.database_prefix}intake")
    try:
        ledger = Ledger(mongo)
        companies = [company] if company is not None else await ledger.companies()
        since = now() - timedelta(days=days)
        accounts = [await ledger.account(one, since) for one in companies]
        accepted = await _accepted(settings, ledger, companies, since)
        unasked = None if settings.tickets_url else Problem("not_asked", 1, ("BALCAO_TICKETS_URL",))
        unsaid = await ledger.unsaid()
        depths, dead = await _on_the_bus(settings.amqp_url)
        mailboxes = await Standings(mongo, settings.imap_lease_s).all()
        fetched = examination.problems(mailboxes, {one.name for one in settings.mailboxes}, now())
        problems = [one for one in (unasked, unsaid, *dead, *fetched) if one is not None]
        return Findings(accounts, accepted, problems, mailboxes, depths)
    finally:
        mongo.client.close()


async def _accepted(
    settings: Settings, ledger: Ledger, companies: Sequence[str], since: datetime
) -> dict[str, Accepted]:
    if not settings.tickets_url:
        return {}
    async with Fates(settings.tickets_url, settings.service_secret.get_secret_value()) as fates:
        return {one: await ledger.accepted(one, since, fates) for one in companies}


async def _on_the_bus(amqp_url: str) -> tuple[dict[str, int], list[Problem]]:
    """How much waits to be heard, and what somebody could not take: stuck as well, only further on."""
    heard_by = [queue.name for queue in QUEUES if set(queue.hears) & set(_SAYS)]
    connection = await aio_pika.connect(amqp_url, timeout=10)
    async with connection:
        depths = {name: await _depth(connection, name) for name in (*heard_by, *_TIERS)}
        return depths, await _dead_letters(DeadLetters(connection), heard_by)


async def _depth(connection: AbstractConnection, queue: str) -> int:
    """Messages that wait in a queue; none where nobody has declared it yet."""
    async with await connection.channel() as channel:
        try:
            found = await channel.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity:
            return 0
        return found.declaration_result.message_count or 0


async def _dead_letters(letters: DeadLetters, queues: Sequence[str]) -> list[Problem]:
    found: list[Problem] = []
    for queue in queues:
        listing = await letters.listing(queue, limit=10)
        if listing is not None and listing.total:
            ids = tuple(one.id for one in listing.letters if one.type in {fact.type for fact in _SAYS})
            if ids:
                found.append(Problem("dead_letters", listing.total, ids))
    return found


def _as_json(found: Findings) -> str:
    content: dict[str, Any] = {
        "companies": [
            {
                **asdict(one),
                "accepted": found.accepted[one.company_id].counts if found.accepted else None,
                "problems": [asdict(problem) for problem in found.problems_of(one)],
            }
            for one in found.accounts
        ],
        "problems": [asdict(one) for one in found.problems],
        "depths": found.depths,
    }
    return json.dumps(content, default=str, indent=1) + "\n"


def _as_text(found: Findings) -> str:
    lines: list[str] = []
    for one in found.accounts:
        verdict = "adds up" if sum(one.counts.values()) == one.arrivals else "DOES NOT ADD UP"
        lines.append(f"{one.company_id}: {one.arrivals} since {one.since:%Y-%m-%d}: {_counted(one.counts)}; {verdict}")
        if one.waiting:
            lines.append(f"  {one.waiting} held and waiting for somebody to decide")
        if found.accepted:
            lines.append(f"  of those accepted: {_counted(found.accepted[one.company_id].counts)}")
        lines.extend(_line(problem) for problem in found.problems_of(one))
    lines.extend(examination.in_words(one, now()) for one in found.mailboxes)
    lines.append(f"waiting to be heard: {_counted(found.depths)}")
    lines.extend(_line(problem) for problem in found.problems)
    lines.append("doctor: all is well" if not found.wrong else f"doctor: {found.wrong} kinds of trouble")
    return "\n".join(lines) + "\n"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counts.items() if count) or "nothing"


def _line(problem: Problem) -> str:
    return f"  {problem.count} {_WORDS[problem.kind]}: {', '.join(problem.ids)}"
