"""Which addresses take no mail, as the directory says it, with a short memory."""

import time

from balcao.notifier.store.unreachable import MarkedAddresses
from balcao.shared.events import AddressCleared, AddressReturned, Envelope

REMEMBERED_S = 30.0
"""Another replica may have heard of a mark: within this time it shows here too."""


class Unreachable:
    """Knows the marked addresses of each company, all at once: there are few, and every mail asks."""

    def __init__(self, addresses: MarkedAddresses) -> None:
        self._addresses = addresses
        self._known: dict[str, tuple[frozenset[str], float]] = {}

    async def is_marked(self, company_id: str, address: str) -> bool:
        """Whether mail to this address came back for good, and nobody has cleared it since."""
        known = self._known.get(company_id)
        if known is None or time.monotonic() >= known[1]:
            known = (await self._addresses.marked(company_id), time.monotonic() + REMEMBERED_S)
            self._known[company_id] = known
        return address.lower() in known[0]

    async def learn(self, event: Envelope[AddressReturned | AddressCleared]) -> None:
        """Keep what the directory says of an address; the highest version wins, whatever the order of arrival."""
        fact = event.data
        is_marked = isinstance(fact, AddressReturned) and fact.marked
        await self._addresses.learn(
            event.companyid, fact.address.lower(), fact.person.id, fact.person.version, is_marked=is_marked
        )
        self._known.pop(event.companyid, None)
