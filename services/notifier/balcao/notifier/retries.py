"""The retry loop: carries the mails that were put off or left behind, shared among replicas by leases."""

import asyncio
from contextlib import suppress
from datetime import datetime

import structlog
from opentelemetry.trace import SpanKind
from pymongo.errors import PyMongoError

from balcao.notifier.companies import Companies, CompanyUnknown
from balcao.notifier.courier import Courier
from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.mail_out import MailOut
from balcao.notifier.store.deliveries import Deliveries
from balcao.shared import telemetry

MOST_AT_ONCE = 32
LOOKS_EVERY_S = 1.0

_log = structlog.get_logger()


class Retries:
    """Looks for mails that are due. While the relay is away it leaves them alone, so an outage costs nothing."""

    def __init__(self, deliveries: Deliveries, companies: Companies, courier: Courier, mail_out: MailOut) -> None:
        self._deliveries = deliveries
        self._companies = companies
        self._courier = courier
        self._mail_out = mail_out
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._in_hand: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Start looking."""
        self._loop = asyncio.create_task(self._look_forever())

    async def stop(self) -> None:
        """Finish the mails in hand and stop; what is still due waits in the database."""
        self._stopping = True
        self._woken.set()
        if self._loop is not None:
            await asyncio.wait([self._loop], timeout=10)
            self._loop.cancel()
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=10)

    def wake(self) -> None:
        """Look now rather than at the next turn."""
        self._woken.set()

    async def take_up(self) -> bool:
        """Begin with what is due now, as far as hands are free; whether there may be more.

        It waits for none of them: a domain that is slow holds up its own mails only.
        """
        free = MOST_AT_ONCE - len(self._in_hand)
        if self._mail_out.is_away or self._stopping or free == 0:
            return False
        lease_until = self._courier.lease()
        due = await self._deliveries.take_due(lease_until, free)
        for delivery in due:
            task = asyncio.create_task(self._carry(delivery, lease_until))
            self._in_hand.add(task)
            task.add_done_callback(self._put_down)
        return len(due) > 0

    def _put_down(self, task: asyncio.Task[None]) -> None:
        if len(self._in_hand) == MOST_AT_ONCE:
            self._woken.set()  # there may be more that waited for a free hand
        self._in_hand.discard(task)

    async def _carry(self, delivery: Delivery, lease_until: datetime) -> None:
        with telemetry.span("notifier.retry", SpanKind.INTERNAL, delivery.event.traceparent):
            try:
                company = await self._companies.get(delivery.event.companyid)
                await self._courier.carry(delivery, company, lease_until)
            except (PyMongoError, CompanyUnknown) as error:
                # Nothing was recorded: it is due again when its lease ends.
                _log.warning("retry.not_recorded", delivery_id=delivery.id, reason=str(error)[:200])

    async def _look_forever(self) -> None:
        while not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOKS_EVERY_S)
            self._woken.clear()
            try:
                while await self.take_up():
                    pass
            except Exception as error:
                _log.warning("retry.look_failed", error=type(error).__name__, reason=str(error)[:200])
