"""What the notifier hears."""

from typing import Any

from balcao.notifier.teller import Teller
from balcao.notifier.webhooks.desk import Webhooks
from balcao.shared.bus import Bus
from balcao.shared.calls.rounds import Rounds
from balcao.shared.events import CompanyConfigured, Envelope, PersonRegistered


def register(bus: Bus, teller: Teller, webhooks: Webhooks, webhook_rounds: Rounds) -> None:
    """Subscribe the notifier's handlers."""

    @bus.on("notifier.tell")
    async def tell(event: Envelope[Any]) -> None:
        """Tell whom it concerns."""
        await teller.tell(event)

    @bus.on("notifier.learn_company")
    async def learn_company(event: Envelope[CompanyConfigured]) -> None:
        """Remember how the company presents itself."""
        await teller.learn_company(event.data.company)

    @bus.on("notifier.learn_person")
    async def learn_person(event: Envelope[PersonRegistered]) -> None:
        """Remember who is of the team, and what they are there."""
        await teller.learn_person(event.companyid, event.data.person)

    @bus.on("notifier.call_webhooks")
    async def call_webhooks(event: Envelope[Any]) -> None:
        """Have it told to the company's own servers that want it."""
        if await webhooks.hear(event):
            webhook_rounds.wake()
