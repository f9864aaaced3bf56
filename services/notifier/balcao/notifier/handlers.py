"""What the notifier hears."""

from typing import Any

from balcao.notifier.teller import Teller
from balcao.shared.bus import Bus
from balcao.shared.events import CompanyConfigured, Envelope


def register(bus: Bus, teller: Teller) -> None:
    """Subscribe the notifier's handlers."""

    @bus.on("notifier.tell")
    async def tell(event: Envelope[Any]) -> None:
        """Tell whom it concerns."""
        await teller.tell(event)

    @bus.on("notifier.learn_company")
    async def learn_company(event: Envelope[CompanyConfigured]) -> None:
        """Remember how the company presents itself."""
        await teller.learn_company(event.data.company)
