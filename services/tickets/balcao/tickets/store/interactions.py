"""Tags of interactions: a document for each entry that ever had one, beside the timeline that nobody rewrites."""

from typing import Any

from balcao.shared.commit import Update, Work
from balcao.shared.events import TicketEntryTagged
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import TIMELINE
from balcao.tickets.domain.interactions import after
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import INTERACTION_TAGS

_MOST_ROWS = 100
_MOST_EXCERPT = 300


class InteractionTags:
    """Written in the transaction of the fact that says so."""

    def __init__(self, database: Database) -> None:
        self._tags = database[INTERACTION_TAGS]
        self._timeline = database[TIMELINE]

    async def entry(self, company_id: str, ticket_id: str, n: int) -> Document | None:
        """An entry of a ticket's history."""
        found = await self._timeline.find_one({"of": ticket_id, "n": n})
        return found if found is not None and found["company_id"] == company_id else None

    async def of_entry(self, company_id: str, ticket_id: str, n: int) -> Document | None:
        """What is kept about an entry's tags; none where it never had any."""
        found = await self._tags.find_one({"_id": _id(ticket_id, n)})
        return found if found is not None and found["company_id"] == company_id else None

    def saying(self, ticket: Ticket, entry: Document, known: Document | None, change: TicketEntryTagged) -> Work:
        """What a change of tags writes."""
        if known is not None:
            tags = after(known["tags"], change.added, change.removed)
            values = {"tags": tags, "version": known["version"] + 1}
            return Work(updates=[Update(INTERACTION_TAGS, known["_id"], known["version"], values)])
        data: dict[str, Any] = entry["data"]
        by = data.get("author") or data.get("sender") or (data.get("ticket") or {}).get("requester")
        work = Work()
        work.insert(
            INTERACTION_TAGS,
            {
                "_id": _id(ticket.id, entry["n"]),
                "company_id": ticket.company_id,
                "ticket_id": ticket.id,
                "ticket_number": ticket.number,
                "n": entry["n"],
                "type": entry["type"],
                "at": entry["at"],
                "author": by,
                "excerpt": str(data.get("text") or data.get("excerpt") or "")[:_MOST_EXCERPT],
                "place": _place(entry),
                "tags": after((), change.added, change.removed),
                "version": 1,
            },
        )
        return work

    async def tagged(
        self, company_id: str, tag_id: str, *, after: str | None, limit: int
    ) -> tuple[list[Document], str | None]:
        """Interactions with a tag, the latest first, from behind the place `after`; and the next page's place."""
        limit = max(1, min(limit, _MOST_ROWS))
        query = {"company_id": company_id, "tags": tag_id, "place": {"$gt": "", "$lt": after or "\U0010ffff"}}
        found = await self._tags.find(query).sort("place", -1).limit(limit + 1).to_list(limit + 1)
        page = found[:limit]
        return page, page[-1]["place"] if len(found) > limit else None


def _id(ticket_id: str, n: int) -> str:
    return derived_id("interaction", ticket_id, str(n))


def _place(entry: Document) -> str:
    """Sorts by time, and is one entry's alone."""
    return f"{int(entry['at'].timestamp() * 1000):015d} {entry['_id']}"
