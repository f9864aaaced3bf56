"""Notes which tickets changed, in the transaction that changes them, until the finding index knows of it.

A new ticket needs no note: its number is higher than all the index has seen. So opening one writes nothing more.
"""

from balcao.shared.commit import Committer, Work
from balcao.tickets.store import MARKS, TICKETS


class MarkingCommitter(Committer):
    """Commits like any other; whoever changes a ticket through it can't forget the note."""

    async def save(self, work: Work) -> None:
        """As in `Committer`."""
        changed = [update for update in work.updates if update.collection == TICKETS]
        if changed and MARKS not in work.inserts:
            # Of all who start from one version only one gets through, so the pair is unique.
            marks = ({"_id": f"{one.id}:{one.version}", "ticket_id": one.id} for one in changed)
            work.insert(MARKS, *marks)
        await super().save(work)
