"""What a delivery's id follows from, and when a mail is tried again."""

from datetime import timedelta

import pytest

from balcao.notifier.domain.deliveries import next_try, plan
from tests.support.told_facts import AT, COMPANY, WATCHER, held, production_finished, replied, said


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
    assert plan(said(held()), COMPANY)[0].ticket.number == 12


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 2), (1, 2), (2, 10), (3, 60), (4, 300), (5, 900), (6, 3600), (7, 3600), (100, 3600)]
)
def test_each_refusal_makes_the_wait_longer_up_to_an_hour(tries: int, seconds: int) -> None:
    assert next_try(tries, AT, 0.5) == AT + timedelta(seconds=seconds)


def test_mails_refused_together_do_not_come_back_together() -> None:
    earliest, latest = next_try(3, AT, 0.0), next_try(3, AT, 1.0)
    assert (latest - earliest) == timedelta(seconds=24)
