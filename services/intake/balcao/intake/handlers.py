"""What `intake` does when it hears of something."""

from balcao.intake.known import KnownCompanies
from balcao.shared.bus import Bus
from balcao.shared.events import CompanyConfigured, Envelope


def register(bus: Bus, companies: KnownCompanies) -> None:
    """Subscribe the handlers to their queues."""

    @bus.on("intake.learn_company")
    async def learn_company(event: Envelope[CompanyConfigured]) -> None:
        """Remember the company and the addresses that mail is taken for."""
        await companies.learn(event.data.company)
