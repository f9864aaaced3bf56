"""Long conversations: the middle is folded until somebody wants to read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from balcao.portal_api.pages.entries import Entry

MOST_SHOWN = 40
_FIRST = 1
_LAST = 30


@dataclass(frozen=True)
class Fold:
    """What is shown of a conversation, and how many entries before which one are not."""

    shown: list[Entry]
    hidden: int = 0
    before: int = 0
    """The number of the first entry after the fold; 0 when nothing is folded."""
    everything: bool = False


def fold(entries: Sequence[Entry], *, since: str | None = None, everything: bool = False) -> Fold:
    """Past forty entries: the first one and the latest thirty. `since` is the entry that an open page begins with after
    its fold, so that nothing moves there when the conversation grows."""
    all_of_them = list(entries)
    if everything or (len(all_of_them) <= MOST_SHOWN and not since):
        return Fold(all_of_them, everything=everything)
    at = len(all_of_them) - _LAST
    if since and since.isdigit():
        at = next((i for i, one in enumerate(all_of_them) if one.n >= int(since)), at)
    if at <= _FIRST:
        return Fold(all_of_them)
    return Fold(all_of_them[:_FIRST] + all_of_them[at:], hidden=at - _FIRST, before=all_of_them[at].n)
