"""Which mails wait for others, for how long, and as what they go out."""

from datetime import timedelta

from balcao.notifier.domain.deliveries import Delivery, plan
from balcao.notifier.domain.gathering import Pace, fact_of, id_of, may_wait, whose
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.shared.events import Fact
from tests.support.told_facts import (
    AT,
    COMPANY,
    PRODUCER,
    opened,
    production_finished,
    replied,
    requester_replied,
    said,
    ticket,
)

MINUTE = timedelta(minutes=1)


def mail(fact: Fact, id_: str = "e1", kind: Kind | None = None, after: timedelta = timedelta()) -> Delivery:
    """The first mail of a fact, or that of a kind."""
    found = plan(said(fact, id_=id_, actor=PRODUCER, at=AT + after), COMPANY)
    return next(one for one in found if one.telling.channel is Channel.MAIL and kind in (None, one.telling.kind))


def test_what_is_urgent_and_what_people_outside_wait_for_never_waits() -> None:
    """H4, W7."""
    assert not may_wait(mail(production_finished()))
    assert not may_wait(mail(replied()))
    assert not may_wait(mail(opened(), kind=Kind.ACKNOWLEDGEMENT))
    assert may_wait(mail(opened(), kind=Kind.TICKET_OPENED))
    assert may_wait(mail(requester_replied()))
    in_app = [one for one in plan(said(opened()), COMPANY) if one.telling.channel is Channel.IN_APP]
    assert in_app
    assert not any(map(may_wait, in_app))


def test_the_first_goes_at_once_and_what_follows_within_the_window_waits_for_its_end() -> None:
    pace = Pace(MINUTE)
    assert pace.hold("ana", AT) is None
    assert pace.hold("ana", AT + timedelta(seconds=1)) == AT + MINUTE
    assert pace.hold("ana", AT + timedelta(seconds=59)) == AT + MINUTE
    assert pace.hold("bia", AT + timedelta(seconds=59)) is None
    assert pace.hold("ana", AT + MINUTE) is None
    assert pace.hold("ana", AT + MINUTE + timedelta(seconds=1)) == AT + 2 * MINUTE


def test_what_went_out_together_begins_a_window_too() -> None:
    pace = Pace(MINUTE)
    pace.begin("ana", AT)
    assert pace.hold("ana", AT + timedelta(seconds=1)) == AT + MINUTE


def test_without_a_window_everything_goes_by_itself() -> None:
    pace = Pace(timedelta())
    assert [pace.hold("ana", AT) for _ in range(3)] == [None, None, None]


def test_mails_to_one_address_in_one_company_go_together() -> None:
    one, other = mail(requester_replied(), "e1"), mail(opened(), "e2", Kind.TICKET_OPENED)
    assert whose(one) == whose(other)
    assert whose(one) != whose(mail(opened(), "e2", Kind.ACKNOWLEDGEMENT))


def test_notices_go_out_in_the_order_in_which_things_happened_and_as_the_same_fact_whoever_sends_them() -> None:
    late = mail(requester_replied(ticket=ticket(number=13, title="Outro")), "e2", after=MINUTE)
    early = mail(opened(), "e1", Kind.TICKET_OPENED)
    fact = fact_of([late, early])
    assert [(one.kind, one.ticket_number, one.title) for one in fact.items] == [
        ("ticket_opened", 12, "Banner de Páscoa não abre"),
        ("requester_replied", 13, "Outro"),
    ]
    assert fact.recipient.name == "Ana Souza"
    assert fact.items[0].who == "Pedro Reis"
    assert id_of([late, early]) == id_of([early, late]) != id_of([early])
