"""How far a mailbox has been read, and which mails follow from that."""

from datetime import UTC, datetime

import pytest

from balcao.intake.imap.poller import pause_after
from balcao.intake.imap.position import SPAN, Begin, Position
from balcao.intake.imap.standing import State

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "span"),
    [("unseen", (1, 40, b"UNSEEN")), ("all", (1, 40, b"")), ("new", (41, None, b""))],
)
def test_what_was_there_before_is_taken_as_the_settings_say(begin: Begin, span: tuple[int, int | None, bytes]) -> None:
    assert Position.first(begin, 7, 40, AT).next_span(begin, 40) == span


@pytest.mark.parametrize(
    ("begin", "criteria"),
    [("unseen", b"OR UNSEEN SINCE 28-Feb-2026"), ("all", b""), ("new", b"SINCE 28-Feb-2026")],
)
def test_after_a_new_numbering_all_that_may_be_ours_is_looked_at_again(begin: Begin, criteria: bytes) -> None:
    position = Position.first(begin, 7, 40, AT).done_to(90).numbered_anew(8, 60)

    assert position.next_span(begin, 60) == (1, 60, criteria)
    assert position.done_to(60).next_span(begin, 60) == (61, None, b"")


def test_a_large_folder_is_looked_through_in_spans_to_its_end() -> None:
    position, spans = Position.first("all", 7, 2 * SPAN + 5, AT), []
    while True:
        low, high, _ = position.next_span("all", 2 * SPAN + 5)
        spans.append((low, high))
        if high is None:
            break
        position = position.done_to(high)

    assert spans == [(1, SPAN), (SPAN + 1, 2 * SPAN), (2 * SPAN + 1, 2 * SPAN + 5), (2 * SPAN + 6, None)]


def test_a_mail_that_is_left_is_counted_until_it_is_taken() -> None:
    position = Position.first("all", 7, 9, AT).leaving(3, "once", AT).leaving(4, "other", AT).leaving(3, "twice", AT)

    assert [(one.uid, one.tries, one.reason) for one in position.left] == [(4, 1, "other"), (3, 2, "twice")]
    assert [one.uid for one in position.without(3).left] == [4]


@pytest.mark.parametrize(
    ("state", "first", "last"),
    [("away", 1, 300), ("store_away", 1, 15), ("no_company", 15, 60), ("refused", 60, 1800)],
)
def test_tries_are_further_and_further_apart_up_to_a_bound(state: State, first: float, last: float) -> None:
    def middle() -> float:
        return 0.5

    pauses = [pause_after(state, failures, middle) for failures in range(1, 40)]

    assert (pauses[0], pauses[-1]) == (first, last)
    assert pauses == sorted(pauses)


def test_two_mailboxes_of_one_server_do_not_try_at_the_same_moment() -> None:
    assert pause_after("away", 3, lambda: 0.0) == 3.0
    assert pause_after("away", 3, lambda: 1.0) == 5.0
