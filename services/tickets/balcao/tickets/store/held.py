"""Messages that point at a ticket their sender is no part of, until a person decides."""

from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound, Stale
from balcao.shared.events import AnyEnvelope, Envelope, MessageHeld, MessageReceived
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import Cause, tell
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
        """One held message and the event it came as. Raises `NotFound`."""
        document = await self._held.find_one({"_id": held_id})
        if document is None or document["company_id"] != company_id:
            raise NotFound("no such held message")
        return document, Envelope[MessageReceived].model_validate(document["event"])

    async def decided(self, document: Document, state: str, by: str) -> None:
        """Note the decision. Raises `Stale` when somebody else has decided meanwhile."""
        change = {"state": state, "version": document["version"] + 1, "decided_by": by}
        work = Work(updates=[Update(HELD, document["_id"], document["version"], change)])
        try:
            await self._committer.save(work)
        except Conflict as conflict:
            raise Stale("somebody else has decided meanwhile") from conflict
