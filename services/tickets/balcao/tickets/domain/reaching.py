"""Addresses that mail comes back from: counted on their person's profile, and marked when they take none any more."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import AddressCleared, AddressReturned
from balcao.tickets.domain.conditions import AddressIsReachable
from balcao.tickets.domain.people import Person, ReturnedMail

MARKED_AFTER = 3
"""Mails that came back for any reason; a sure report of a dead address is enough by itself."""
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
"""RFC 3463 and IANA: no such mailbox or domain, a malformed address, moved, takes no mail, disabled, no way there."""


class Report(BaseModel):
    """A mail to an address that came back for good, or was refused for good."""

    model_config = ConfigDict(frozen=True)

    address: str
    status: str | None
    reason: str
    certain: bool
    """Whether it is sure which mail it was: anybody can write a report."""
    at: datetime


def address_returned(person: Person, report: Report) -> Change[Person]:
    """Count a mail that came back; mark the address when it is dead, or the third one came back."""
    address = report.address.lower()
    if address not in person.addresses:
        return Change(person, person, ())
    before = next((one for one in person.returned if one.address == address), None)
    mails = (before.mails if before else 0) + 1
    is_dead = report.certain and report.status in DEAD
    marked = is_dead or mails >= MARKED_AFTER or (before is not None and before.marked)
    after = ReturnedMail(address=address, mails=mails, marked=marked, reason=report.reason[:500], at=report.at)
    others = tuple(one for one in person.returned if one.address != address)
    revision = Revision(person).set(returned=(*others, after))
    return revision.say(AddressReturned, address=address, reason=after.reason, mails=mails, marked=marked).done()


def clear_address(person: Person, address: str) -> Change[Person]:
    """Somebody of the team says that an address works again: mail goes there, and the count begins anew.

    Raises `AddressIsReachable` when nothing came back from it.
    """
    address = address.lower()
    if not any(one.address == address for one in person.returned):
        raise AddressIsReachable("no mail came back from this address", address=address)
    left = tuple(one for one in person.returned if one.address != address)
    return Revision(person).set(returned=left).say(AddressCleared, address=address).done()
