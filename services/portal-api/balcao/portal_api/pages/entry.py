"""What a page shows of one entry of a timeline: words somebody wrote, or a sentence about what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

_MOST_LINES = 40
_MOST_LETTERS = 4_000
_SHOWN_SMALL = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True)
class Message:
    """Words somebody wrote. `look` is `in` (from outside), `out` (answer to the requester) or `note` (team only)."""

    n: int
    look: str
    author: str
    author_id: str | None
    way: str
    at: str | None
    text: str
    quoted: str = ""
    files: list[Json] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    is_message: bool = True
    html: str = ""
    """The same words as our own sanitised HTML, where they were written in an editor."""
    mail_id: str | None = None
    """The mail it came in, for those who may look at it."""
    tags: list[str] = field(default_factory=list)
    """Ids of the tags on this entry (W19)."""
    moved_to: Json | None = None
    """The ticket it was moved to."""
    resolves: bool = False
    """Whether it counts as the words of the resolution (W5)."""
    may_move: bool = False
    """Whether it can be moved to another ticket."""

    @property
    def is_long(self) -> bool:
        """Whether a reader would rather see its beginning first."""
        return self.text.count("\n") >= _MOST_LINES or len(self.text) > _MOST_LETTERS

    @property
    def images(self) -> list[Json]:
        """Of its files those that can be shown small."""
        return [one for one in self.files if str(one.get("media_type")) in _SHOWN_SMALL]

    @property
    def other_files(self) -> list[Json]:
        """The rest of its files."""
        return [one for one in self.files if str(one.get("media_type")) not in _SHOWN_SMALL]


@dataclass(frozen=True)
class Event:
    """Something that happened, as one sentence. `actor` is empty where it happened by itself."""

    n: int
    icon: str
    words: str
    at: str | None
    actor: str
    detail: str = ""
    is_message: bool = False
    kind: str = ""
    """The fact it tells of."""
    may_undo: bool = False
    """Whether it is a merge, a split or a bulk edit that nobody has taken back (W15)."""
    undone: bool = False
    """Whether it was taken back."""
    is_public: bool = False
    """Whether the requester sees it too."""


Entry = Message | Event
