"""`python -m balcao.shared.deadletters list|show|replay|discard`: what an operator does with dead letters.

Needs BALCAO_AMQP_URL. Exit codes: 0 done, 1 it could not be done, 2 the request makes no sense.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import aio_pika
from aiormq.exceptions import AMQPError
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from balcao.shared.clock import now
from balcao.shared.deadletters import SUFFIX, DeadLetter, DeadLetters
from balcao.shared.settings import load
from balcao.shared.topology import QUEUES

_TROUBLE = (AMQPError, OSError, TimeoutError)


class Settings(BaseSettings):
    """The broker's address is all that is needed."""

    model_config = SettingsConfigDict(env_prefix="BALCAO_", extra="ignore", frozen=True)

    amqp_url: str = Field(pattern=r"^amqps?://", description="RabbitMQ connection string.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do it; returns the exit code."""
    asked = _parser().parse_args(arguments)
    settings = load(Settings)
    queues = [asked.queue.removesuffix(SUFFIX)] if asked.queue else [one.name for one in QUEUES]
    try:
        return asyncio.run(_do(asked, queues, settings))
    except _TROUBLE as error:
        place = urlsplit(settings.amqp_url)
        sys.stderr.write(f"broker {place.hostname}:{place.port or 5672}: {str(error) or type(error).__name__}\n")
        sys.stderr.write("Nothing is lost: what was not said to be done is still among the dead letters.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted: what was not said to be done is still among the dead letters.\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="balcao.shared.deadletters", description=__doc__)
    parser.add_argument("what", choices=("list", "show", "replay", "discard"))
    parser.add_argument("--queue", help="a handler's queue, e.g. tickets.take_message; without it all are searched")
    parser.add_argument("--id", help="one message")
    parser.add_argument("--limit", type=int, default=50, help="list: this many of each queue at the most")
    parser.add_argument("--yes", action="store_true", help="discard: really drop them for good")
    return parser


async def _do(asked: argparse.Namespace, queues: Sequence[str], settings: Settings) -> int:
    if asked.what == "show" and not asked.id:
        return _refuse("show needs --id")
    if asked.what in ("replay", "discard") and not (asked.id or asked.queue):
        return _refuse(f"{asked.what} needs --queue (all of it) or --id (one message)")
    if asked.what == "discard" and not asked.yes:
        return _refuse("discard drops messages for good; look at them with show, then say --yes")
    connection = await aio_pika.connect(settings.amqp_url, timeout=10)
    async with connection:
        letters = DeadLetters(connection)
        if asked.what == "list":
            return await _list(letters, queues, max(1, asked.limit), named=bool(asked.queue))
        if asked.what == "show":
            return await _show(letters, queues, asked.id)
        return await _move(letters, queues, asked)


async def _list(letters: DeadLetters, queues: Sequence[str], limit: int, *, named: bool) -> int:
    total = 0
    for queue in queues:
        listing = await letters.listing(queue, limit=limit)
        if listing is None:
            if named:
                return _missing(queue)
            continue
        total += listing.total
        if listing.total:
            _say(f"{queue}: {listing.total}")
            for letter in listing.letters:
                _say(f"  {_line(letter)}")
            if listing.total > len(listing.letters):
                _say(f"  … and {listing.total - len(listing.letters)} more (--limit)")
    _say(f"{total} dead letters" if total != 1 else "1 dead letter")
    return 0


async def _show(letters: DeadLetters, queues: Sequence[str], id_: str) -> int:
    shown = 0
    for queue in queues:
        letter = await letters.find(queue, id_)
        if letter is not None:
            shown += 1
            _say(_whole(letter))
    return 0 if shown else _missing(id_)


async def _move(letters: DeadLetters, queues: Sequence[str], asked: argparse.Namespace) -> int:
    move, done = (letters.replay, "replayed") if asked.what == "replay" else (letters.discard, "discarded")
    count = 0
    for queue in queues:
        async for letter in move(queue, asked.id):
            count += 1
            _say(f"{done} {letter.queue} {letter.id} {letter.type}")
    _say(f"{count} {done}")
    return 0 if count or not asked.id else _missing(asked.id)


def _line(letter: DeadLetter) -> str:
    attempts = f"{letter.attempts} tries" if letter.attempts != 1 else "1 try"
    reason = " ".join(letter.reason.split())[:160]
    return f"{letter.id}  {letter.type}  {_age(letter)}  {attempts}  {letter.error}: {reason}"


def _age(letter: DeadLetter) -> str:
    if letter.failed_at is None:
        return "age unknown"
    seconds = max(0, int((now() - letter.failed_at).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _whole(letter: DeadLetter) -> str:
    try:
        body = json.dumps(json.loads(letter.body), indent=2, ensure_ascii=False)
    except ValueError:
        body = letter.body.decode("utf-8", "backslashreplace")
    head = {
        "queue": letter.queue,
        "id": letter.id,
        "type": letter.type,
        "failed": letter.failed_at.isoformat() if letter.failed_at else "unknown",
        "attempts": letter.attempts,
        "error": letter.error,
        "reason": letter.reason,
        "correlation id": letter.correlation_id or "",
        "headers": json.dumps(letter.headers, default=str, ensure_ascii=False),
    }
    return "\n".join([*(f"{name}: {value}" for name, value in head.items()), "", body, ""])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _refuse(why: str) -> int:
    sys.stderr.write(why + "\n")
    return 2


def _missing(what: str) -> int:
    sys.stderr.write(f"{what}: not found among the dead letters of this broker\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
