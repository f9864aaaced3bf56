"""Company profiles as last heard of, with a short memory so that a busy handler need not ask the database."""

import time

from balcao.notifier.store.profiles import Profiles
from balcao.shared.errors import Unavailable
from balcao.shared.events import CompanyProfile

REMEMBERED_S = 5.0
"""Another replica may have heard of a newer profile: within this time it shows here too."""


class CompanyUnknown(Unavailable):
    """Nothing was heard of this company yet. Facts may overtake each other: tried again later, it will be known."""


class Companies:
    """Hands out profiles."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._known: dict[str, tuple[CompanyProfile, float]] = {}

    async def get(self, company_id: str) -> CompanyProfile:
        """The profile of a company. Raises `CompanyUnknown`."""
        known = self._known.get(company_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        profile = await self._profiles.of(company_id)
        if profile is None:
            raise CompanyUnknown(f"no company.configured was heard for {company_id} yet")
        self._known[company_id] = (profile, time.monotonic() + REMEMBERED_S)
        return profile

    async def learn(self, profile: CompanyProfile) -> None:
        """Keep a profile; the highest version wins, whatever the order of arrival."""
        await self._profiles.learn(profile)
        self._known.pop(profile.id, None)
