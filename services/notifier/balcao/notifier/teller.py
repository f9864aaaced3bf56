"""Tells people what happened: plans an event's deliveries as people want them, claims them, has the mails carried."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from balcao.notifier.companies import Companies
from balcao.notifier.courier import Courier
from balcao.notifier.domain.deliveries import Delivery, plan
from balcao.notifier.domain.gathering import Pace, may_wait, whose
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.in_app import InApp
from balcao.notifier.retries import Retries
from balcao.notifier.store.deliveries import Deliveries
from balcao.notifier.store.gathering import Gathering
from balcao.notifier.wishes import Wishes
from balcao.shared.clock import now
from balcao.shared.events import AnyEnvelope, CompanyProfile, PersonProfile


class Teller:
    """What the handlers call."""

    def __init__(
        self,
        deliveries: Deliveries,
        companies: Companies,
        courier: Courier,
        retries: Retries,
        wishes: Wishes,
        gathering: Gathering,
        pace: Pace,
        in_app: InApp,
    ) -> None:
        self._deliveries = deliveries
        self._companies = companies
        self._courier = courier
        self._retries = retries
        self._wishes = wishes
        self._gathering = gathering
        self._pace = pace
        self._in_app = in_app

    async def tell(self, event: AnyEnvelope) -> None:
        """Tell everybody whom this event concerns, each exactly once, however often it comes.

        At return every delivery is recorded as sent, failed, or waiting for the retry loop, and the event may be
        acknowledged. Raises `CompanyUnknown` when the company's profile has not arrived yet.
        """
        company = await self._companies.get(event.companyid)
        planned = plan(event, company)
        deliveries = [one for one in planned if self._wishes.wants(event.companyid, one.telling)]
        if not deliveries:
            return
        held = self._held(deliveries)
        lease_until = self._courier.lease()
        ours = await self._deliveries.claim(deliveries, lease_until, held)
        new = [one for one in deliveries if one.id in ours]
        await self._gathering.keep(held, [one for one in new if one.id in held])
        mails = [one for one in new if one.telling.channel is Channel.MAIL and one.id not in held]
        carried = await asyncio.gather(
            *(self._courier.carry(one, company, lease_until) for one in mails),
            self._in_app.show([one for one in new if one.telling.channel is Channel.IN_APP]),
            return_exceptions=True,
        )
        if len(new) < len(deliveries):
            await self._take_up(event, [one for one in planned if one.id not in ours])
        for outcome in carried:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _take_up(self, event: AnyEnvelope, known: Sequence[Delivery]) -> None:
        """See to what an earlier handling of this event left behind, also to what nobody would want any more."""
        if await self._deliveries.leave_to_retries(event, [one.id for one in known]):
            self._retries.wake()
        if waiting := [one for one in known if may_wait(one)]:
            await self._gathering.keep_left_behind(waiting, now())

    def _held(self, deliveries: Sequence[Delivery]) -> dict[str, datetime]:
        """The mails that wait for others to go out with, by id, and until when."""
        instant, held = now(), {}
        for one in deliveries:
            if one.telling.kind is Kind.GATHERED:
                self._pace.begin(whose(one), instant)
            elif may_wait(one) and (until := self._pace.hold(whose(one), instant)) is not None:
                held[one.id] = until
        return held

    async def learn_person(self, company_id: str, person: PersonProfile) -> None:
        """Remember who is of the team."""
        await self._wishes.learn_person(company_id, person)

    async def learn_company(self, profile: CompanyProfile) -> None:
        """Remember how a company presents itself in mails."""
        await self._companies.learn(profile)
