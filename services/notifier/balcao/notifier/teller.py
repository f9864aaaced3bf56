"""Tells people what happened: plans an event's deliveries, claims them, and has the mails carried."""

import asyncio

from balcao.notifier.companies import Companies
from balcao.notifier.courier import Courier
from balcao.notifier.domain.deliveries import plan
from balcao.notifier.domain.kinds import Channel
from balcao.notifier.retries import Retries
from balcao.notifier.store.deliveries import Deliveries
from balcao.shared.events import AnyEnvelope, CompanyProfile


class Teller:
    """What the handlers call."""

    def __init__(self, deliveries: Deliveries, companies: Companies, courier: Courier, retries: Retries) -> None:
        self._deliveries = deliveries
        self._companies = companies
        self._courier = courier
        self._retries = retries

    async def tell(self, event: AnyEnvelope) -> None:
        """Tell everybody whom this event concerns, each exactly once, however often it comes.

        At return every delivery is recorded as sent, failed, or waiting for the retry loop, and the event may be
        acknowledged. Raises `CompanyUnknown` when the company's profile has not arrived yet.
        """
        company = await self._companies.get(event.companyid)
        deliveries = plan(event, company)
        if not deliveries:
            return
        lease_until = self._courier.lease()
        ours = await self._deliveries.claim(deliveries, lease_until)
        known = [one.id for one in deliveries if one.id not in ours]
        mails = [one for one in deliveries if one.id in ours and one.telling.channel is Channel.MAIL]
        carried = await asyncio.gather(
            *(self._courier.carry(one, company, lease_until) for one in mails), return_exceptions=True
        )
        if known and await self._deliveries.leave_to_retries(event, known):
            self._retries.wake()
        for outcome in carried:
            if isinstance(outcome, BaseException):
                raise outcome

    async def learn_company(self, profile: CompanyProfile) -> None:
        """Remember how a company presents itself in mails."""
        await self._companies.learn(profile)
