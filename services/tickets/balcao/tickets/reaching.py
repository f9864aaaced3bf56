"""Which people can be reached by mail: what came back is counted on their profile, and cleared by the team."""

from balcao.shared.events import Envelope, MailFailed, MailReturned
from balcao.shared.timeline import Cause
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.reaching import Report, address_returned, clear_address
from balcao.tickets.store.people import People


class Reaching:
    """What handlers and routes call."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def note_returned(self, event: Envelope[MailReturned] | Envelope[MailFailed]) -> None:
        """Count a mail that came back for good, or was refused for good with a status that says why, once.

        An address that nobody of the directory has is left to the ticket's history.
        """
        report = _report(event)
        if report is None:
            return
        person = await self._people.at(event.companyid, report.address)
        if person is None:
            return

        await self._people.change(
            event.companyid, person.id, lambda now: address_returned(now, report), Cause.of(event)
        )

    async def clear(self, company_id: str, person_id: str, address: str, cause: Cause) -> Person:
        """Let mail go to an address again. Raises `NotFound` and `AddressIsReachable`."""
        return await self._people.change(company_id, person_id, lambda now: clear_address(now, address), cause)


def _report(event: Envelope[MailReturned] | Envelope[MailFailed]) -> Report | None:
    fact = event.data
    if fact.recipient.address is None:
        return None
    if isinstance(fact, MailReturned):
        certain, wanted = fact.certain, fact.permanent
    else:
        certain, wanted = True, fact.status is not None  # without one we gave up, or never tried
    if not wanted:
        return None
    return Report(
        address=fact.recipient.address, status=fact.status, reason=fact.reason, certain=certain, at=event.time
    )
