"""Deliveries: claimed when they are planned, carried under a lease, settled once."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.kinds import Channel, Kind, Telling
from balcao.notifier.store import DELIVERIES
from balcao.notifier.store.notices import notice_fields
from balcao.notifier.store.reminders import Reminders
from balcao.shared.clock import now
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.events import AnyEnvelope, Party, read
from balcao.shared.ids import new_id
from balcao.shared.mongo import Document, Mongo
from balcao.shared.together import Together

_DUPLICATE_KEY = 11000
UNTIL_SETTLED = ("lease_until", "due", "event", "event_type", "holder", "waiting", "since")
"""Fields a mail has only while it is on its way."""


class Deliveries:
    """One document per event, recipient and channel; an in-app notice is one that is complete at once."""

    def __init__(self, mongo: Mongo, committer: Committer) -> None:
        self._deliveries = mongo.db[DELIVERIES]
        self._reminders = Reminders(mongo.db)
        self._committer = committer
        self._claims: Together[Sequence[Document], set[str]] = Together(self._insert)
        self._sent: Together[str, None] = Together(self._mark_sent)
        self._put_off: Together[UpdateOne, None] = Together(self._bulk)

    async def claim(
        self, deliveries: Sequence[Delivery], lease_until: datetime, gathering: Container[str] = ()
    ) -> set[str]:
        """Record these deliveries as ours to carry out until `lease_until`; durable at return. Those in `gathering`, by
        id, are recorded as waiting for others to go out with.

        Returns the ids that are new. The others were recorded before: sent, refused, or in somebody's hands.
        """
        return await self._claims.add(
            [_new_document(one, lease_until, waits=one.id in gathering) for one in deliveries]
        )

    async def leave_to_retries(self, event: AnyEnvelope, ids: Iterable[str]) -> int:
        """Have the retry loop carry out what an earlier handling of this event left behind; returns how many.

        Each becomes due when the lease it was claimed under ends: while that runs, its holder may still be sending.
        """
        left = 0
        for found in await self._deliveries.find({"_id": {"$in": list(ids)}}).to_list(None):
            if found["state"] != "queued" or "due" in found:
                continue
            await self._reminders.remind(found["_id"], found["lease_until"])
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
        ids = await self._reminders.due(instant, most)
        if not ids:
            return []
        holder = new_id()
        await self._deliveries.update_many(
            {"_id": {"$in": ids}, "waiting": True, "due": {"$lt": instant}},
            {"$set": {"due": lease_until, "holder": holder}, "$inc": {"version": 1}},
        )
        found = await self._deliveries.find({"_id": {"$in": ids}}).to_list(None)
        await self._reminders.look_later(found, instant, lease_until)
        await self._reminders.forget(one["_id"] for one in found if one["state"] != "queued")
        return [_read(one) for one in found if one.get("holder") == holder]

    async def put_off(self, delivery: Delivery, *, until: datetime, tries: int, reason: str) -> None:
        """Keep a mail that did not go out, with its event, for the retry loop. No effect once somebody else has it."""
        values = {**_waiting(delivery.event, until, delivery.since or now()), "tries": tries, "reason": reason}
        mine = {"_id": delivery.id, "version": delivery.version, "state": "queued"}
        await self._reminders.remind(delivery.id, until)
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
        values |= {"sent_at": at} if state == "sent" else {"refused_at": at, "reason": reason}
        update = Update(DELIVERIES, delivery.id, delivery.version, values, UNTIL_SETTLED)
        try:
            await self._committer.save(Work(updates=[update], events=[fact]))
        except Conflict:
            return False
        return True

    # Reading

    async def of_ticket(self, company_id: str, ticket_id: str, most: int) -> list[Document]:
        """The deliveries of one ticket, oldest first, at most `most`."""
        query = {"company_id": company_id, "ticket_id": ticket_id}
        return await self._deliveries.find(query, {"event": 0}).sort([("at", 1), ("_id", 1)]).limit(most).to_list(most)

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
        change = {"$set": {"state": "sent", "sent_at": now()}, "$unset": dict.fromkeys(UNTIL_SETTLED, "")}
        # A report of its failure may have come before this note: it says more.
        if len(ids) == 1:
            await self._deliveries.update_one({"_id": ids[0], "state": "queued"}, change)
        else:
            await self._deliveries.update_many({"_id": {"$in": list(ids)}, "state": "queued"}, change)
        return [None] * len(ids)

    async def _bulk(self, operations: Sequence[UpdateOne]) -> list[None]:
        await self._deliveries.bulk_write(list(operations), ordered=False)
        return [None] * len(operations)


def _new_document(delivery: Delivery, lease_until: datetime, *, waits: bool) -> Document:
    telling = delivery.telling
    document: Document = {
        "_id": delivery.id,
        "company_id": delivery.event.companyid,
        "ticket_id": delivery.about.id,
        "event_id": delivery.event.id,
        "kind": telling.kind,
        "channel": telling.channel,
        "at": delivery.event.time,
        "to": telling.recipient.model_dump(exclude_none=True),
    }
    if telling.channel is Channel.IN_APP:
        return document | notice_fields(delivery)
    if waits:
        return {**document, "state": "gathering", "version": delivery.version}
    return {**document, "state": "queued", "version": delivery.version, "lease_until": lease_until}


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


def _duplicates(error: BulkWriteError) -> set[int]:
    """Which of the documents were there already. Raises the error again when anything else went wrong."""
    details: Any = error.details
    problems = details.get("writeErrors", [])
    if not problems or details.get("writeConcernErrors") or any(one["code"] != _DUPLICATE_KEY for one in problems):
        raise error
    return {one["index"] for one in problems}
