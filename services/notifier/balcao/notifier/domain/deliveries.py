"""A delivery: one telling on its way to one person. Its id follows from the event, so a repeat makes no second one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from balcao.notifier.domain.audience import audience
from balcao.notifier.domain.kinds import ONCE_A_DAY, Channel, Kind, Telling
from balcao.shared.events import (
    AgendaDrawn,
    AnyEnvelope,
    CompanyProfile,
    MailDecisionAsked,
    MailFailed,
    MailLoopBroken,
    MailSent,
    MessageHeld,
    NoticesGathered,
    Party,
    PasswordForgotten,
    PersonInvited,
    SenderHeld,
    SenderRejected,
    TaskFact,
    TicketRef,
    TrackerDisabled,
    WebhookDisabled,
)
from balcao.shared.ids import derived_id

WAITS_S = (2.0, 10.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds from one refused try to the next; the last one repeats."""


@dataclass(frozen=True)
class About:
    """What a telling is about: a ticket, or else a task, a message or a person, which have no ticket's number."""

    id: str
    number: int | None
    title: str
    requester: Party
    task_number: int | None = None


@dataclass(frozen=True)
class Delivery:
    """One telling of one event. `version` grows when another process takes it over; `tries` counts refused ones."""

    id: str
    event: AnyEnvelope
    telling: Telling
    version: int = 1
    tries: int = 0
    since: datetime | None = None
    """When it was put off for the first time."""

    @property
    def about(self) -> About:
        """What it is about."""
        return about_of(self.event)


def plan(event: AnyEnvelope, company: CompanyProfile) -> tuple[Delivery, ...]:
    """The deliveries an event leads to; always the same ones."""
    return tuple(Delivery(_id_of(event, telling), event, telling) for telling in audience(event, company))


def _id_of(event: AnyEnvelope, telling: Telling) -> str:
    fact: Any = event.data
    if telling.kind is Kind.MAIL_BOUNCED:  # once for a ticket and address, however many mails come back
        return delivery_id(f"{fact.ticket.id}/{telling.kind}/{fact.recipient}", telling)
    if telling.kind is Kind.MAIL_LOOP_BROKEN:  # every mail of that machine opens a ticket; once a day is enough
        day = event.time.astimezone(UTC).date()
        return delivery_id(f"{event.companyid}/{telling.kind}/{fact.recipient}/{day}", telling)
    if telling.kind not in ONCE_A_DAY:
        return delivery_id(event.id, telling)
    return delivery_id(f"{event.companyid}/{telling.kind}/{event.time.astimezone(UTC).date()}", telling)


def delivery_id(event_id: str, telling: Telling) -> str:
    """The id that event, recipient and channel always lead to."""
    person = telling.recipient
    whom = person.address.casefold() if telling.channel is Channel.MAIL and person.address else person.person_id or ""
    return derived_id(event_id, telling.channel, whom)


def about_of(event: AnyEnvelope) -> About:
    """What a told fact is about."""
    fact: Any = event.data
    match fact:
        case SenderHeld() | SenderRejected():
            about = About(fact.message_id, None, fact.subject, fact.sender)
        case MailDecisionAsked():
            about = About(fact.message_id, None, fact.subject, Party(address=fact.sender))
        case WebhookDisabled() | TrackerDisabled():
            about = About(fact.connection_id, None, fact.name, Party())
        case NoticesGathered() | PasswordForgotten():
            about = About(event.id, None, "", fact.recipient)
        case AgendaDrawn():
            about = About(event.id, None, "", fact.person)
        case TaskFact():
            about = About(fact.task.id, None, fact.task.title, Party(), fact.task.number)
        case PersonInvited():
            about = About(fact.person.id, None, "", fact.person.party())
        case _:
            ticket: TicketRef = fact.pointed_at if isinstance(fact, MessageHeld) else fact.ticket
            about = About(ticket.id, ticket.number, ticket.title, ticket.requester)
    return about


def next_try(tries: int, at: datetime, spread: float) -> datetime:
    """When to try again after `tries` refusals. `spread` (0 to 1) keeps those refused together from returning so."""
    wait = WAITS_S[min(tries, len(WAITS_S)) - 1] if tries else WAITS_S[0]
    return at + timedelta(seconds=wait * (0.8 + 0.4 * spread))


def fact_of_sent(delivery: Delivery, message_id: str, at: datetime) -> MailSent:
    """What is said once a mail was handed over."""
    return MailSent(
        fact_id=delivery.event.id,
        ticket_id=delivery.about.id,
        recipient=delivery.telling.recipient,
        internet_message_id=message_id,
        sent_at=at,
    )


def fact_of_failed(delivery: Delivery, message_id: str, reason: str, status: str | None = None) -> MailFailed:
    """What is said once a mail was refused for good or given up."""
    return MailFailed(
        fact_id=delivery.event.id,
        ticket_id=delivery.about.id,
        recipient=delivery.telling.recipient,
        internet_message_id=message_id,
        reason=reason,
        status=status,
    )


def fact_of_loop(delivery: Delivery, mails: int, within_s: int) -> MailLoopBroken:
    """What is said once a mail was not sent because a machine seems to answer each."""
    return MailLoopBroken(
        fact_id=delivery.event.id,
        ticket_id=delivery.about.id,
        recipient=delivery.telling.recipient,
        mails=mails,
        within_s=within_s,
    )
