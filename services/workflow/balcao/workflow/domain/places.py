"""Where a task stands in lists: open ones by urgency, then completed, then cancelled ones, the latest first.

One text holds all of it, so that a page follows a single key, and a column of a board is in the same order as the list.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from balcao.shared.errors import Invalid

_GROUPS: dict[str, str] = {"open": "0", "completed": "1", "cancelled": "2"}
_NEVER = 10**14 - 1
"""In milliseconds since 1970: the year 5138. Later dates count as this one."""
_DAY = 86_400_000
_FIRST_NUMBERS = 250
_PLACE = re.compile(r"[012]\.[0-9]{14}\.[0-9]{10}")


def place_on_the_board(
    number: int, state: Literal["open", "completed", "cancelled"], due: datetime | None, closed_at: datetime | None
) -> str:
    """A text that sorts as the board does: what is due first comes first, what has no date after all that has one."""
    instant = _milliseconds(due) if state == "open" else _NEVER - _milliseconds(closed_at)
    return f"{_GROUPS[state]}.{instant:014d}.{number:010d}"


def spans(state: str | None, after: str | None, now: datetime, last_number: int) -> Iterator[tuple[str, str]]:
    """Ranges of places (both ends excluded) that together cover what comes after a place, in the board's order.

    Each is meant to hold about a page, wherever tasks are dense: near the present, and among the newest of those that
    are done. The embedded server's cost grows with all that a range matches, so a list is read range by range.
    """
    begin = after or ""
    for group in (_GROUPS[state],) if state is not None else sorted(_GROUPS.values()):
        edges = _open_edges(now, last_number) if group == _GROUPS["open"] else _done_edges(now)
        low = group
        for edge in (*(f"{group}.{one}" for one in edges), str(int(group) + 1)):
            if edge > begin:
                yield max(low, begin), edge
            low = edge


def closed_between(first: datetime, last: datetime) -> tuple[str, str]:
    """The places (both excluded) between which tasks stand that were completed from the one instant to the other."""
    group = _GROUPS["completed"]
    return f"{group}.{_NEVER - _milliseconds(last):014d}", f"{group}.{_NEVER - _milliseconds(first) + 1:014d}"


def read_place(text: str) -> str:
    """A place as a client hands it back to get the next page. Raises `Invalid` when it is none."""
    if not _PLACE.fullmatch(text):
        raise Invalid("`after` must be what `next` of the page before said")
    return text


def _open_edges(now: datetime, last_number: int) -> Iterator[str]:
    """Due long ago, then closer and closer to now and away from it again, then without a date, the oldest first."""
    present = _milliseconds(now)
    for days in (-365, -90, -30, -14, -7, -4, -2, -1, 0, 1, 2, 4, 7, 14, 30, 90, 365):
        yield f"{min(max(present + days * _DAY, 0), _NEVER):014d}"
    yield f"{_NEVER:014d}"
    number, width = 0, _FIRST_NUMBERS
    while number < last_number:
        number, width = number + width, width * 2
        yield f"{_NEVER:014d}.{number:010d}/"  # with a sign behind, so that it is no place itself


def _done_edges(now: datetime) -> Iterator[str]:
    """Closed within the last quarter of an hour, then within longer and longer times before."""
    present, back = _milliseconds(now), _DAY // 96
    yield f"{_NEVER - present:014d}"
    while back < present:
        yield f"{_NEVER - present + back:014d}"
        back *= 3


def _milliseconds(instant: datetime | None) -> int:
    if instant is None:
        return _NEVER
    # Whole numbers: a float of seconds would round milliseconds now and then.
    since = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return min(max((since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000, 0), _NEVER)
