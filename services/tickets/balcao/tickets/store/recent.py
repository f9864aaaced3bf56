"""The tickets that somebody opened at the desk, latest first: one click away (O12)."""

from balcao.shared.commit import Work
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import Cause
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store import RECENT, TICKETS

MOST = 50
_ROW = dict.fromkeys("company_id number title status requester opened_at updated_at version draft".split(), 1)


class RecentTickets:
    """Who opened what, kept apart from the tickets so that those which came by mail cost nothing."""

    def __init__(self, database: Database) -> None:
        self._recent = database[RECENT]
        self._tickets = database[TICKETS]

    async def of(self, company_id: str, person_id: str, limit: int = 10) -> list[Document]:
        """Rows of the tickets a person opened last, drafts among them."""
        cursor = self._recent.find({"person_id": person_id}).sort("at", -1).limit(MOST)
        ids = [one["_id"] for one in await cursor.to_list(MOST) if one["company_id"] == company_id][:limit]
        if not ids:
            return []
        found = {one["_id"]: one for one in await self._tickets.find({"_id": {"$in": ids}}, _ROW).to_list(len(ids))}
        return [found[id_] for id_ in ids if id_ in found]


def opened_by(cause: Cause, ticket: Ticket, also: Work | None = None) -> Work:
    """What noting the opener writes, as part of the opening."""
    work = also or Work()
    if cause.actor is not None and cause.actor.person_id is not None:
        row: Document = {"_id": ticket.id, "company_id": ticket.company_id, "number": ticket.number}
        work.insert(RECENT, {**row, "person_id": cause.actor.person_id, "at": cause.at})
    return work
