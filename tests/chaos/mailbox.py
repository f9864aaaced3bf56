"""The mails that went out, as the catcher keeps them on disk: readable also while the catcher is dead."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

_NUMBER = re.compile(r"\[#(\d+)\]")
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Caught:
    """One mail as somebody got it."""

    id: int
    recipient: str
    subject: str
    message_id: str
    in_reply_to: str
    reply_to: str
    automatic: bool

    @property
    def number(self) -> int:
        """The ticket in its subject; 0 when there is none."""
        found = _NUMBER.search(self.subject)
        return int(found[1]) if found else 0


class Mailbox:
    """All recipients' mails, oldest first, copies included."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_to = 0
        self.mails: list[Caught] = []

    def look(self) -> None:
        """Read what came since the last look."""
        path = self._folder / "index.jsonl"
        if not path.exists():
            return
        with path.open("rb") as index:
            index.seek(self._read_to)
            for line in index:
                if not line.endswith(b"\n"):
                    break  # being written just now
                self._read_to += len(line)
                self.mails.append(_caught(json.loads(line)))

    async def wait_for(self, what: str, fits: Callable[[Caught], bool], within_s: float) -> Caught:
        """The first mail that fits. Raises `TimeoutError` naming what was waited for."""
        deadline, seen = time.monotonic() + within_s, 0
        while True:
            self.look()
            for place in range(seen, len(self.mails)):
                if fits(self.mails[place]):
                    return self.mails[place]
            seen = len(self.mails)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no mail came: {what}")
            await asyncio.sleep(_LOOK_EVERY_S)

    def raw(self, mail: Caught) -> bytes:
        """The bytes that went out."""
        return Path(self._folder, f"{mail.id:08}.eml").read_bytes()

    def words(self, mail: Caught) -> str:
        """Everything in it that a person or program could read: the bytes, the headers and all text parts decoded."""
        raw = self.raw(mail)
        message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
        texts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
        headers = [str(value) for value in message.values()]
        return "\n".join([raw.decode("latin-1"), *headers, *texts])


def _caught(row: dict[str, Any]) -> Caught:
    return Caught(
        id=row["id"],
        recipient=row["recipients"][0].lower(),
        subject=row["subject"],
        message_id=row["message_id"],
        in_reply_to=row["in_reply_to"],
        reply_to=row["reply_to"],
        automatic=row["auto_submitted"] not in ("", "no"),
    )
