"""What a delivery's id follows from, and when a mail is tried again."""

from datetime import timedelta

import pytest

from balcao.notifier.domain.deliveries import next_try, plan
from tests.support.told_facts import (
    AT,
    COMPANY,
    WATCHER,
    held,
    mail_decision_asked,
    production_finished,
    replied,
    said,
    sender_held,
    sender_rejected,
)


def test_the_same_event_always_leads_to_the_same_deliveries() -> None:
    first, again = plan(said(production_finished()), COMPANY), plan(said(production_finished()), COMPANY)
    assert [one.id for one in first] == [one.id for one in again]


def test_recipients_channels_and_events_each_make_another_delivery() -> None:
    ids = [one.id for one in plan(said(production_finished(), id_="e1"), COMPANY)]
    ids += [one.id for one in plan(said(production_finished(), id_="e2"), COMPANY)]
    assert len(set(ids)) == len(ids) == 8


def test_a_recipients_address_counts_in_any_case() -> None:
    shouting = WATCHER.model_copy(update={"address": "IVO@cliente.example"})
    (one,) = plan(said(replied(recipients=(WATCHER,))), COMPANY)
    (other,) = plan(said(replied(recipients=(shouting,))), COMPANY)
    assert one.id == other.id


def test_a_held_message_is_about_the_ticket_it_points_at() -> None:
    assert plan(said(held()), COMPANY)[0].about.number == 12


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 2), (1, 2), (2, 10), (3, 60), (4, 300), (5, 900), (6, 3600), (7, 3600), (100, 3600)]
)
def test_each_refusal_makes_the_wait_longer_up_to_an_hour(tries: int, seconds: int) -> None:
    assert next_try(tries, AT, 0.5) == AT + timedelta(seconds=seconds)


def test_mails_refused_together_do_not_come_back_together() -> None:
    earliest, latest = next_try(3, AT, 0.0), next_try(3, AT, 1.0)
    assert (latest - earliest) == timedelta(seconds=24)


def test_somebody_unknown_is_told_once_a_day_that_they_can_not_come_in() -> None:
    """O3: two machines that answer each other come to an end."""
    first, second, tomorrow = (
        plan(said(sender_rejected(message_id=f"m{n}"), id_=f"e{n}", at=at), COMPANY)[0].id
        for n, at in enumerate((AT, AT + timedelta(hours=11), AT + timedelta(hours=12)))
    )
    assert first == second != tomorrow
    other = sender_rejected(sender=WATCHER)
    assert plan(said(other), COMPANY)[0].id != first


def test_what_is_about_no_ticket_has_no_number() -> None:
    """O3"""
    about = plan(said(sender_held()), COMPANY)[0].about
    assert (about.number, about.title) == (None, "Posso falar com alguém?")
    about = plan(said(mail_decision_asked(sender=None)), COMPANY)[0].about
    assert (about.number, about.title) == (None, "Posso falar com alguém?")
