"""Contrast by WCAG, and shades that have enough of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.shared.colours import BLACK, WHITE, contrast, readable_on, shade

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (BLACK, WHITE, 21.0),
        (WHITE, WHITE, 1.0),
        ("#767676", WHITE, 4.54),
        ("#ff0000", WHITE, 4.0),
        ("#777777", WHITE, 4.48),
    ],
)
def test_the_contrast_is_that_of_wcags_own_examples(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected, abs=0.005)


@settings(deadline=None)
@given(COLOURS)
def test_black_or_white_can_be_read_on_every_colour(colour: str) -> None:
    assert contrast(readable_on(colour), colour) >= 4.5


@settings(deadline=None)
@given(COLOURS, st.sampled_from([WHITE, "#1b222c", BLACK, "#f2f4f7"]))
def test_every_colour_has_a_shade_that_can_be_read(colour: str, against: str) -> None:
    assert contrast(shade(colour, against, 4.5), against) >= 4.5


@settings(deadline=None)
@given(COLOURS)
def test_a_colour_that_stands_out_enough_stays_as_it_is(colour: str) -> None:
    assert (shade(colour, WHITE, 3.0) == colour) is (contrast(colour, WHITE) >= 3.0)
