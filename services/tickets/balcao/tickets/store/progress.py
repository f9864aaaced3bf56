"""How far the finding index knows a company's tickets: up to a number, but for the gaps."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from balcao.shared.mongo import Document

MOST_AT_ONCE = 2_000
"""Tickets in one batch: the more there are, the less each costs."""
GAP_LASTS_S = 24 * 3600.0
"""How long a ticket may take to be committed after its number was given."""
MOST_GAPS = 1_000


@dataclass(frozen=True)
class State:
    """How far a company's tickets are in the index."""

    up_to: int = 0
    """All numbers up to this one are known, but for the gaps."""
    gaps: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Numbers that had no ticket when they were passed: since when, and when to look again. Some were just not
    committed yet; those of work that failed never have one."""
    rebuilt: int | None = None
    """The last block that a rebuild under way has finished."""


def state_key(company_id: str) -> str:
    """The id of a company's state."""
    return f"{company_id}|state"


def read_state(document: Document | None) -> State:
    """A company's state as it is stored; none yet is that of an empty index."""
    if document is None:
        return State()
    gaps = {number: (since, next_look) for number, (since, next_look) in document["gaps"].items()}
    return State(document["up_to"], gaps, document["rebuilt"])


def passed(state: State, found: Iterable[int], last: int) -> State:
    """The state after a batch: how far the numbers are known, and which of those passed had no ticket."""
    there, now = set(found), time.time()
    up_to = min(last, state.up_to + MOST_AT_ONCE) if last > state.up_to else state.up_to
    gaps = {
        # Looked for often at first, then after twice the time each time.
        number: (since, next_look if next_look > now else now + max(1.0, now - since))
        for number, (since, next_look) in state.gaps.items()
        if int(number) not in there and now - since < GAP_LASTS_S
    }
    gaps |= {str(number): (now, now + 1) for number in range(state.up_to + 1, up_to + 1) if number not in there}
    return State(up_to, _newest_gaps(gaps), state.rebuilt)


def after_rebuild(state: State, block: int, up_to: int, missing: list[int]) -> State:
    """The state after a block was made anew up to a number, with these of its last numbers missing."""
    if up_to < state.up_to:
        return State(state.up_to, state.gaps, block)
    now = time.time()
    gaps = {**state.gaps, **{str(number): (now, now + 1) for number in missing}}
    return State(up_to, _newest_gaps(gaps), block)


def gaps_due(state: State) -> list[int]:
    """The numbers without a ticket that are worth another look now."""
    now = time.time()
    return [int(number) for number, (_, next_look) in state.gaps.items() if next_look <= now]


def _newest_gaps(gaps: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return dict(sorted(gaps.items(), key=lambda gap: int(gap[0]))[-MOST_GAPS:])
