"""What may keep a mail from going now: its address takes none, a machine answers each, or a limit is reached."""

import random
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter

from balcao.notifier.allowances import MOST_REMEMBERED, Allowances
from balcao.notifier.destinations import domain_of
from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.rates import Limit, Rates, later, may_loop
from balcao.notifier.unreachable import Unreachable
from balcao.shared.clock import now

HELD_BACK = Counter("balcao_mail_held_back_total", "Mails that did not go when they could have, by why.", ["why"])


@dataclass(frozen=True)
class NotSent:
    """This mail is not sent at all; `loop` is the limit it ran into when a machine seems to answer each."""

    reason: str
    loop: Limit | None = None


@dataclass(frozen=True)
class Later:
    """This mail waits for its turn; that is no failed try."""

    until: datetime
    reason: str


class Hurdles:
    """Asked once before each try."""

    def __init__(self, unreachable: Unreachable, allowances: Allowances, rates: Rates) -> None:
        self._unreachable = unreachable
        self._allowances = allowances
        self._rates = rates
        self._last_automatic: dict[str, datetime] = {}

    async def before(self, delivery: Delivery) -> NotSent | Later | None:
        """What stands in the way of this mail now, if anything."""
        company_id, address = delivery.event.companyid, (delivery.telling.recipient.address or "").lower()
        if await self._unreachable.is_marked(company_id, address):
            HELD_BACK.labels("unreachable").inc()
            return NotSent("mail to this address came back; it is marked as unreachable until somebody clears it")
        loop = await self._loop(delivery, f"{company_id}/{address}")
        if loop is not None:
            HELD_BACK.labels("loop").inc()
            reason = f"more than {loop.most} automatic mails in {loop.within_s // 60} min: a machine seems to answer"
            return NotSent(reason, loop)
        return await self._over_limit(company_id, address)

    async def _loop(self, delivery: Delivery, key: str) -> Limit | None:
        """The limit that tells of a loop, if this mail is past it; what was put off before has been counted then.

        Only what happened after our last automatic mail to the address went can be an answer to it: somebody who asks
        for fifty things at once is no machine.
        """
        loop = self._rates.loop
        if loop is None or delivery.since is not None or not may_loop(delivery.telling.kind):
            return None
        last = self._last_automatic.get(key)
        if last is not None and delivery.event.time > last and not await self._allowances.take(loop, key):
            return loop
        if len(self._last_automatic) >= MOST_REMEMBERED:
            self._last_automatic.clear()
        self._last_automatic[key] = now()
        return None

    async def _over_limit(self, company_id: str, address: str) -> Later | None:
        limits = (
            (self._rates.recipient, f"{company_id}/{address}"),
            (self._rates.company, company_id),
            (self._rates.domain, domain_of(address)),
        )
        for limit, key in limits:
            if limit is not None and not await self._allowances.take(limit, key):
                HELD_BACK.labels(f"{limit.name}_limit").inc()
                reason = f"no more than {limit.most} mails in {limit.within_s // 60} min per {limit.name}"
                return Later(later(limit, now(), random.random()), reason)
        return None
