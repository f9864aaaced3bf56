"""How far a request is, in words for whoever asked: never what a task, a phase or a colleague is called (P5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from balcao.shared.catalogues import N_
from balcao.shared.language import Language
from balcao.tickets.domain.production import is_open
from balcao.tickets.domain.ticket import Ticket

WORDS: dict[str, str] = {
    "received": N_("received"),
    "analysis": N_("being looked at"),
    "planning": N_("being planned"),
    "production": N_("in production"),
    "delivery": N_("in the final check"),
    "your_approval": N_("waiting for your approval"),
    "your_answer": N_("waiting for your answer"),
    "waiting": N_("on hold for now"),
    "resolved": N_("concluded"),
    "closed": N_("closed"),
    "cancelled": N_("cancelled"),
}
_WITH_A_DATE = frozenset({"received", "analysis", "planning", "production", "delivery", "your_approval", "waiting"})


@dataclass(frozen=True)
class Progress:
    """Where a request stands, as a word for programs and as a sentence for its requester."""

    code: str
    text: str
    promised_for: datetime | None
    """The date that was given to them; what production has planned is its own business until somebody promises it."""
    parts: int
    """How much is being made for them, given up parts left out; 0 while nothing is."""
    parts_ready: int


def progress(ticket: Ticket, language: Language) -> Progress:
    """Where the request stands, in the reader's language and the company's time zone."""
    code = _code(ticket)
    made = [task for task in ticket.tasks if task.state not in ("cancelled", "requested")]
    ready = sum(not is_open(task) for task in made)
    promised = ticket.promised_for if code in _WITH_A_DATE else None
    text = language.gettext(WORDS[code])
    if code == "production" and len(made) > 1:
        text = language.gettext(N_("%(state)s (%(ready)s of %(parts)s parts are ready)")) % {
            "state": text,
            "ready": ready,
            "parts": len(made),
        }
    if promised is not None:
        text = language.gettext(N_("%(state)s, expected for %(day)s")) % {
            "state": text,
            "day": language.day(promised),
        }
    return Progress(code, text, promised, len(made), ready)


def code_of(row: Mapping[str, Any]) -> str:
    """The word alone, of a ticket as it is stored: what a list shows."""
    status, stage = str(row["status"]), str(row["stage"])
    if status in ("resolved", "closed", "cancelled"):
        return status
    if status == "waiting":
        return "your_answer" if (row.get("wait") or {}).get("reason") == "more_information" else "waiting"
    if any(one["state"] == "asked" for one in row.get("approvals") or ()):
        return "your_approval"
    return "received" if stage == "triage" else stage


def _code(ticket: Ticket) -> str:
    return code_of(ticket.model_dump(include={"status", "stage", "wait", "approvals"}))
