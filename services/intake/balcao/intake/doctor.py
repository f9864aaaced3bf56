"""`python -m balcao.intake doctor`: verifies the ledger and finds whatever is stuck. Changes nothing.

Exit codes: 0 all is well, 1 something is wrong or can't be asked, 2 the request makes no sense.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import aio_pika
from aiormq.exceptions import AMQPError
from pymongo.errors import PyMongoError

from balcao.intake.imap import examination
from balcao.intake.imap.standing import Standing, Standings
from balcao.intake.ledger import Account, Ledger, Problem
from balcao.intake.settings import Settings
from balcao.shared.clock import now
from balcao.shared.deadletters import DeadLetters
from balcao.shared.events import MailAutoReplied, MailBounced, MailHeld, MessageReceived
from balcao.shared.mongo import Mongo
from balcao.shared.settings import load
from balcao.shared.topology import QUEUES

_WORDS = {
    "in_no_outcome": "in no known outcome",
    "without_a_rule": "without the rule that led to their outcome",
    "bytes_lost": "whose bytes are not there any more",
    "repeat_of_nothing": "that came again and are not there",
    "not_said": "commits whose facts are still not on the bus",
    "mailbox_in_trouble": "mailboxes that can't be fetched",
    "mailbox_untended": "mailboxes that no replica fetches",
    "mails_left": "mails in mailboxes that can't be taken, in",
    "dead_letters": "facts that no handler could take (see `make dead-letters`)",
}
_SAYS = (MessageReceived, MailBounced, MailAutoReplied, MailHeld)
_TROUBLE = (PyMongoError, AMQPError, OSError, TimeoutError)


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
        accounts, problems, mailboxes = asyncio.run(_examine(load(Settings, smtp_port=25), asked.days, asked.company))
    except _TROUBLE as error:
        sys.stderr.write(f"doctor: can't ask: {str(error)[:300] or type(error).__name__}\n")
        return 1
    sys.stdout.write(_as_json(accounts, problems) if asked.json else _as_text(accounts, problems, mailboxes))
    return 1 if problems or any(one.problems for one in accounts) else 0


async def _examine(
    settings: Settings, days: int, company: str | None
) -> tuple[list[Account], list[Problem], list[Standing]]:
    """The companies' accounts, what is wrong besides, and how the mailboxes stand that are fetched."""
    mongo = Mongo(settings.mongo_url, f"{settings.database_prefix}intake")
    try:
        ledger = Ledger(mongo)
        companies = [company] if company is not None else await ledger.companies()
        since = now() - timedelta(days=days)
        accounts = [await ledger.account(one, since) for one in companies]
        unsaid = await ledger.unsaid()
        dead = await _dead_letters(settings.amqp_url)
        mailboxes = await Standings(mongo, settings.imap_lease_s).all()
        fetched = examination.problems(mailboxes, {one.name for one in settings.mailboxes}, now())
        return accounts, [one for one in (unsaid, *dead, *fetched) if one is not None], mailboxes
    finally:
        mongo.client.close()


async def _dead_letters(amqp_url: str) -> list[Problem]:
    """What intake said and somebody could not take: stuck as well, only further on."""
    connection = await aio_pika.connect(amqp_url, timeout=10)
    async with connection:
        letters = DeadLetters(connection)
        found: list[Problem] = []
        for queue in QUEUES:
            if not set(queue.hears) & set(_SAYS):
                continue
            listing = await letters.listing(queue.name, limit=10)
            if listing is not None and listing.total:
                ids = tuple(one.id for one in listing.letters if one.type in {fact.type for fact in _SAYS})
                if ids:
                    found.append(Problem("dead_letters", listing.total, ids))
        return found


def _as_json(accounts: list[Account], problems: list[Problem]) -> str:
    content: dict[str, Any] = {
        "companies": [asdict(one) for one in accounts],
        "problems": [asdict(one) for one in problems],
    }
    return json.dumps(content, default=str, indent=1) + "\n"


def _as_text(accounts: list[Account], problems: list[Problem], mailboxes: list[Standing]) -> str:
    lines: list[str] = []
    for one in accounts:
        counted = ", ".join(f"{outcome} {count}" for outcome, count in one.counts.items() if count) or "nothing"
        verdict = "adds up" if sum(one.counts.values()) == one.arrivals else "DOES NOT ADD UP"
        lines.append(f"{one.company_id}: {one.arrivals} since {one.since:%Y-%m-%d}: {counted}; {verdict}")
        lines.extend(_line(problem) for problem in one.problems)
    lines.extend(examination.in_words(one, now()) for one in mailboxes)
    lines.extend(_line(problem) for problem in problems)
    wrong = sum(len(one.problems) for one in accounts) + len(problems)
    lines.append("doctor: all is well" if not wrong else f"doctor: {wrong} kinds of trouble")
    return "\n".join(lines) + "\n"


def _line(problem: Problem) -> str:
    return f"  {problem.count} {_WORDS[problem.kind]}: {', '.join(problem.ids)}"
