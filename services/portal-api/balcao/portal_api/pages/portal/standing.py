"""Where a request stands, as its requester reads it: a few words, a sign, and whether it is their move."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from balcao.portal_api.language import Language
from balcao.portal_api.pages import labels
from balcao.shared.catalogues import N_


@dataclass(frozen=True)
class Standing:
    """`look` is the style: `you` (their move), `work`, `ok`, or none."""

    words: str
    icon: str
    look: str = ""

    @property
    def awaits_you(self) -> bool:
        """Whether the team waits for this person."""
        return self.look == "you"


_YOURS = {"your_answer": (N_("Waiting for you"), "chat"), "your_approval": (N_("Waiting for your approval"), "check")}
_OVER = {"resolved": ("check-ring", "ok"), "closed": ("check-ring", "ok"), "cancelled": ("x", "")}


def standing_of(ticket: Mapping[str, Any], language: Language) -> Standing:
    """The standing of a ticket as `public_view` gives it."""
    code, status = str((ticket.get("how_far") or {}).get("code")), str(ticket["status"])
    if status in _OVER:
        icon, look = _OVER[status]
        return Standing(language.gettext(labels.STATUSES[status]), icon, look)
    if code in _YOURS:
        words, icon = _YOURS[code]
        return Standing(language.gettext(words), icon, "you")
    if status == "waiting":
        return Standing(language.gettext(N_("On hold for now")), "clock")
    step = int(ticket["step"])
    return Standing(language.gettext(labels.PORTAL_STEPS[step]), "half" if step else "circle", "work" if step else "")
