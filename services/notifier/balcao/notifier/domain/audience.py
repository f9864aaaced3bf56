"""Who is told what by which way: one table from fact to audience, and the reading of it.

Private notes have no way in: there is no rule for `ticket.noted`, and a rule whose words are for people outside the
team is refused on a fact that is not public by its type (W7).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from balcao.shared.events import (
    AnyEnvelope,
    CompanyProfile,
    Fact,
    MessageHeld,
    Party,
    PersonInvited,
    SenderHeld,
    SenderRejected,
    TicketCancelled,
    TicketMerged,
    TicketOpened,
    TicketReminded,
    TicketReplied,
    TicketRequesterReplied,
    TicketResolved,
    TicketStageEntered,
)


class Channel(StrEnum):
    """A way to tell somebody."""

    MAIL = "mail"
    IN_APP = "in_app"


class Kind(StrEnum):
    """What is told; each has its words in `letters`."""

    ACKNOWLEDGEMENT = "acknowledgement"
    REPLY = "reply"
    TICKET_OPENED = "ticket_opened"
    REQUESTER_REPLIED = "requester_replied"
    PRODUCTION_FINISHED = "production_finished"
    MESSAGE_HELD = "message_held"
    DATE_REMINDED = "date_reminded"
    REQUESTER_ENDED = "requester_ended"
    SENDER_HELD = "sender_held"
    SENDER_REJECTED = "sender_rejected"
    INVITATION = "invitation"
    REQUEST_MERGED = "request_merged"


OUTWARD = frozenset({Kind.ACKNOWLEDGEMENT, Kind.REPLY, Kind.REQUEST_MERGED, Kind.SENDER_REJECTED, Kind.INVITATION})
"""Kinds whose words are meant for requesters and watchers. All others are for the team."""

RECEIPTS = frozenset({Kind.ACKNOWLEDGEMENT, Kind.SENDER_REJECTED})
"""Kinds that confirm to somebody what they did themselves; everything else is never told about one's own action."""

ONCE_A_DAY = frozenset({Kind.SENDER_REJECTED})
"""Kinds that one person gets at most once a day (UTC), however many events lead to them: two machines that answer each
other would never end."""


class NotPublic(Exception):
    """A rule would tell people outside the team about a fact that is not public: a mistake in the table."""


@dataclass(frozen=True)
class Telling:
    """One thing to tell one person by one way."""

    kind: Kind
    channel: Channel
    recipient: Party


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    kind: Kind
    whom: Callable[[Any], Iterable[Party | None]]
    by: tuple[Channel, ...]
    when: Callable[[Any], bool] = _always


def _requester(fact: Any) -> Iterable[Party | None]:
    return (fact.ticket.requester,)


def _analyst(fact: Any) -> Iterable[Party | None]:
    return (fact.ticket.analyst,)


def _analyst_and_assignee(fact: TicketStageEntered) -> Iterable[Party | None]:
    return (fact.ticket.analyst, fact.assignee)


def _recipients(fact: TicketReplied) -> Iterable[Party | None]:
    return fact.recipients


def _analyst_of_ticket_pointed_at(fact: MessageHeld) -> Iterable[Party | None]:
    return (fact.pointed_at.analyst,)


def _deciders(fact: SenderHeld) -> Iterable[Party | None]:
    return fact.deciders


def _sender(fact: SenderRejected) -> Iterable[Party | None]:
    return (fact.sender,)


def _invited(fact: PersonInvited) -> Iterable[Party | None]:
    return (fact.person.party(),)


def _asked_from_outside(fact: TicketOpened) -> bool:
    return fact.channel in ("mail", "portal")


def _by_requester(fact: TicketResolved | TicketCancelled) -> bool:
    return fact.by == "requester"


def _production_finished(fact: TicketStageEntered) -> bool:
    return fact.reason == "production_finished"


_MAIL = (Channel.MAIL,)
_IN_APP = (Channel.IN_APP,)
_BOTH = (Channel.MAIL, Channel.IN_APP)

TABLE: Mapping[type[Fact], tuple[Rule, ...]] = {
    TicketOpened: (
        Rule(Kind.ACKNOWLEDGEMENT, _requester, by=_MAIL, when=_asked_from_outside),
        Rule(Kind.TICKET_OPENED, _analyst, by=_BOTH),
    ),
    TicketReplied: (Rule(Kind.REPLY, _recipients, by=_MAIL),),
    TicketRequesterReplied: (Rule(Kind.REQUESTER_REPLIED, _analyst, by=_BOTH),),
    TicketStageEntered: (Rule(Kind.PRODUCTION_FINISHED, _analyst_and_assignee, by=_BOTH, when=_production_finished),),
    TicketReminded: (Rule(Kind.DATE_REMINDED, _analyst, by=_BOTH),),
    TicketResolved: (Rule(Kind.REQUESTER_ENDED, _analyst, by=_IN_APP, when=_by_requester),),
    TicketCancelled: (Rule(Kind.REQUESTER_ENDED, _analyst, by=_IN_APP, when=_by_requester),),
    TicketMerged: (Rule(Kind.REQUEST_MERGED, _requester, by=_MAIL),),
    MessageHeld: (Rule(Kind.MESSAGE_HELD, _analyst_of_ticket_pointed_at, by=_IN_APP),),
    SenderHeld: (Rule(Kind.SENDER_HELD, _deciders, by=_IN_APP),),
    SenderRejected: (Rule(Kind.SENDER_REJECTED, _sender, by=_MAIL),),
    PersonInvited: (Rule(Kind.INVITATION, _invited, by=_MAIL),),
}
"""Who is told what by which way (H4, H5, W2, W7, W13, O3). A fact that is not listed is told to nobody."""


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
        if not rule.when(event.data):
            continue
        for person in rule.whom(event.data):
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
