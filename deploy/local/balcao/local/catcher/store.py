"""Keeps every caught mail as a file, with an index that is read again at the next start."""

import asyncio
import email
import email.policy
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path

INDEX_NAME = "index.jsonl"


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """What the list shows of one mail; `at` is when it came in, ISO 8601 in UTC."""

    id: int
    at: str
    sender: str
    recipients: list[str]
    subject: str
    message_id: str
    in_reply_to: str
    references: str
    reply_to: str
    auto_submitted: str
    size: int

    def is_for(self, address: str) -> bool:
        """Whether `address` is among the recipients, whatever the case."""
        folded = address.casefold()
        return any(recipient.casefold() == folded for recipient in self.recipients)


class MailStore:
    """Mails by number, in the order in which they came. One process at a time."""

    def __init__(self, folder: Path) -> None:
        """Read what an earlier run left in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._mails = _read_index(folder / INDEX_NAME)
        self._index = (folder / INDEX_NAME).open("a", encoding="utf-8")
        self._arrived = asyncio.Condition()

    async def keep(self, sender: str, recipients: Sequence[str], raw: bytes) -> CaughtMail:
        """Write the mail and its line in the index (no fsync: these mails are for looking at)."""
        number = self._mails[-1].id + 1 if self._mails else 1
        mail = _describe(number, sender, recipients, raw)
        self._path(number).write_bytes(raw)
        self._index.write(json.dumps(asdict(mail), ensure_ascii=False) + "\n")
        self._index.flush()
        async with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()
        return mail

    def find(self, *, to: str | None, since: str | None, limit: int) -> list[CaughtMail]:
        """The oldest `limit` mails after `since` (a mail's id, or a time as ISO 8601) for the recipient `to`.

        Raises ValueError when `since` is neither.
        """
        start = self._first_after(since)
        found: list[CaughtMail] = []
        for mail in self._mails[start:]:
            if to is None or mail.is_for(to):
                found.append(mail)
                if len(found) == limit:
                    break
        return found

    async def wait(self, *, to: str | None, since: str | None, limit: int, seconds: float) -> list[CaughtMail]:
        """As `find`, but wait up to `seconds` for the first such mail to come."""
        found = self.find(to=to, since=since, limit=limit)
        deadline = asyncio.get_running_loop().time() + seconds
        while not found:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            try:
                async with self._arrived, asyncio.timeout(left):
                    await self._arrived.wait()
            except TimeoutError:
                break
            found = self.find(to=to, since=since, limit=limit)
        return found

    def newest(self, limit: int) -> list[CaughtMail]:
        """The last `limit` mails, newest first."""
        return self._mails[: -limit - 1 : -1]

    def get(self, number: int) -> CaughtMail | None:
        """One mail's description."""
        position = self._first_after(str(number - 1))
        if position < len(self._mails) and self._mails[position].id == number:
            return self._mails[position]
        return None

    def raw(self, number: int) -> bytes | None:
        """One mail as it came in over SMTP."""
        try:
            return self._path(number).read_bytes()
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}.eml"

    def _first_after(self, since: str | None) -> int:
        if not since:
            return 0
        if since.lstrip("-").isdigit():
            return _first(self._mails, int(since))
        moment = datetime.fromisoformat(since)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        bound = moment.astimezone(UTC)
        return next(
            (place for place, mail in enumerate(self._mails) if datetime.fromisoformat(mail.at) > bound),
            len(self._mails),
        )


def _first(mails: list[CaughtMail], after_id: int) -> int:
    """Ids rise by one, a lost index line apart, so the place is found from the first id or just before it."""
    if not mails:
        return 0
    place = min(max(after_id - mails[0].id + 1, 0), len(mails))
    while place > 0 and mails[place - 1].id > after_id:
        place -= 1
    return place


def _read_index(path: Path) -> list[CaughtMail]:
    """The mails of earlier runs; a last line cut off by a kill is left out and overwritten in meaning."""
    if not path.exists():
        return []
    mails: list[CaughtMail] = []
    text = path.read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines():
        try:
            mails.append(CaughtMail(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    if text and not text.endswith("\n"):
        with path.open("a", encoding="utf-8") as index:
            index.write("\n")
    return mails


def _describe(number: int, sender: str, recipients: Sequence[str], raw: bytes) -> CaughtMail:
    # The old policy: it never raises on broken headers and costs a third.
    headers = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.compat32)

    def header(name: str) -> str:
        return " ".join(str(headers.get(name, "")).split())

    return CaughtMail(
        id=number,
        at=datetime.now(UTC).isoformat(),
        sender=sender,
        recipients=list(recipients),
        subject=readable(header("Subject")),
        message_id=header("Message-ID"),
        in_reply_to=header("In-Reply-To"),
        references=header("References"),
        reply_to=readable(header("Reply-To")),
        auto_submitted=header("Auto-Submitted"),
        size=len(raw),
    )


def readable(header: str) -> str:
    """A header with its encoded words decoded, or as it stands when they are broken."""
    try:
        return str(make_header(decode_header(header)))
    except (ValueError, LookupError):
        return header
