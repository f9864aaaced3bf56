"""What became of messages that `intake` took in, for its ledger: the ticket, entry or held message of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from balcao.shared.ids import derived_id
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import TIMELINE, entry_id
from balcao.tickets.store import HELD, TICKETS

Fate = Literal["opened", "appended", "held", "refused"]
_AS_DECIDED: dict[str, Fate] = {
    "waiting": "held",
    "rejected": "refused",
    "discarded": "refused",
    "accepted": "appended",
    "opened": "opened",
}
_APPENDED = ("ticket.requester_replied.v1", "ticket.noted.v1")


@dataclass(frozen=True)
class Arrived:
    """A message that was taken in: the event that said so, and what of it leads to a ticket quickly."""

    event_id: str
    ticket_ids: tuple[str, ...] = ()
    number: int | None = None
    internet_message_id: str | None = None


class Fates:
    """Looks messages up by the ids that follow from their event, so that placing one writes nothing for this."""

    def __init__(self, database: Database) -> None:
        self._tickets = database[TICKETS]
        self._held = database[HELD]
        self._timeline = database[TIMELINE]

    async def of(self, company_id: str, messages: Sequence[Arrived]) -> dict[str, Fate]:
        """What became of messages, by their event; one that nothing has come of is not among it."""
        fates: dict[str, Fate] = dict.fromkeys(await self._opened(company_id, messages), "opened")
        fates |= await self._kept_out(company_id, messages)
        left = [one for one in messages if one.event_id not in fates]
        if left:
            fates |= dict.fromkeys(await self._appended(company_id, left), "appended")
        return fates

    async def _opened(self, company_id: str, messages: Iterable[Arrived]) -> list[str]:
        events = {derived_id("ticket", one.event_id): one.event_id for one in messages}
        query: Document = {"_id": {"$in": list(events)}, "company_id": company_id}
        return [events[one["_id"]] async for one in self._tickets.find(query, {"_id": 1})]

    async def _kept_out(self, company_id: str, messages: Iterable[Arrived]) -> dict[str, Fate]:
        query: Document = {"_id": {"$in": [one.event_id for one in messages]}, "company_id": company_id}
        return {one["_id"]: _AS_DECIDED[one["state"]] async for one in self._held.find(query, {"state": 1})}

    async def _appended(self, company_id: str, messages: Sequence[Arrived]) -> set[str]:
        """By the tickets that a message points at. Tickets are merged and forget Message-IDs, so for the few that are
        left the whole timeline is searched: better than an index that every entry pays for."""
        by_number, by_message_id = await self._pointed_at(company_id, messages)
        entries: dict[str, str] = {}
        for one in messages:
            also = (by_number.get(one.number or 0), by_message_id.get(one.internet_message_id or ""))
            for ticket_id in (*one.ticket_ids, *(id_ for id_ in also if id_)):
                entries |= {entry_id(one.event_id, type_, ticket_id): one.event_id for type_ in _APPENDED}
        found = await self._causes({"_id": {"$in": list(entries)}, "company_id": company_id})
        left = [one.event_id for one in messages if one.event_id not in found]
        if left:
            found |= await self._causes({"cause": {"$in": left}, "company_id": company_id})
        return found

    async def _pointed_at(self, company_id: str, messages: Sequence[Arrived]) -> tuple[dict[int, str], dict[str, str]]:
        numbers = [one.number for one in messages if one.number is not None]
        message_ids = [one.internet_message_id for one in messages if one.internet_message_id]
        wanted: Document = {"number": 1, "message_ids": 1}
        by_number: dict[int, str] = {}
        by_message_id: dict[str, str] = {}
        for query in ({"number": {"$in": numbers}}, {"message_ids": {"$in": message_ids}}):
            async for one in self._tickets.find({"company_id": company_id, **query}, wanted):
                by_number[one["number"]] = one["_id"]
                by_message_id |= dict.fromkeys(one["message_ids"], one["_id"])
        return by_number, by_message_id

    async def _causes(self, query: Document) -> set[str]:
        return {one["cause"] async for one in self._timeline.find(query, {"cause": 1})}
