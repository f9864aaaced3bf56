"""The board's order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from balcao.shared.errors import Invalid
from balcao.workflow.domain.places import place_on_the_board, read_place, spans
from tests.unit.workflow.builders import AT, LATER

STATES = ("open", "completed", "cancelled")
dates = st.datetimes(timezones=st.just(UTC), allow_imaginary=False)


def test_open_tasks_come_by_urgency_then_completed_then_cancelled_ones_latest_first() -> None:
    in_order = [
        place_on_the_board(9, "open", AT, None),
        place_on_the_board(3, "open", LATER, None),
        place_on_the_board(1, "open", None, None),
        place_on_the_board(2, "open", None, None),
        place_on_the_board(8, "completed", AT, LATER),
        place_on_the_board(7, "completed", None, AT),
        place_on_the_board(6, "cancelled", None, LATER),
        place_on_the_board(5, "cancelled", None, AT),
    ]
    assert sorted(in_order) == in_order


def test_the_same_instant_in_two_zones_is_the_same_place() -> None:
    in_brazil = AT.astimezone(timezone(timedelta(hours=-3)))
    assert place_on_the_board(1, "open", in_brazil, None) == place_on_the_board(1, "open", AT, None)


def test_a_due_date_before_1970_or_after_5138_still_has_a_place() -> None:
    early, late = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    places = [place_on_the_board(1, "open", due, None) for due in (early, AT, late, None)]
    assert places == sorted(places)
    assert all(read_place(place) == place for place in places)


@given(st.sampled_from(STATES), st.integers(1, 10**6), st.one_of(st.none(), dates), dates, st.integers(0, 10**6))
def test_a_place_lies_in_exactly_one_span_of_its_state_and_of_the_whole_board(
    state: str, number: int, at: datetime | None, now: datetime, last_number: int
) -> None:
    """Nothing is left out and nothing comes twice, however the board is cut into spans."""
    place = place_on_the_board(number, state, at, at)  # type: ignore[arg-type]
    for wanted in (*STATES, None):
        around = [low < read_place(place) < high for low, high in spans(wanted, None, now, last_number)]
        assert sum(around) == (wanted in (state, None))


@given(st.sampled_from(STATES), st.integers(1, 10**6), dates, dates)
@example("open", 1, datetime(2287, 1, 1, tzinfo=UTC), datetime(5138, 1, 1, tzinfo=UTC))
def test_spans_go_on_right_behind_a_place(state: str, number: int, at: datetime, now: datetime) -> None:
    place = place_on_the_board(number, state, at, at)  # type: ignore[arg-type]
    following = place_on_the_board(number + 1, state, at, at)  # type: ignore[arg-type]
    left = list(spans(None, place, now, 500))
    assert left[0][0] == place
    assert not any(low < place < high for low, high in left)
    assert sum(low < following < high for low, high in left) == 1


@given(st.text())
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_place(text + "x")
