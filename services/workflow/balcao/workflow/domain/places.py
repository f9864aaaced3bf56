"""Where a task stands in lists: open ones by urgency, then completed, then cancelled ones, the latest first.

One text holds all of it, so that a page follows a single key, and a column of a board is in the same order as the list.
"""

import re
from datetime import UTC, datetime
from typing import Literal

from balcao.shared.errors import Invalid

_GROUPS: dict[str, str] = {"open": "0", "completed": "1", "cancelled": "2"}
_NEVER = 10**14 - 1
"""In milliseconds since 1970: the year 5138. Later dates count as this one."""
_PLACE = re.compile(r"[012]\.[0-9]{14}\.[0-9]{10}")


def place_on_the_board(
    number: int, state: Literal["open", "completed", "cancelled"], due: datetime | None, closed_at: datetime | None
) -> str:
    """A text that sorts as the board does: what is due first comes first, what has no date after all that has one."""
    instant = _milliseconds(due) if state == "open" else _NEVER - _milliseconds(closed_at)
    return f"{_GROUPS[state]}.{instant:014d}.{number:010d}"


def bounds(state: str | None) -> tuple[str, str]:
    """Between which texts (both excluded) the places of all tasks in that state lie; none means any state."""
    if state is None:
        return "0", "3"
    group = _GROUPS[state]
    return group, str(int(group) + 1)


def read_place(text: str) -> str:
    """A place as a client hands it back to get the next page. Raises `Invalid` when it is none."""
    if not _PLACE.fullmatch(text):
        raise Invalid("`after` must be what `next` of the page before said")
    return text


def _milliseconds(instant: datetime | None) -> int:
    if instant is None:
        return _NEVER
    # Whole numbers: a float of seconds would round milliseconds now and then.
    since = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return min(max((since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000, 0), _NEVER)
