"""Reads the table: who is told about an event.

Private notes have no way in: there is no rule for `ticket.noted`, and a rule whose words are for people outside the
team is refused on a fact that is not public by its type (W7).
"""

from collections.abc import Mapping

from balcao.notifier.domain.kinds import OUTWARD, RECEIPTS, Channel, Telling
from balcao.notifier.domain.table import TABLE, Rule
from balcao.shared.events import AnyEnvelope, CompanyProfile, Fact, Party


class NotPublic(Exception):
    """A rule would tell people outside the team about a fact that is not public: a mistake in the table."""


def audience(
    event: AnyEnvelope, company: CompanyProfile, table: Mapping[type[Fact], tuple[Rule, ...]] = TABLE
) -> tuple[Telling, ...]:
    """Everybody to tell about this event, each person at most once per channel (H5), in the order of the table.

    Left out: who did it (receipts aside), the company's own addresses, and people who can't be reached that way.
    Raises `NotPublic` when a row would carry a fact that is not public to people outside the team.
    """
    tellings: list[Telling] = []
    for rule in table.get(type(event.data), ()):
        if rule.kind in OUTWARD and not event.data.public:
            raise NotPublic(f"{event.data.type} is not public, but {rule.kind} is for people outside the team")
        if not rule.when.holds(event.data):
            continue
        for person in rule.whom.of(event.data):
            if person is None or (rule.kind not in RECEIPTS and _same(person, event.actor)):
                continue
            tellings.extend(
                Telling(rule.kind, channel, person)
                for channel in rule.by
                if _reachable(person, channel, company) and not _told(tellings, person, channel)
            )
    return tuple(tellings)


def is_own_address(address: str, company: CompanyProfile) -> bool:
    """Whether mail to this address would come back to us: one of the company's, with or without a plus part."""
    local, _, domain = address.casefold().rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return any(own.casefold() in (plain, address.casefold()) for own in company.addresses)


def _reachable(person: Party, channel: Channel, company: CompanyProfile) -> bool:
    if person.address and is_own_address(person.address, company):
        return False
    return bool(person.address if channel is Channel.MAIL else person.person_id)


def _told(tellings: list[Telling], person: Party, channel: Channel) -> bool:
    return any(told.channel is channel and _same(told.recipient, person) for told in tellings)


def _same(one: Party, other: Party | None) -> bool:
    """One person, by directory id or by address: facts may name them by either."""
    if other is None:
        return False
    if one.person_id and one.person_id == other.person_id:
        return True
    return bool(one.address and other.address) and one.address.casefold() == other.address.casefold()  # type: ignore[union-attr]
