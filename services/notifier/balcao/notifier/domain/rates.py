"""How many mails may go to one address, for one company, to one domain; and when a dialogue is one of machines."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from balcao.notifier.domain.kinds import OUTWARD, Kind

HOUR_S = 3600


@dataclass(frozen=True)
class Limit:
    """At most `most` in each window of `within_s` seconds, counted from midnight of 1970 (UTC) on.

    The first `free` of them each process counts for itself: they cost no question, and each further process may add as
    many. With none the limit holds exactly, however many processes there are.
    """

    name: str
    most: int
    within_s: int = HOUR_S
    free: int = 0

    def window(self, at: datetime) -> int:
        """The number of the window that a moment is in."""
        return int(at.timestamp()) // self.within_s

    def ends(self, at: datetime) -> datetime:
        """When the window of this moment is over."""
        return datetime.fromtimestamp((self.window(at) + 1) * self.within_s, UTC)


@dataclass(frozen=True)
class Rates:
    """The limits in force; `None` where there is none."""

    company: Limit | None = None
    recipient: Limit | None = None
    domain: Limit | None = None
    loop: Limit | None = None

    @classmethod
    def per_hour(cls, *, company: int, recipient: int, domain: int, loop_mails: int, loop_minutes: int) -> "Rates":
        """From numbers, of which 0 means no limit."""
        return cls(
            Limit("company", company) if company else None,
            Limit("recipient", recipient) if recipient else None,
            Limit("domain", domain) if domain else None,
            Limit("loop", loop_mails, loop_minutes * 60, free=loop_mails // 2) if loop_mails else None,
        )


CONVERSATION = frozenset({Kind.REPLY, Kind.INVITATION, Kind.PASSWORD_FORGOTTEN})
"""Kinds that a person sends or asks for by hand: no machine's doing, so they never count as one side of a loop."""


def may_loop(kind: Kind) -> bool:
    """Whether a machine outside could answer this with a mail that leads to the next one."""
    return kind in OUTWARD and kind not in CONVERSATION


def later(limit: Limit, at: datetime, spread: float) -> datetime:
    """When a mail past the limit is tried again: in the next window, not all at once (`spread` is 0 to 1)."""
    return limit.ends(at) + timedelta(seconds=spread * min(60.0, limit.within_s / 10))
