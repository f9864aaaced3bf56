"""Messages that were not let in, until a person decides: they point at a ticket their sender is no part of, or their
sender is unknown to a company that wants to know whom it serves (O3)."""

from contextlib import suppress
from typing import Literal

from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound
from balcao.shared.events import (
    AnyEnvelope,
    Envelope,
    MailDecisionAsked,
    MessageHeld,
    MessageReceived,
    SenderHeld,
    SenderRejected,
)
from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import Cause, tell
from balcao.tickets.domain.conditions import MessageIsDecided
from balcao.tickets.store import HELD

Undecided = Literal["waiting", "rejected"]
UNDECIDED: tuple[Undecided, ...] = ("waiting", "rejected")
"""Messages that wait, and those whose sender was told that they can't come in: a person may still let those in."""
Listed = Literal["waiting", "rejected", "discarded"]
_MOST_LISTED = 200
_SAID = ("event.data.message_id", "event.data.files", "event.data.authentication")
_LISTED = ("at", "rule", "ticket_number", "sender", "subject", "state", "disproven", *_SAID)
"""Not its words: those of two hundred messages are much to read."""


class HeldMessages:
    """Kept whole, so that accepting one later does exactly what its arrival would have done."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._held = database[HELD]
        self._committer = committer

    async def hold(self, event: Envelope[MessageReceived], fact: MessageHeld, cause: Cause) -> None:
        """Keep a message. Raises `AlreadyDone` when it is kept already."""
        where: Document = {"ticket_id": fact.pointed_at.id, "ticket_number": fact.pointed_at.number}
        why: Document = {"rule": fact.rule, "disproven": fact.disproven}
        await self._keep(event, fact, cause, {"state": "waiting", **why, **where})

    async def hold_sender(self, event: Envelope[MessageReceived], fact: SenderHeld, cause: Cause) -> None:
        """Keep the message of somebody unknown until it is decided whether they may come in. Raises as `hold` does."""
        await self._keep(event, fact, cause, {"state": "waiting", "rule": fact.rule, **_NOWHERE})

    async def keep_rejected(self, event: Envelope[MessageReceived], fact: SenderRejected, cause: Cause) -> None:
        """Keep the message of somebody who is told that they can't come in. Raises as `hold` does."""
        await self._keep(event, fact, cause, {"state": "rejected", "rule": "unknown_sender", **_NOWHERE})

    async def ask(self, company_id: str, fact: MailDecisionAsked, cause: Cause) -> None:
        """Say who is asked about a mail that `intake` keeps. Raises `AlreadyDone` when it was said."""
        work = Work()
        work.tell(tell("tickets", company_id, fact.message_id, (fact,), cause))
        await self._committer.save(work)

    async def has(self, held_id: str) -> bool:
        """Whether this message was kept out, whatever was decided about it since."""
        return await self._held.find_one({"_id": held_id}, {"_id": 1}) is not None

    async def kept(self, company_id: str, state: Listed = "waiting") -> list[Document]:
        """The oldest 200 in a state; of the discarded ones the newest. What they say is not among it."""
        wanted = {"company_id": company_id, "state": state}
        order = -1 if state == "discarded" else 1
        cursor = self._held.find(wanted, dict.fromkeys(_LISTED, 1)).sort("at", order).limit(_MOST_LISTED)
        return await cursor.to_list(_MOST_LISTED)

    async def get(self, company_id: str, held_id: str) -> tuple[Document, AnyEnvelope]:
        """A message about which a person may decide, and the event it came as.

        Raises `NotFound`, and `MessageIsDecided` when somebody did.
        """
        document = await self._held.find_one({"_id": held_id})
        if document is None or document["company_id"] != company_id:
            raise NotFound("no such held message")
        if document["state"] not in UNDECIDED:
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

    async def restore(self, company_id: str, held_id: str, by: str) -> None:
        """Let a discarded message wait again; nothing when it waits already. Raises `NotFound`, and `MessageIsDecided`
        when it became part of a ticket."""
        document = await self._held.find_one({"_id": held_id})
        if document is None or document["company_id"] != company_id:
            raise NotFound("no such held message")
        if document["state"] in UNDECIDED:
            return
        if document["state"] != "discarded":
            raise MessageIsDecided(f"this message was {document['state']} already", state=document["state"])
        with suppress(Conflict):  # somebody else has just done it
            await self._committer.save(_decision(document, "waiting", by))

    async def note_earlier(self, company_id: str, held_id: str, state: str, by: str) -> None:
        """Note a decision that turns out to be carried out already; nothing when it is noted."""
        with suppress(MessageIsDecided, Conflict):
            await self._committer.save(await self.deciding(company_id, held_id, state, by))

    async def _keep(
        self,
        event: Envelope[MessageReceived],
        fact: MessageHeld | SenderHeld | SenderRejected,
        cause: Cause,
        values: Document,
    ) -> None:
        work = Work()
        work.tell(tell("tickets", event.companyid, event.id, (fact,), cause))
        work.insert(
            HELD,
            {
                "_id": event.id,
                "company_id": event.companyid,
                "at": event.time,
                "version": 1,
                "sender": fact.sender.model_dump(exclude_none=True),
                "subject": fact.subject,
                "event": event.model_dump(mode="json"),
                **values,
            },
        )
        await self._committer.save(work)


_NOWHERE: Document = {"ticket_id": None, "ticket_number": None}


def _decision(document: Document, state: str, by: str) -> Work:
    change = {"state": state, "version": document["version"] + 1, "decided_by": by}
    return Work(updates=[Update(HELD, document["_id"], document["version"], change)])
