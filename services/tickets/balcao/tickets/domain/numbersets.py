"""Sets of ticket numbers: one bit per number, block by block, in memory as integers and stored as bytes.

Two sets meet or join at the speed of the processor, however many tickets they hold.
"""

from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache

BLOCK = 1 << 14
"""Numbers in one block."""
_BYTES = BLOCK // 8
_SPARSE, _DENSE = b"\x00", b"\x01"
_MOST_SPARSE = _BYTES // 2
"""Past as many members a bit for each number is shorter than two bytes for each member."""


def block_of(number: int) -> int:
    """The block a number is in."""
    return number // BLOCK


def bits_of(numbers: Iterable[int]) -> int:
    """The set of these numbers within their block."""
    raw = bytearray(_BYTES)
    for number in numbers:
        place = number % BLOCK
        raw[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(raw, "little")


def pack(bits: int) -> bytes:
    """A set as it is stored: the shorter of a list of members and a bit for each number."""
    if bits.bit_count() > _MOST_SPARSE:
        return _DENSE + bits.to_bytes(_BYTES, "little")
    members = array("H", _ascending(bits))
    return _SPARSE + members.tobytes()


@lru_cache(1_024)
def unpack(raw: bytes) -> int:
    """The set that `pack` stored. Raises `ValueError` for bytes it never made.

    Lists that are looked at again read the same sets: the latest, two kilobytes each, stay unpacked.
    """
    kind, rest = raw[:1], raw[1:]
    if kind == _DENSE:
        return int.from_bytes(rest, "little")
    if kind != _SPARSE:
        raise ValueError("these bytes are no set of numbers")
    members = array("H")
    members.frombytes(rest)
    return bits_of(members)


def newest_first(bits: int, block: int) -> Iterator[int]:
    """The numbers of a block's set, the highest first."""
    for place in reversed(_ascending(bits)):
        yield block * BLOCK + place


def oldest_first(bits: int, block: int) -> Iterator[int]:
    """The numbers of a block's set, the lowest first."""
    for place in _ascending(bits):
        yield block * BLOCK + place


def below(number: int, block: int) -> int:
    """All numbers of a block that are lower than a number."""
    first = block * BLOCK
    if number <= first:
        return 0
    return (1 << min(number - first, BLOCK)) - 1


def _ascending(bits: int) -> list[int]:
    places: list[int] = []
    for at, byte in enumerate(bits.to_bytes(_BYTES, "little")):
        if byte:
            places.extend(at * 8 + bit for bit in _BITS[byte])
    return places


_BITS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))
