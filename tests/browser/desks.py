"""Browsers before a gateway with played services behind it."""

from typing import Any

from playwright.async_api import Browser, Page

from balcao.shared.events import PersonProfile
from tests.browser.browsers import DESKTOP, PHONE, SMALLEST, Browsers
from tests.integration.portal_api.behind import Behind
from tests.integration.portal_api.running import PASSWORD

__all__ = ["DESKTOP", "PHONE", "SMALLEST", "Desks"]


class Desks(Browsers):
    """Browsers of the agency's people, and what their clicks asked of the services."""

    def __init__(self, chromium: Browser, url: str, behind: Behind) -> None:
        super().__init__(chromium, url, "agencia", PASSWORD)
        self.behind = behind

    async def sit_down(self, who: PersonProfile, path: str, **options: Any) -> Page:
        """Sign in as a person would, and go to a page."""
        return await self.sit_down_as(who.addresses[0], path, **options)
