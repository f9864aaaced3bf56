"""What the gateway learns from the bus: people and companies."""

import structlog

from balcao.portal_api.store import Store
from balcao.shared.bus import Bus
from balcao.shared.events import CompanyConfigured, Envelope, PersonRegistered

_log = structlog.get_logger()


def register(bus: Bus, store: Store) -> None:
    """Subscribe the gateway's handlers. Both may see a fact twice or late: the highest version wins."""

    @bus.on("portal-api.learn_person")
    async def learn_person(event: Envelope[PersonRegistered]) -> None:
        """An account comes to be, or follows its person's profile; it has no password yet."""
        news = await store.learn_person(event.companyid, event.data.person)
        _log.info("account.learned", person_id=event.data.person.id, news=news)

    @bus.on("portal-api.learn_company")
    async def learn_company(event: Envelope[CompanyConfigured]) -> None:
        """The company's name in addresses, its language and its time zone."""
        news = await store.learn_company(event.data.company)
        _log.info("company.learned", company_id=event.data.company.id, news=news)
