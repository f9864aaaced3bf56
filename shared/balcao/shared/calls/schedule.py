"""When a call is tried again, and how long a server that fails is left alone. No I/O, no clock."""

from datetime import datetime, timedelta

WAITS_S = (5.0, 30.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds from one failed try to the next. After the last one, three days in all, the call is given up."""
FAILURES_BEFORE_REST = 3
"""Failures in a row after which a server gets one call at a time, and rests in between."""
SHORTEST_REST_S = 5.0
LONGEST_REST_S = 600.0
LONGEST_REST_ASKED_S = 3_600.0
MOST_TRIES_IN_ORDER = 432
"""Three days of tries every ten minutes."""


def next_try(tries: int, at: datetime, spread: float, wait_s: float | None = None) -> datetime | None:
    """When to try again after `tries` failures; none when it is enough. `wait_s` is the least that the other side asked
    for; `spread` (0 to 1) keeps those that failed together from returning so."""
    if tries > len(WAITS_S):
        return None
    wait = WAITS_S[tries - 1] * (0.9 + 0.2 * spread)
    return at + timedelta(seconds=max(wait, wait_s or 0.0))


def next_in_order(tries: int, at: datetime, wait_s: float | None = None) -> datetime | None:
    """`next_try` where all that came later waits too: never longer than ten minutes unless that was asked for, so that
    a server which is back need not be waited for; given up after as long."""
    if tries > MOST_TRIES_IN_ORDER:
        return None
    return at + timedelta(seconds=max(min(WAITS_S[min(tries, len(WAITS_S)) - 1], LONGEST_REST_S), wait_s or 0.0))


def rest(failures: int, at: datetime, wait_s: float | None = None) -> datetime | None:
    """Until when a server is left alone after so many failures in a row; none when not at all.

    `wait_s` is what it asked for, which is granted at the first failure, within bounds.
    """
    if wait_s is not None:
        return at + timedelta(seconds=min(wait_s, LONGEST_REST_ASKED_S))
    if failures < FAILURES_BEFORE_REST:
        return None
    seconds: float = SHORTEST_REST_S * 2.0 ** min(failures - FAILURES_BEFORE_REST, 10)
    return at + timedelta(seconds=min(seconds, LONGEST_REST_S))
