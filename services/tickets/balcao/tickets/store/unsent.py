"""Unsent words in the database: one document per person and ticket, and those that were given back beside them."""

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from balcao.shared.commit import Update, Work
from balcao.shared.mongo import Database, Document
from balcao.tickets.domain.conditions import UnsentChanged
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.domain.unsent import Kept, Unsent, returned_id, unsent_id
from balcao.tickets.store import UNSENT

_MOST = 100
_CONTENT = tuple(Unsent.model_fields)
_EMPTY = Unsent().model_dump()


class UnsentWords:
    """What was sent or dropped leaves an empty document for a while: its revision tells other tabs of it."""

    def __init__(self, database: Database) -> None:
        self._unsent = database[UNSENT]

    async def of_ticket(self, company_id: str, person_id: str, ticket_id: str) -> tuple[list[Kept], int]:
        """Somebody's words on a ticket, the ones being written first, and the revision to name when changing those."""
        query = {"person_id": person_id, "kept": True}
        found = await self._unsent.find(query).sort("updated_at", -1).limit(_MOST).to_list(_MOST)
        mine = [_read(one) for one in found if one["ticket_id"] == ticket_id and one["company_id"] == company_id]
        written = unsent_id(company_id, person_id, ticket_id)
        mine.sort(key=lambda one: one.id != written)
        if mine and mine[0].id == written:
            return mine, mine[0].revision
        empty = await self._unsent.find_one({"_id": written}, {"version": 1})
        return mine, empty["version"] if empty else 0

    async def of_person(self, company_id: str, person_id: str) -> list[Kept]:
        """All of somebody's unsent words, the latest first, up to 100."""
        query = {"person_id": person_id, "kept": True}
        found = await self._unsent.find(query).sort("updated_at", -1).limit(_MOST).to_list(_MOST)
        return [_read(one) for one in found if one["company_id"] == company_id]

    async def write(self, ticket: Ticket, person_id: str, words: Unsent, *, seen: int | None, at: datetime) -> Kept:
        """Keep words in place of those of revision `seen` (0 for none so far; none: whatever is there).

        Raises `UnsentChanged`, with what is there now and what was to be written, when another tab was quicker.
        """
        id_ = unsent_id(ticket.company_id, person_id, ticket.id)
        while True:
            found = await self._unsent.find_one({"_id": id_})
            revision = found["version"] if found else 0
            if seen is not None and seen != revision:
                theirs = _read(found) if found and found["kept"] else None
                raise UnsentChanged(
                    "these words were changed or sent elsewhere",
                    current_revision=revision,
                    theirs=theirs.model_dump(mode="json", exclude={"company_id"}) if theirs else None,
                    yours=words.model_dump(mode="json"),
                )
            begun_on = words.begun_on or (found["begun_on"] if found and found["kept"] else None) or ticket.version
            document = {
                **words.model_dump(),
                "begun_on": begun_on,
                "company_id": ticket.company_id,
                "person_id": person_id,
                "ticket_id": ticket.id,
                "ticket_number": ticket.number,
                "updated_at": at,
                "returned": None,
                "kept": True,
                "version": revision + 1,
            }
            if await self._put(id_, revision, document):
                return _read({"_id": id_, **document})

    async def drop(self, company_id: str, person_id: str, id_: str, *, seen: int | None, at: datetime) -> bool:
        """Empty one's own words; false when there are none of that id. Raises `UnsentChanged` as `write` does."""
        while True:
            found = await self._unsent.find_one({"_id": id_})
            if not _is_mine(found, company_id, person_id):
                return False
            assert found is not None
            if seen is not None and seen != found["version"]:
                raise UnsentChanged("these words were changed elsewhere", current_revision=found["version"])
            change = _emptied(found["version"], at)
            result = await self._unsent.update_one({"_id": id_, "version": found["version"]}, _as_update(change))
            if result.modified_count:
                return True

    async def sending(self, company_id: str, person_id: str, id_: str, revision: int, at: datetime) -> Work:
        """What emptying words writes that are sent now: nothing when they have changed since, so that none are lost."""
        found = await self._unsent.find_one({"_id": id_, "version": revision})
        if not _is_mine(found, company_id, person_id):
            return Work()
        change = _emptied(revision, at)
        return Work(updates=[Update(UNSENT, id_, revision, change)])

    async def giving_back(self, words: Kept, reply_id: str) -> Work:
        """What giving words back writes; beside what their author is writing already, if they are."""
        found = await self._unsent.find_one({"_id": words.id})
        document = {**words.model_dump(exclude={"id", "revision"}), "kept": True}
        if found is None:
            return _inserting(words.id, document)
        if found["kept"]:
            return _inserting(returned_id(reply_id), document)
        version = found["version"]
        return Work(updates=[Update(UNSENT, words.id, version, {**document, "version": version + 1}, ("gone_at",))])

    async def _put(self, id_: str, revision: int, document: Document) -> bool:
        if revision == 0:
            try:
                await self._unsent.insert_one({"_id": id_, **document})
            except DuplicateKeyError:
                return False
            return True
        change = {"$set": document, "$unset": {"gone_at": ""}}
        result = await self._unsent.update_one({"_id": id_, "version": revision}, change)
        return bool(result.modified_count)


def _is_mine(found: Document | None, company_id: str, person_id: str) -> bool:
    return found is not None and found["kept"] and (found["company_id"], found["person_id"]) == (company_id, person_id)


def _emptied(revision: int, at: datetime) -> Document:
    return {**_EMPTY, "kept": False, "gone_at": at, "updated_at": at, "returned": None, "version": revision + 1}


def _as_update(change: Document) -> dict[str, Any]:
    return {"$set": change}


def _inserting(id_: str, document: Document) -> Work:
    work = Work()
    work.insert(UNSENT, {"_id": id_, **document, "version": 1})
    return work


def _read(document: Document) -> Kept:
    return Kept.model_validate({**document, "id": document["_id"], "revision": document["version"]})
