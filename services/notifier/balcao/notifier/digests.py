"""Asks for everybody's work of the day when their hour has come (W17); `tickets` draws it up, a mail tells of it.

A person's day is asked for once, by whichever replica is first; nothing is kept that a stop could lose.
"""

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
from balcao.shared.lookout import Lookout

LOOKS_EVERY_S = 20.0

_log = structlog.get_logger()


class Digests:
    """Looks whose hour it is."""

    def __init__(self, wishes: Wishes, companies: Companies, days: AgendaDays) -> None:
        self._wishes = wishes
        self._companies = companies
        self._days = days
        self._asked: dict[str, date] = {}
        self.lookout = Lookout("agendas", lambda: self.look(now()), LOOKS_EVERY_S)

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
        if count:
            _log.info("agendas.wanted", count=count)
        return count


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
