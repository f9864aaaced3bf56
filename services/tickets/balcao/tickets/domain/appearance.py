"""How a company looks in its letters and pages: its colour has to be seen there."""

from balcao.shared.colours import WHITE, contrast, shade
from balcao.tickets.domain.conditions import ColourTooPale

LEAST_CONTRAST = 3.0
"""To white, which letters are written on: what WCAG 2.2 asks of a button's edge."""


def require_visible(colour: str | None) -> None:
    """Raise `ColourTooPale`, with the nearest shade that would do, for a colour that is lost on white.

    What is read on the colour, and the colour as text, need more: whoever shows it takes the shades that have it.
    """
    if colour is None:
        return
    found = contrast(colour, WHITE)
    if found < LEAST_CONTRAST:
        nearest = shade(colour, WHITE, LEAST_CONTRAST)
        raise ColourTooPale(
            f"this colour can hardly be seen on white: its contrast is {found:.1f} and should be {LEAST_CONTRAST:g}; "
            f"{nearest} is the nearest that will do",
            contrast=round(found, 2),
            least=LEAST_CONTRAST,
            nearest=nearest,
        )
