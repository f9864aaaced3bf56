"""The link by which a guest sets a first password (O3): signed, so that nobody has to keep it; good for two weeks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.kinds import Kind
from balcao.shared.errors import Refused
from balcao.shared.events import CompanyProfile, TicketOpened
from balcao.shared.tokens import INVITED_FOR, Invitation, address_digest, sign_invitation


class NoPublicUrl(Refused):
    """BALCAO_PUBLIC_URL is not set, so there is no link to invite anybody by."""


@dataclass(frozen=True)
class Invited:
    """A link and the last day it is good on, in the reader's words; both empty for whoever is not invited."""

    link: str = ""
    until: str = ""


def invitation_of(
    delivery: Delivery, company: CompanyProfile, day: Callable[[datetime], str], secret: str, public_url: str
) -> Invited:
    """The invitation that goes out with a delivery; the same one however often it is written. `day` says days.

    A newcomer's acknowledgement simply brings none where the desk has no public address. Raises `NoPublicUrl` for a
    mail that is nothing but an invitation.
    """
    person, fact = delivery.telling.recipient, delivery.event.data
    alone = delivery.telling.kind is Kind.INVITATION
    with_receipt = delivery.telling.kind is Kind.ACKNOWLEDGEMENT and isinstance(fact, TicketOpened) and fact.newcomer
    if not (alone or with_receipt) or person.person_id is None or not person.address:
        return Invited()
    if not public_url:
        if alone:
            raise NoPublicUrl("BALCAO_PUBLIC_URL is not set")
        return Invited()
    expires_at = delivery.event.time + INVITED_FOR
    invitation = Invitation(
        company_id=delivery.event.companyid,
        person_id=person.person_id,
        expires_at=expires_at,
        nonce=delivery.id,
        to=address_digest(person.address),
    )
    link = f"{public_url}/{company.slug}/invitation?token={sign_invitation(invitation, secret)}"
    return Invited(link, day(expires_at))
