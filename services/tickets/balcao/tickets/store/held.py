"""Messages that point at a ticket their sender is no part of, until a person decides."""

from contextlib import suppress

from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound
from balcao.shared.events import AnyEnvelope, Envelope, MessageHeld, MessageReceived
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import Cause, tell
from balcao.tickets.domain.conditions import MessageIsDecided
from balcao.tickets.store import HELD


class HeldMessages:
    """Kept whole, so that accepting one later does exactly what its arrival would have done."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._held = database[HELD]
        self._committer = committer

    async def hold(self, event: Envelope[MessageReceived], fact: MessageHeld, cause: Cause) -> None:
        """Keep a message. Raises `AlreadyDone` when it is kept already."""
        work = Work()
        work.tell(tell("tickets", event.companyid, event.id, (fact,), cause))
        work.insert(
            HELD,
            {
                "_id": event.id,
                "company_id": event.companyid,
                "state": "waiting",
                "at": event.time,
                "version": 1,
                "rule": fact.rule,
                "ticket_id": fact.pointed_at.id,
                "ticket_number": fact.pointed_at.number,
                "sender": fact.sender.model_dump(exclude_none=True),
                "subject": fact.subject,
                "event": event.model_dump(mode="json"),
            },
        )
        await self._committer.save(work)

    async def waiting(self, company_id: str) -> list[Document]:
        """The oldest 200 that wait for a decision."""
        cursor = self._held.find({"company_id": company_id, "state": "waiting"}).sort("at", 1).limit(200)
        return await cursor.to_list(200)

    async def get(self, company_id: str, held_id: str) -> tuple[Document, AnyEnvelope]:
        """A message that waits for a decision, and the event it came as.

        Raises `NotFound`, and `MessageIsDecided` when it waits no more.
        """
        document = await self._held.find_one({"_id": held_id})
        if document is None or document["company_id"] != company_id:
            raise NotFound("no such held message")
        if document["state"] != "waiting":
            raise MessageIsDecided(f"this message was {document['state']} already", state=document["state"])
        return document, Envelope[MessageReceived].model_validate(document["event"])

    async def deciding(self, company_id: str, held_id: str, state: str, by: str) -> Work:
        """What noting a decision writes: part of the change that carries it out, so that only one ever is. Raises as
        `get` does."""
        document, _ = await self.get(company_id, held_id)
        return _decision(document, state, by)

    async def discard(self, company_id: str, held_id: str, by: str) -> None:
        """Put a message aside. Raises as `get` does."""
        try:
            await self._committer.save(await self.deciding(company_id, held_id, "discarded", by))
        except Conflict:
            await self.get(company_id, held_id)
            raise

    async def note_earlier(self, company_id: str, held_id: str, state: str, by: str) -> None:
        """Note a decision that turns out to be carried out already; nothing when it is noted."""
        with suppress(MessageIsDecided, Conflict):
            await self._committer.save(await self.deciding(company_id, held_id, state, by))


def _decision(document: Document, state: str, by: str) -> Work:
    change = {"state": state, "version": document["version"] + 1, "decided_by": by}
    return Work(updates=[Update(HELD, document["_id"], document["version"], change)])
