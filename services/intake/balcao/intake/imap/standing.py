"""Where each mailbox stands, in the database: who has it, how far it was read, how it goes."""

import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError

from balcao.intake.imap.mailbox import ImapMailbox
from balcao.intake.imap.position import Left, Position
from balcao.intake.store import MAILBOXES
from balcao.shared.clock import now
from balcao.shared.ids import new_id
from balcao.shared.mongo import Document, Mongo

State = Literal["connecting", "taking", "waiting", "away", "refused", "no_company", "store_away"]
TROUBLES: tuple[State, ...] = ("away", "refused", "no_company", "store_away")


class LeaseLost(Exception):
    """Another replica has the mailbox now."""


@dataclass(frozen=True)
class Condition:
    """How a mailbox goes, for people. `reason` says what is wrong, `warning` what does not go quite as wished."""

    state: State
    since: datetime
    reason: str = ""
    warning: str = ""
    retry_at: datetime | None = None
    failures: int = 0
    behind: int = 0
    """Mails that wait there, as of the last look."""
    heard_at: datetime | None = None
    """When the server answered last."""


@dataclass(frozen=True)
class Standing:
    """A mailbox as it was noted last."""

    name: str
    address: str
    position: Position | None
    condition: Condition | None
    leased_until: float = field(default=0.0)
    """Epoch seconds; past it nobody has the mailbox."""


class Standings:
    """One document for each mailbox, changed by whoever holds its lease and by nobody else."""

    def __init__(self, mongo: Mongo, lease_s: float) -> None:
        self._mailboxes = mongo.db[MAILBOXES]
        self._lease_s = lease_s
        self._token = new_id()

    async def take(self, mailbox: ImapMailbox) -> Standing | None:
        """Take the mailbox for ourselves; none when another replica has it. Raises the driver's errors."""
        document = await self._mailboxes.find_one({"_id": mailbox.name})
        if document is None:
            document = {"_id": mailbox.name, "address": mailbox.address, "where": mailbox.where, "lease": self._mine()}
            try:
                await self._mailboxes.insert_one(document)
            except DuplicateKeyError:
                return None
            return _standing(document)
        lease = document.get("lease")
        if lease is not None and lease["token"] != self._token and lease["until"] > time.time():
            return None
        change: Document = {"lease": self._mine(), "address": mailbox.address, "where": mailbox.where}
        if document["where"] != mailbox.where:
            change["position"] = None
        taken = await self._mailboxes.update_one({"_id": mailbox.name, "lease": lease}, {"$set": change})
        return _standing({**document, **change}) if taken.modified_count == 1 else None

    async def keep(self, name: str, condition: Condition) -> None:
        """Hold on to a mailbox and note how it goes. Raises `LeaseLost`, and the driver's errors."""
        await self._note(name, {"lease": self._mine(), "condition": asdict(condition)})

    async def move_on(self, name: str, position: Position) -> None:
        """Note how far a mailbox was read. Raises `LeaseLost`, and the driver's errors."""
        await self._note(name, {"position": asdict(position)})

    async def release(self, name: str, condition: Condition) -> None:
        """Let another replica take the mailbox at once. Raises the driver's errors."""
        values = {"lease": None, "condition": asdict(condition)}
        await self._mailboxes.update_one({"_id": name, "lease.token": self._token}, {"$set": values})

    async def all(self) -> list[Standing]:
        """Every mailbox there ever was, by name."""
        found = await self._mailboxes.find({}).sort("_id", 1).to_list(10_000)
        return [_standing(document) for document in found]

    async def _note(self, name: str, values: Document) -> None:
        noted = await self._mailboxes.update_one({"_id": name, "lease.token": self._token}, {"$set": values})
        if noted.matched_count != 1:
            raise LeaseLost(name)

    def _mine(self) -> Document:
        return {"token": self._token, "until": time.time() + self._lease_s}


def first_condition() -> Condition:
    """Before the first try."""
    return Condition("connecting", now())


def _standing(document: Document) -> Standing:
    position, condition, lease = (document.get(part) for part in ("position", "condition", "lease"))
    return Standing(
        name=document["_id"],
        address=document["address"],
        position=_position(position) if position else None,
        condition=Condition(**condition) if condition else None,
        leased_until=lease["until"] if lease else 0.0,
    )


def _position(values: dict[str, Any]) -> Position:
    return Position(**{**values, "left": tuple(Left(**one) for one in values["left"])})
