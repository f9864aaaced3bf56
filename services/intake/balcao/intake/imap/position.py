"""How far a mailbox has been read. Pure: which mails are still to be taken follows from what was noted alone."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from balcao.intake.imap.connection import since

Begin = Literal["unseen", "all", "new"]

SPAN = 50_000
"""UIDs looked through at once: the answer to a search is one line, and must not grow with the folder."""
MOST_LEFT = 1000
_SLACK = timedelta(days=2)
"""A server's dates have its own time zone, and SINCE knows whole days only."""


@dataclass(frozen=True, slots=True)
class Left:
    """A mail that could not be taken. It stays in the mailbox and is tried again."""

    uid: int
    tries: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """Everything up to `last_uid` is done, the mails in `left` aside."""

    uid_validity: int
    last_uid: int
    begun_at: datetime
    """When the mailbox was met for the first time."""
    old_to: int
    """Up to this UID mails were there before we came, or before they were numbered anew; not all of them are ours."""
    renumbered: bool = False
    left: tuple[Left, ...] = ()

    @classmethod
    def first(cls, begin: Begin, uid_validity: int, highest: int, at: datetime) -> "Position":
        """Before anything was read. `highest` is the last mail's UID; 0 in an empty folder."""
        return cls(uid_validity, highest if begin == "new" else 0, at, highest)

    def numbered_anew(self, uid_validity: int, highest: int) -> "Position":
        """After the server has forgotten its UIDs: all is looked at again, what is stored will be recognised."""
        return Position(uid_validity, 0, self.begun_at, highest, renumbered=True)

    def next_span(self, begin: Begin, highest: int) -> tuple[int, int | None, bytes]:
        """Where to look next: from, to (none: the end) and by which criteria."""
        low = self.last_uid + 1
        if low <= self.old_to:
            return low, min(low + SPAN - 1, self.old_to), self._criteria(begin)
        high = low + SPAN - 1
        return low, high if high < highest else None, b""

    def _criteria(self, begin: Begin) -> bytes:
        """Which of the old mails are ours. After a new numbering what came since the beginning may not be taken yet,
        even when somebody has read it."""
        came_since = since((self.begun_at - _SLACK).date())
        if begin == "all":
            return b""
        if not self.renumbered:
            return b"UNSEEN"
        return came_since if begin == "new" else b"OR UNSEEN " + came_since

    def done_to(self, uid: int) -> "Position":
        """Everything up to here is done."""
        return replace(self, last_uid=max(uid, self.last_uid))

    def leaving(self, uid: int, reason: str, at: datetime) -> "Position":
        """This mail is left for later."""
        before = next((one.tries for one in self.left if one.uid == uid), 0)
        rest = tuple(one for one in self.left if one.uid != uid)
        return replace(self, left=(*rest, Left(uid, before + 1, reason[:200], at)))

    def without(self, uid: int) -> "Position":
        """This mail is left no longer."""
        return replace(self, left=tuple(one for one in self.left if one.uid != uid))
