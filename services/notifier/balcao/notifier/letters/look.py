"""How a company's letters look: its colour with the shades that can be read by day and by night, and its logo."""

from dataclasses import dataclass
from functools import lru_cache

from balcao.shared.colours import readable_on, shade
from balcao.shared.events import CompanyLogo, CompanyProfile

DEFAULT_COLOUR = "#0f766e"
CARD, NIGHT_CARD = "#ffffff", "#1b222c"
"""What letters are written on, by day and by night."""
_TEXT_CONTRAST = 4.5
_MOST_WIDTH, _MOST_HEIGHT = 200, 56


@dataclass(frozen=True)
class Shades:
    """A company's colour, and what it takes for others to be read on it and it on others (WCAG 2.2 AA)."""

    colour: str
    ink: str
    """Text on the colour."""
    link: str
    """The colour as text on the card."""
    night: str
    """The colour on the dark card, as text and as a button."""
    night_ink: str


@dataclass(frozen=True)
class Logo:
    """A logo as letters show it."""

    content_id: str
    width: int
    height: int


@lru_cache(maxsize=1024)
def shades_of(colour: str) -> Shades:
    """The shades of a colour `#rrggbb`."""
    night = shade(colour, NIGHT_CARD, _TEXT_CONTRAST)
    return Shades(colour, readable_on(colour), shade(colour, CARD, _TEXT_CONTRAST), night, readable_on(night))


def shades_for(company: CompanyProfile) -> Shades:
    """The shades of a company's colour, or of ours."""
    return shades_of(company.colour or DEFAULT_COLOUR)


def logo_of(logo: CompanyLogo) -> Logo:
    """A logo at the size it is shown: never enlarged, at most 200 by 56 pixels."""
    scale = min(1.0, _MOST_WIDTH / logo.width, _MOST_HEIGHT / logo.height)
    return Logo(logo_content_id(logo), max(1, round(logo.width * scale)), max(1, round(logo.height * scale)))


def logo_content_id(logo: CompanyLogo) -> str:
    """How the HTML names the logo: it follows from its bytes, and no image of an answer is called so."""
    return f"logo.{logo.file_id.rpartition(':')[2][:32]}@balcao"
