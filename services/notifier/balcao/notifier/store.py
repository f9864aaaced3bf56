"""Deliveries, in-app notices and company profiles in the database. The only file that names collections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from balcao.notifier.domain.audience import Channel, Kind, Telling
from balcao.notifier.domain.deliveries import Delivery
from balcao.shared.clock import now, to_milliseconds
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound
from balcao.shared.events import AnyEnvelope, CompanyProfile, Party, read
from balcao.shared.ids import new_id
from balcao.shared.mongo import Document, Index, Mongo
from balcao.shared.together import Together

DELIVERIES = "deliveries"
COMPANIES = "companies"
REMINDERS = "reminders"
"""When to look again at which mail: a small collection for the few that were put off, because an index on the
deliveries would cost every one of them."""
MOST_UNREAD_COUNTED = 500
_DUPLICATE_KEY = 11000

INDEXES = (
    Index.on(DELIVERIES, "company_id", "ticket_id", "at", why="the deliveries of one ticket, oldest first"),
    Index.on(
        DELIVERIES,
        "company_id",
        "person_id",
        "-place",
        why="one person's notices, newest first",
        partial={"channel": Channel.IN_APP},
    ),
    Index.on(REMINDERS, "due", why="the retry loop takes what is due"),
    Index.on(COMPANIES, "_id", why="a company's profile by its id"),
)

_UNTIL_SETTLED = ("lease_until", "due", "event", "event_type", "holder", "waiting", "since")
"""Fields a mail has only while it is on its way."""


@dataclass(frozen=True)
class Notice:
    """An in-app notice as its reader gets it."""

    id: str
    place: str
    kind: Kind
    ticket_number: int | None
    ticket_title: str
    who: str
    at: datetime
    read_at: datetime | None


class Store:
    """The notifier's database."""

    def __init__(self, mongo: Mongo, committer: Committer) -> None:
        self._deliveries = mongo.db[DELIVERIES]
        self._reminders = mongo.db[REMINDERS]
        self._companies = mongo.db[COMPANIES]
        self._committer = committer
        self._claims: Together[Sequence[Document], set[str]] = Together(self._insert)
        self._sent: Together[str, None] = Together(self._mark_sent)
        self._put_off: Together[UpdateOne, None] = Together(self._bulk)

    # Companies

    async def company(self, company_id: str) -> CompanyProfile | None:
        """The profile as last heard of, or none."""
        found = await self._companies.find_one({"_id": company_id})
        return CompanyProfile.model_validate(found["profile"]) if found else None

    async def learn_company(self, profile: CompanyProfile) -> None:
        """Keep a profile unless a version as high or higher is known: facts may come late or twice."""
        try:
            await self._companies.update_one(
                {"_id": profile.id, "version": {"$lt": profile.version}},
                {"$set": {"version": profile.version, "profile": profile.model_dump()}},
                upsert=True,
            )
        except DuplicateKeyError:
            return  # the filter missed because the known version is not lower, and the upsert hit its id

    # Deliveries on their way

    async def claim(self, deliveries: Sequence[Delivery], lease_until: datetime) -> set[str]:
        """Record these deliveries as ours to carry out until `lease_until`; durable at return.

        Returns the ids that are new. The others were recorded before: sent, failed, or in somebody's hands.
        """
        return await self._claims.add([_new_document(one, lease_until) for one in deliveries])

    async def leave_to_retries(self, event: AnyEnvelope, ids: Iterable[str]) -> int:
        """Have the retry loop carry out what an earlier handling of this event left behind; returns how many.

        Each becomes due when the lease it was claimed under ends: while that runs, its holder may still be sending.
        """
        left = 0
        for found in await self._deliveries.find({"_id": {"$in": list(ids)}}).to_list(None):
            if found["state"] != "queued" or "due" in found:
                continue
            await self._remind(found["_id"], found["lease_until"])
            taken = await self._deliveries.update_one(
                {"_id": found["_id"], "state": "queued", "version": found["version"], "due": None},
                {"$set": _waiting(event, found["lease_until"], now())},
            )
            left += taken.modified_count
        return left

    async def take_due(self, lease_until: datetime, most: int) -> list[Delivery]:
        """Take over up to `most` deliveries whose time has come, until `lease_until`. No two processes get the same.

        Leased deliveries are due again when the lease ends, so those of a process that died come back by themselves.
        """
        instant = now()
        reminders = self._reminders.find({"due": {"$lt": instant}}, {"_id": 1}).sort("due", 1).limit(most)
        ids = [one["_id"] for one in await reminders.to_list(most)]
        if not ids:
            return []
        holder = new_id()
        await self._deliveries.update_many(
            {"_id": {"$in": ids}, "waiting": True, "due": {"$lt": instant}},
            {"$set": {"due": lease_until, "holder": holder}, "$inc": {"version": 1}},
        )
        found = await self._deliveries.find({"_id": {"$in": ids}}).to_list(None)
        await self._look_later(found, instant, lease_until)
        await self._forget(one["_id"] for one in found if one["state"] != "queued")
        return [_read(one) for one in found if one.get("holder") == holder]

    async def put_off(self, delivery: Delivery, *, until: datetime, tries: int, reason: str) -> None:
        """Keep a mail that did not go out, with its event, for the retry loop. No effect once somebody else has it."""
        values = {**_waiting(delivery.event, until, delivery.since or now()), "tries": tries, "reason": reason}
        mine = {"_id": delivery.id, "version": delivery.version, "state": "queued"}
        await self._remind(delivery.id, until)
        await self._put_off.add(UpdateOne(mine, {"$set": values}))

    async def mark_sent(self, delivery: Delivery) -> None:
        """Record that the relay has the mail; what finishes together is one write."""
        await self._sent.add(delivery.id)

    async def settle(
        self, delivery: Delivery, fact: AnyEnvelope, *, state: str, at: datetime, reason: str | None = None
    ) -> bool:
        """Record the end of a delivery together with the fact that says so.

        Returns false, with nothing changed, when another process has taken the delivery over.
        """
        values: Document = {"state": state, "version": delivery.version + 1}
        values |= {"sent_at": at} if state == "sent" else {"failed_at": at, "reason": reason}
        update = Update(DELIVERIES, delivery.id, delivery.version, values, _UNTIL_SETTLED)
        try:
            await self._committer.save(Work(updates=[update], events=[fact]))
        except Conflict:
            return False
        return True

    # Reading

    async def deliveries_of(self, company_id: str, ticket_id: str, most: int) -> list[Document]:
        """The deliveries of one ticket, oldest first, at most `most`."""
        query = {"company_id": company_id, "ticket_id": ticket_id}
        return await self._deliveries.find(query, {"event": 0}).sort([("at", 1), ("_id", 1)]).limit(most).to_list(most)

    async def notices_of(self, company_id: str, person_id: str, most: int, after: str | None = None) -> list[Notice]:
        """A person's notices, newest first, at most `most`; those after the `place` of an earlier page's last one."""
        query: Document = {"company_id": company_id, "person_id": person_id, "channel": Channel.IN_APP}
        if after is not None:
            query["place"] = {"$lt": after}
        found = await self._deliveries.find(query).sort("place", -1).limit(most).to_list(most)
        return [_notice(one) for one in found]

    async def count_unread(self, company_id: str, person_id: str) -> int:
        """How many of a person's newest `MOST_UNREAD_COUNTED` notices they have not read."""
        query = {"company_id": company_id, "person_id": person_id, "channel": Channel.IN_APP}
        newest = self._deliveries.find(query, {"unread": 1}).sort("place", -1).limit(MOST_UNREAD_COUNTED)
        return sum("unread" in one for one in await newest.to_list(MOST_UNREAD_COUNTED))

    async def read_notice(self, company_id: str, person_id: str, notice_id: str, at: datetime) -> Notice:
        """Mark a person's own notice as read, once: a repeat keeps the first time. Raises `NotFound`."""
        mine = {"_id": notice_id, "company_id": company_id, "person_id": person_id, "channel": Channel.IN_APP}
        await self._deliveries.update_one({**mine, "unread": True}, {"$set": {"read_at": at}, "$unset": {"unread": ""}})
        found = await self._deliveries.find_one(mine)
        if found is None:
            raise NotFound("no such notice")
        return _notice(found)

    # Reminders

    async def _remind(self, id_: str, due: datetime) -> None:
        """Have `take_due` look at this delivery then, or earlier when that was said already.

        Written before the delivery says that it waits: a look too many or too early does no harm, one that is missing
        or too late would leave a mail lying.
        """
        await self._reminders.update_one({"_id": id_}, {"$min": {"due": due}}, upsert=True)

    async def _look_later(self, found: Sequence[Document], seen_at: datetime, lease_until: datetime) -> None:
        """Move the reminders that came up to when their delivery is due; one that does not wait yet will in a moment.

        A reminder that was written meanwhile stays as it is.
        """
        operations = [
            UpdateOne({"_id": one["_id"], "due": {"$lt": seen_at}}, {"$set": {"due": one.get("due") or lease_until}})
            for one in found
            if one["state"] == "queued"
        ]
        if operations:
            await self._reminders.bulk_write(operations, ordered=False)

    async def _forget(self, ids: Iterable[str]) -> None:
        """Drop the reminders of deliveries that are settled."""
        if settled := list(ids):
            await self._reminders.delete_many({"_id": {"$in": settled}})

    # Batches

    async def _insert(self, batch: Sequence[Sequence[Document]]) -> list[set[str]]:
        documents = [document for some in batch for document in some]
        taken: set[int] = set()
        try:
            await self._deliveries.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            taken = _duplicates(error)
        # By place and not by id: of two in one batch the first is new and the second is not.
        new = iter(index not in taken for index in range(len(documents)))
        return [{one["_id"] for one in some if next(new)} for some in batch]

    async def _mark_sent(self, ids: Sequence[str]) -> list[None]:
        change = {"$set": {"state": "sent", "sent_at": now()}, "$unset": dict.fromkeys(_UNTIL_SETTLED, "")}
        if len(ids) == 1:
            await self._deliveries.update_one({"_id": ids[0]}, change)
        else:
            await self._deliveries.update_many({"_id": {"$in": list(ids)}}, change)
        return [None] * len(ids)

    async def _bulk(self, operations: Sequence[UpdateOne]) -> list[None]:
        await self._deliveries.bulk_write(list(operations), ordered=False)
        return [None] * len(operations)


def _new_document(delivery: Delivery, lease_until: datetime) -> Document:
    about, telling = delivery.about, delivery.telling
    document: Document = {
        "_id": delivery.id,
        "company_id": delivery.event.companyid,
        "ticket_id": about.id,
        "event_id": delivery.event.id,
        "kind": telling.kind,
        "channel": telling.channel,
        "at": delivery.event.time,
        "to": telling.recipient.model_dump(exclude_none=True),
    }
    if telling.channel is Channel.MAIL:
        return {**document, "state": "queued", "version": delivery.version, "lease_until": lease_until}
    actor = delivery.event.actor
    return {
        **document,
        "state": "sent",
        "person_id": telling.recipient.person_id,
        "place": f"{to_milliseconds(delivery.event.time).isoformat(timespec='milliseconds')}/{delivery.id}",
        "ticket_number": about.number,
        "ticket_title": about.title,
        "who": (actor.name or actor.address or "") if actor else "",
        "unread": True,
        "read_at": None,
    }


def _waiting(event: AnyEnvelope, due: datetime, since: datetime) -> Document:
    """What a mail carries while it waits: the event too, for the broker's copy is acknowledged."""
    return {"waiting": True, "due": due, "since": since, "event": event.to_json(), "event_type": event.type}


def _read(document: Document) -> Delivery:
    telling = Telling(Kind(document["kind"]), Channel(document["channel"]), Party.model_validate(document["to"]))
    return Delivery(
        document["_id"],
        read(bytes(document["event"]), document["event_type"]),
        telling,
        document["version"],
        document.get("tries", 0),
        document["since"],
    )


def _notice(document: Document) -> Notice:
    return Notice(
        document["_id"],
        document["place"],
        Kind(document["kind"]),
        document["ticket_number"],
        document["ticket_title"],
        document["who"],
        document["at"],
        document["read_at"],
    )


def _duplicates(error: BulkWriteError) -> set[int]:
    """Which of the documents were there already. Raises the error again when anything else went wrong."""
    details: Any = error.details
    problems = details.get("writeErrors", [])
    if not problems or details.get("writeConcernErrors") or any(one["code"] != _DUPLICATE_KEY for one in problems):
        raise error
    return {one["index"] for one in problems}
