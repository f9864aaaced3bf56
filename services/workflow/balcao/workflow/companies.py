"""Companies' calendars as last heard of, with a short memory so that a busy command need not ask the database."""

import time

from balcao.shared.calendar import BusinessCalendar, WorkingTime
from balcao.shared.events import CompanyProfile
from balcao.workflow.store.learned import Learned

REMEMBERED_S = 5.0
"""Another replica may have heard of newer settings: within this time they show here too."""


class Companies:
    """Hands out settings. Of a company that nothing was heard of yet it gives those that every company begins with."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self._known: dict[str, tuple[CompanyProfile, float]] = {}

    async def get(self, company_id: str) -> CompanyProfile:
        """The company's settings."""
        known = self._known.get(company_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        found = await self._learned.company(company_id)
        profile = found or CompanyProfile(id=company_id, slug=company_id, name="")
        self._known[company_id] = (profile, time.monotonic() + REMEMBERED_S)
        return profile

    async def calendar(self, company_id: str) -> BusinessCalendar:
        """The company's business days and hours."""
        company = await self.get(company_id)
        working = WorkingTime.model_validate(company.working_time.model_dump()) if company.working_time else None
        return BusinessCalendar(company.time_zone, working, company.locale)

    async def learn(self, company: CompanyProfile) -> None:
        """Keep a company's settings; the newest version wins, whatever the order of arrival."""
        await self._learned.learn_company(company)
        self._known.pop(company.id, None)
