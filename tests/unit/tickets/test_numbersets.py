"""Sets of numbers are what sets are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.tickets.domain.numbersets import (
    BLOCK,
    below,
    bits_of,
    newest_first,
    oldest_first,
    pack,
    unpack,
)

BLOCK_NO = 3
members = st.sets(st.integers(BLOCK_NO * BLOCK, (BLOCK_NO + 1) * BLOCK - 1), max_size=60)


@given(members)
def test_what_is_packed_comes_back(numbers: set[int]) -> None:
    bits = unpack(pack(bits_of(numbers)))
    assert list(newest_first(bits, BLOCK_NO)) == sorted(numbers, reverse=True)
    assert list(oldest_first(bits, BLOCK_NO)) == sorted(numbers)


@pytest.mark.parametrize("step", [1, 2, 3, 16, 17, 1000])
def test_sets_of_any_density_come_back_and_stay_small(step: int) -> None:
    numbers = range(0, BLOCK, step)
    raw = pack(bits_of(numbers))
    assert list(oldest_first(unpack(raw), 0)) == list(numbers)
    assert len(raw) <= 1 + min(2 * len(numbers), BLOCK // 8)


@given(members, st.integers(0, 6 * BLOCK))
def test_those_below_a_number_are_those_below_it(numbers: set[int], number: int) -> None:
    left = bits_of(numbers) & below(number, BLOCK_NO)
    assert set(newest_first(left, BLOCK_NO)) == {one for one in numbers if one < number}


def test_bytes_that_are_no_set_are_refused() -> None:
    with pytest.raises(ValueError, match="no set"):
        unpack(b"\x07abc")
