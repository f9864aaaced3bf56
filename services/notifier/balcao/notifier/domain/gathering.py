"""When a notice by mail waits for others to go out with, and what they go out as. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.kinds import URGENT, Channel
from balcao.shared.events import GatheredNotice, NoticesGathered
from balcao.shared.ids import derived_id

MOST_TOGETHER = 100
"""Notices in one mail; what is more goes out in the next one."""


def may_wait(delivery: Delivery) -> bool:
    """Whether it is a mail that may wait for others."""
    return delivery.telling.channel is Channel.MAIL and delivery.telling.kind not in URGENT


def whose(delivery: Delivery) -> str:
    """Whose mails go out together: one address of one company."""
    return f"{delivery.event.companyid}/{(delivery.telling.recipient.address or '').casefold()}"


class Pace:
    """Keeps to one mail at once per person and window: the first goes, what follows waits for the window's end.

    Each process knows only what it sent itself: with several of them, each may send a first one.
    """

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._ends: dict[str, datetime] = {}

    def hold(self, whose: str, at: datetime) -> datetime | None:
        """Until when a mail that comes now waits; none: it goes at once, and a window begins."""
        if not self._window:
            return None
        ends = self._ends.get(whose)
        if ends is not None and at < ends:
            return ends
        self.begin(whose, at)
        return None

    def begin(self, whose: str, at: datetime) -> None:
        """A mail goes out now: what follows waits."""
        if len(self._ends) > 10_000:
            self._ends = {one: ends for one, ends in self._ends.items() if at < ends}
        self._ends[whose] = at + self._window


def fact_of(gathered: Sequence[Delivery]) -> NoticesGathered:
    """What is said of notices for one person that go out together."""
    ordered = sorted(gathered, key=lambda one: (one.event.time, one.id))
    return NoticesGathered(recipient=ordered[-1].telling.recipient, items=tuple(_item(one) for one in ordered))


def id_of(gathered: Sequence[Delivery]) -> str:
    """The id of that fact: the same notices always go out as the same."""
    return derived_id("gathered", *sorted(one.id for one in gathered))


def _item(delivery: Delivery) -> GatheredNotice:
    about, actor = delivery.about, delivery.event.actor
    return GatheredNotice(
        fact_id=delivery.event.id,
        kind=delivery.telling.kind,
        at=delivery.event.time,
        who=(actor.name or actor.address or "") if actor else "",
        title=about.title,
        ticket_number=about.number,
        task_number=about.task_number,
    )
