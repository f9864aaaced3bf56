"""Using a saved reply: the fields it sets, who its ticket belongs to then, and its count, in one change (W18)."""

from dataclasses import dataclass

from balcao.shared.aggregate import Change, Revision
from balcao.shared.commit import Work
from balcao.shared.errors import NotFound
from balcao.shared.events import Party
from balcao.shared.timeline import Cause
from balcao.tickets.domain.fields import Edit, Known, edit_step
from balcao.tickets.domain.saved_replies import SavedReply
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.editing import Editing
from balcao.tickets.store.directory import Directory


@dataclass(frozen=True)
class Use:
    """A saved reply in use: what it adds to the change of a ticket."""

    reply: SavedReply
    known: Known
    by: Party
    cause: Cause
    directory: Directory
    editing: Editing

    def step(self, revision: Revision[Ticket]) -> None:
        """Set the fields that it sets. What was archived since it was written is left out."""
        values = self.reply.sets.edit(self.known.team, self.known.tags)
        if values:
            edit_step(revision, Edit.model_validate(values), self.by, self.known)

    async def beside(self, change: Change[Ticket]) -> Work:
        """Count the use, and save what an edit of the fields brings with it (O6)."""
        work = await self.editing.beside(change, self.cause)
        counted = await self.directory.replies.using(self.reply, self.cause.at)
        work.updates.extend(counted.updates)
        for collection, documents in counted.inserts.items():
            work.insert(collection, *documents)
        return work


class Replying:
    """Looks saved replies up for whoever may see them."""

    def __init__(self, directory: Directory, editing: Editing) -> None:
        self._directory = directory
        self._editing = editing

    async def get(self, company_id: str, reply_id: str, person_id: str) -> SavedReply:
        """A reply that this person sees. Raises `NotFound`, also for somebody else's own."""
        reply = await self._directory.replies.get(company_id, reply_id)
        if not reply.is_seen_by(person_id):
            raise NotFound("no such saved reply")
        return reply

    async def use(self, company_id: str, reply_id: str | None, by: Party, cause: Cause) -> Use | None:
        """What using a reply means; none when none is named. Raises `NotFound`."""
        if reply_id is None:
            return None
        reply = await self.get(company_id, reply_id, by.person_id or "")
        known = await self._editing.known(company_id)
        return Use(reply, known, by, cause, self._directory, self._editing)
