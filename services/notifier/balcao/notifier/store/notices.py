"""In-app notices: deliveries that are complete at once, and stay unread until their reader says so."""

from dataclasses import dataclass
from datetime import datetime

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.store import DELIVERIES
from balcao.shared.clock import to_milliseconds
from balcao.shared.errors import NotFound
from balcao.shared.mongo import Database, Document

MOST_UNREAD_COUNTED = 500


@dataclass(frozen=True)
class Notice:
    """An in-app notice as its reader gets it."""

    id: str
    place: str
    kind: Kind
    ticket_number: int | None
    task_number: int | None
    ticket_title: str
    who: str
    at: datetime
    read_at: datetime | None


class Notices:
    """Each person's own; nobody else's are ever found."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database[DELIVERIES]

    async def of(self, company_id: str, person_id: str, most: int, after: str | None = None) -> list[Notice]:
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

    async def read(self, company_id: str, person_id: str, notice_id: str, at: datetime) -> Notice:
        """Mark a person's own notice as read, once: a repeat keeps the first time. Raises `NotFound`."""
        mine = {"_id": notice_id, "company_id": company_id, "person_id": person_id, "channel": Channel.IN_APP}
        await self._deliveries.update_one({**mine, "unread": True}, {"$set": {"read_at": at}, "$unset": {"unread": ""}})
        found = await self._deliveries.find_one(mine)
        if found is None:
            raise NotFound("no such notice")
        return _notice(found)

    async def read_all(self, company_id: str, person_id: str, at: datetime) -> int:
        """Mark all that a person has got until now and not read; returns how many."""
        query = {"company_id": company_id, "person_id": person_id, "channel": Channel.IN_APP, "unread": True}
        changed = await self._deliveries.update_many(query, {"$set": {"read_at": at}, "$unset": {"unread": ""}})
        return int(changed.modified_count)


def notice_fields(delivery: Delivery) -> Document:
    """What an in-app notice's document carries on top of every delivery's."""
    about, actor = delivery.about, delivery.event.actor
    return {
        "state": "sent",
        "person_id": delivery.telling.recipient.person_id,
        "place": f"{to_milliseconds(delivery.event.time).isoformat(timespec='milliseconds')}/{delivery.id}",
        "ticket_number": about.number,
        "task_number": about.task_number,
        "ticket_title": about.title,
        "who": (actor.name or actor.address or "") if actor else "",
        "unread": True,
        "read_at": None,
    }


def _notice(document: Document) -> Notice:
    return Notice(
        document["_id"],
        document["place"],
        Kind(document["kind"]),
        document["ticket_number"],
        document.get("task_number"),
        document["ticket_title"],
        document["who"],
        document["at"],
        document["read_at"],
    )
