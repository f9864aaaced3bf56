"""Our own changes as they come back from a tracker: noted before they are told, known when they are heard."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from balcao.shared.clock import now
from balcao.shared.mongo import Document
from balcao.workflow.domain.tracker_mapping import folded_state
from balcao.workflow.domain.trackers import Tracker
from balcao.workflow.store.trackers import EXPECTED_FOR, Items

CLOCKS_AGREE_WITHIN = timedelta(minutes=1)
"""How far a tracker's clock may be from ours for what it tells to be put in order with what we told."""


class Expecting:
    """What one try of a call brings about at one piece of work, request by request."""

    def __init__(self, items: Items, tracker: Tracker, item_id: str | None, call_id: str) -> None:
        self._items = items
        self._tracker = tracker
        self._item_id = item_id
        self._call_id = call_id
        self._noted = False

    async def expect(self, states: Sequence[str]) -> str | None:
        """Note what the tracker will report: of these states, in the order in which it does, the one that decides.

        Returns the note's id; none when what will be reported means nothing here. The first note of a try stands
        instead of all that an earlier try of the call left.
        """
        meaning = self._tracker.phase_of([folded_state(one) for one in states])
        if self._item_id is None or meaning is None:
            return None
        if not self._noted:
            await self._items.unexpect(self._item_id, call=self._call_id)
        self._noted = True
        return await self._items.expect(self._item_id, self._call_id, meaning[0])

    async def forget(self, id_: str | None) -> None:
        """Take a note back: what it was for did not happen."""
        if self._item_id is not None and id_ is not None:
            await self._items.unexpect(self._item_id, id=id_)


def met_by(expected: Sequence[Document], state: str) -> list[str]:
    """Ids of the notes that are met when a state decides: its own, and all of what was told before it."""
    fresh = [one for one in expected if one["until"] > now()]
    place = next((n for n, one in enumerate(fresh) if one["state"] == state), None)
    return [one["id"] for one in fresh[: place + 1]] if place is not None else []


def outdated_by(expected: Sequence[Document], at: datetime) -> list[str]:
    """Ids of the notes that nothing can meet any more once somebody has moved it later: their echo would be late."""
    return [one["id"] for one in expected if one["until"] - EXPECTED_FOR < at - CLOCKS_AGREE_WITHIN]
