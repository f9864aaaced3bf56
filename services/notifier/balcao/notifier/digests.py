"""Asks for everybody's work of the day when their hour has come (W17); `tickets` draws it up, a mail tells of it.

A person's day is asked for once, by whichever replica is first; nothing is kept that a stop could lose.
"""

import asyncio
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import structlog

from balcao.notifier.companies import Companies, CompanyUnknown
from balcao.notifier.domain.digest import day_due
from balcao.notifier.store.agenda_days import AgendaDays
from balcao.notifier.store.people import Member
from balcao.notifier.wishes import Wishes
from balcao.shared.clock import now
from balcao.shared.events import AgendaWanted, Envelope
from balcao.shared.ids import derived_id

LOOKS_EVERY_S = 20.0

_log = structlog.get_logger()


class Digests:
    """Looks whose hour it is."""

    def __init__(self, wishes: Wishes, companies: Companies, days: AgendaDays) -> None:
        self._wishes = wishes
        self._companies = companies
        self._days = days
        self._asked: dict[str, date] = {}
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.create_task(self._look_for_ever())

    async def stop(self) -> None:
        """End; what was not asked for yet is, after the next start."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop

    async def look(self, at: datetime) -> int:
        """Ask for the work of everybody whose hour it is; returns for how many this process did."""
        count = 0
        for member in self._wishes.team():
            try:
                company = await self._companies.get(member.company_id)
            except CompanyUnknown:
                continue
            digest = self._wishes.digest(member.company_id, member.id)
            day = day_due(digest, company.time_zone, member.since, at)
            if day is not None and self._asked.get(member.id) != day:
                count += await self._days.ask(member.id, day, _wanted(member, day, at))
                self._asked[member.id] = day
        return count

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            try:
                if count := await self.look(now()):
                    _log.info("agendas.wanted", count=count)
            except Exception as error:
                _log.warning("agendas.look_failed", error=type(error).__name__, reason=str(error)[:200])


def _wanted(member: Member, day: date, at: datetime) -> Envelope[Any]:
    id_ = derived_id("agenda", member.company_id, member.id, str(day))
    return Envelope[Any](
        id=id_,
        source="notifier",
        type=AgendaWanted.type,
        subject=member.id,
        time=at,
        correlationid=id_,
        causationid=id_,
        companyid=member.company_id,
        data=AgendaWanted(person=member.party, roles=member.roles, day=str(day)),
    )
