"""Colours and how well they stand out from each other, by WCAG 2.2."""

import re
from functools import lru_cache

WHITE = "#ffffff"
BLACK = "#000000"
COLOUR = re.compile(r"#[0-9a-f]{6}")
_STEPS = 256


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """How light a colour (`#rrggbb`) is: 0 black to 1 white (relative luminance)."""
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours: 1 for the same, 21 for black and white. Text needs 4.5, a button's edge 3."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str) -> str:
    """Black or white, whichever is read more easily on this colour; the contrast is 4.58 at least."""
    return WHITE if contrast(colour, WHITE) >= contrast(colour, BLACK) else BLACK


@lru_cache(maxsize=4096)
def shade(colour: str, against: str, least: float) -> str:
    """The colour itself where it stands out enough from `against`, else the nearest darker or lighter shade that does.

    Darker before a light background, lighter before a dark one.
    """
    towards = BLACK if contrast(against, BLACK) >= contrast(against, WHITE) else WHITE
    for step in range(_STEPS + 1):
        mixed = _mix(colour, towards, step / _STEPS)
        if contrast(mixed, against) >= least:
            return mixed
    return towards


def _mix(colour: str, towards: str, part: float) -> str:
    pairs = zip(_parts(colour), _parts(towards), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * part):02x}" for one, other in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
