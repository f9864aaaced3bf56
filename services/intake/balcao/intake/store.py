"""What intake keeps: every mail and portal message as it came, and the companies it is for. Only file that names
collections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bson.binary import Binary
from pymongo.errors import DuplicateKeyError

from balcao.intake.domain.mail import OUTCOMES, Delivery
from balcao.intake.domain.pipeline import Taken
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound
from balcao.shared.events import AnyEnvelope, CompanyProfile, MessageReceived
from balcao.shared.files import Files
from balcao.shared.ids import new_id
from balcao.shared.mongo import Document, Index, Mongo

MAILS = "mails"
REPEATS = "repeats"
COMPANIES = "companies"
MAILBOXES = "mailboxes"

MOST_INSIDE = 12 * 1024 * 1024
"""A raw mail up to this size lies inside its document (a document holds 16 MiB); a larger one is a file."""

INDEXES = (
    Index.on(MAILS, "company_id", "outcome", "received_at", why="the ledger: counts and pages by outcome"),
    Index.on(
        MAILS,
        "company_id",
        "decision.what",
        "received_at",
        why="what is held and waits for a decision, and what was put aside",
        partial={"outcome": "held"},
    ),
    Index.on(REPEATS, "company_id", "received_at", why="the ledger: arrivals of a mail that was there already"),
    # Made with the service and not at the first large mail or company, which may come inside a transaction.
    Index.on(COMPANIES, "_id", why="makes the collection"),
    Index.on(MAILBOXES, "_id", why="makes the collection; one document for each mailbox, by its name"),
    Index.on("files.files", "_id", why="makes the collection"),
    Index.on("files.chunks", "files_id", "n", why="GridFS reads a file's chunks in order", unique=True),
)

Decision = Literal["let_in", "put_aside"]
"""What a person decided about a mail that was held."""
HeldState = Literal["waiting", "put_aside"]
"""Of a mail that is held: whether it waits for a decision, or was put aside by one."""

_MOST_AT_ONCE = 2000
_ROW: Document = {"raw": 0, "portal.text": 0}


class Repeated(Exception):
    """This very mail or request is stored already; it says nothing a second time."""


@dataclass(frozen=True)
class Page:
    """Some rows, and the instant before which the next page begins; none at the end."""

    items: list[Document]
    before: datetime | None


class Mails:
    """All that came in. Documents are not rewritten, but for those that a person decides about: they are few."""

    def __init__(self, mongo: Mongo, committer: Committer) -> None:
        self._mails = mongo.db[MAILS]
        self._repeats = mongo.db[REPEATS]
        self._files = Files(mongo)
        self._committer = committer

    async def keep(self, taken: Taken, raw: bytes, delivery: Delivery, events: Sequence[AnyEnvelope]) -> None:
        """Store a mail and what is to be said about it; returns once both are durable.

        Raises `Repeated`, and the driver's errors when the database is away.
        """
        document = _mail_document(taken, raw, delivery)
        if len(raw) > MOST_INSIDE:
            document["raw"] = None
            document["raw_file"] = await self._files.put(raw)
        await self._insert(document, events)

    async def keep_portal_message(
        self, message: MessageReceived, company_id: str, request_digest: str, at: datetime, event: AnyEnvelope
    ) -> None:
        """Store a message written in the portal. Raises `Repeated`."""
        document: Document = {
            "_id": message.message_id,
            "company_id": company_id,
            "channel": "portal",
            "outcome": "accepted",
            "rule": "portal",
            "received_at": at,
            "size": len(message.text.encode()),
            "sender": message.sender.model_dump(exclude_none=True),
            "subject": message.subject,
            "evidence": message.evidence.model_dump(exclude_none=True),
            "request_digest": request_digest,
            "portal": {"text": message.text, "files": [one.model_dump(exclude_none=True) for one in message.files]},
        }
        await self._insert(document, (event,))

    async def _insert(self, document: Document, events: Sequence[AnyEnvelope]) -> None:
        work = Work(events=list(events))
        work.insert(MAILS, document)
        try:
            await self._committer.save(work)
        except Conflict as error:
            raise Repeated from error

    async def decide(
        self, row: Document, decision: Document | None, also: Document, events: Sequence[AnyEnvelope]
    ) -> None:
        """Note on a held mail what was decided (`what`, `by`, `at`), other values of its row with it, and what is to be
        said of it; no decision: that it waits again. Raises `Conflict` when somebody was quicker."""
        version = row.get("version")
        change: Document = {"version": (version or 0) + 1, **also}
        gone: tuple[str, ...] = ("decision",)
        if decision is not None:
            change, gone = {**change, "decision": decision}, ()
        await self._committer.save(
            Work(updates=[Update(MAILS, row["_id"], version, change, gone)], events=list(events))
        )

    async def waiting(self, company_id: str, most: int) -> int:
        """How many held mails wait for a decision; counted up to `most`."""
        query = {"company_id": company_id, **in_state("waiting")}
        return await self._mails.count_documents(query, limit=most)

    async def note_repeat(self, taken: Taken, size: int, received_at: datetime) -> None:
        """Count one more arrival of a stored mail."""
        await self._repeats.insert_one(
            {
                "_id": new_id(),
                "company_id": taken.company_id,
                "mail_id": taken.id,
                "received_at": received_at,
                "size": size,
            }
        )

    async def row(self, company_id: str, message_id: str) -> Document:
        """The ledger's row of a message, without the raw mail. Raises `NotFound`, also for another company's."""
        return self._of(company_id, await self._mails.find_one({"_id": message_id}, _ROW))

    async def raw(self, company_id: str, message_id: str) -> bytes:
        """A mail as it came. Raises `NotFound`, also for another company's or for a portal message."""
        wanted = {"company_id": 1, "raw": 1, "raw_file": 1}
        found = self._of(company_id, await self._mails.find_one({"_id": message_id}, wanted))
        if found.get("raw") is not None:
            return bytes(found["raw"])
        if found.get("raw_file"):
            return await self._files.get(found["raw_file"])
        raise NotFound("this message was not a mail")

    async def page(
        self, company_id: str, outcome: str, before: datetime | None, limit: int, state: HeldState | None = None
    ) -> Page:
        """Rows with one outcome, newest first, received before an instant; rows of one instant are never parted. With a
        `state` those of the held ones that are in it."""
        query: Document = {"company_id": company_id, "outcome": outcome}
        if state is not None:
            query |= in_state(state)
        if before is not None:
            query["received_at"] = {"$lt": before}
        rows = await self._rows(query, limit + 1)
        if len(rows) <= limit:
            return Page(rows, None)
        edge: datetime = rows[limit]["received_at"]
        whole = [row for row in rows if row["received_at"] > edge]
        if not whole:
            whole = await self._rows({**query, "received_at": edge}, _MOST_AT_ONCE)
        return Page(whole, whole[-1]["received_at"])

    async def _rows(self, query: Document, limit: int) -> list[Document]:
        rows: list[Document] = await self._mails.find(query, _ROW).sort("received_at", -1).limit(limit).to_list(limit)
        return rows

    async def counts(self, company_id: str, since: datetime) -> dict[str, int]:
        """How many messages ended in each outcome since an instant; `duplicate` are repeated arrivals."""
        window: Document = {"$gte": since}
        counts: dict[str, int] = {
            outcome: await self._mails.count_documents(
                {"company_id": company_id, "outcome": outcome, "received_at": window}
            )
            for outcome in OUTCOMES
        }
        counts["duplicate"] = await self._repeats.count_documents({"company_id": company_id, "received_at": window})
        return counts

    def _of(self, company_id: str, document: Document | None) -> Document:
        if document is None or document["company_id"] != company_id:
            raise NotFound("no such message")
        return document


class Companies:
    """The companies as `tickets` last told of them."""

    def __init__(self, mongo: Mongo) -> None:
        self._companies = mongo.db[COMPANIES]

    async def learn(self, company: CompanyProfile) -> bool:
        """Keep a company's profile unless a newer one is known; whether it was news."""
        values = {"version": company.version, "profile": company.model_dump()}
        older = {"_id": company.id, "version": {"$lt": company.version}}
        updated = await self._companies.update_one(older, {"$set": values})
        if updated.matched_count:
            return True
        try:
            await self._companies.insert_one({"_id": company.id, **values})
        except DuplicateKeyError:
            return False
        return True

    async def all(self) -> list[CompanyProfile]:
        """Every company; a service desk has few."""
        found: list[dict[str, Any]] = await self._companies.find({}).to_list(10_000)
        return [CompanyProfile.model_validate(one["profile"]) for one in found]


def in_state(state: HeldState) -> Document:
    """The held mails in a state; `decision.what` of those that wait is not there."""
    return {"outcome": "held", "decision.what": None if state == "waiting" else state}


def _mail_document(taken: Taken, raw: bytes, delivery: Delivery) -> Document:
    return {
        "_id": taken.id,
        "company_id": taken.company_id,
        "channel": "mail",
        "outcome": taken.outcome,
        "rule": taken.rule,
        "reason": taken.reason,
        "received_at": delivery.received_at,
        "size": len(raw),
        "address": taken.address,
        "addressed_by": taken.addressed_by,
        "envelope": {
            "sender": delivery.sender,
            "recipients": list(delivery.recipients),
            "client": delivery.client,
            "helo": delivery.helo,
            **({"mailbox": delivery.mailbox} if delivery.mailbox else {}),
        },
        "sender": {"name": taken.sender.name, "address": taken.sender.address},
        "subject": taken.subject,
        "message_id": taken.message_id,
        "evidence": taken.evidence.model_dump(exclude_none=True),
        **({"authentication": taken.authentication.model_dump(exclude_none=True)} if taken.authentication else {}),
        "raw": Binary(raw),
    }
