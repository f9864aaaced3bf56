"""Where a message goes: into the ticket it points at, into a new one, or held for a person to decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from balcao.shared.events import Party
from balcao.tickets.domain.status import window_is_over
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import FINAL, Ticket

Rule = Literal["token", "own_message_id", "reference", "subject_tag"]
ORDER: tuple[Rule, ...] = ("token", "own_message_id", "reference", "subject_tag")
"""The strongest evidence first: a signature can't be forged, a subject can be typed by anybody."""
SIGNED: frozenset[Rule] = frozenset({"token", "own_message_id"})
"""Evidence that proves that whoever writes has had one of our mails about the ticket."""


@dataclass(frozen=True)
class Append:
    """The message joins this ticket, by this rule."""

    ticket: Ticket
    rule: Rule


@dataclass(frozen=True)
class Open:
    """The message opens a ticket; `related` is one it pointed at that can't take it any more (W2)."""

    rule: str
    related: Ticket | None = None


@dataclass(frozen=True)
class Hold:
    """The sender is no part of the ticket pointed at, or is `disproven`: a person decides."""

    ticket: Ticket
    rule: Rule
    disproven: bool = False


def place(
    sender: Party,
    pointed_at: tuple[tuple[Rule, Ticket], ...],
    team: Team,
    at: datetime | None = None,
    *,
    disproven: bool = False,
) -> Append | Open | Hold:
    """Decide by the first evidence that leads to a ticket of the company; `at` is when the message came.

    Whoever is no part of the ticket and not of the team does not enter it, whatever they hold in their hands. A draft
    is nothing that could be pointed at: nobody outside knows of it (O12). Of somebody who is `disproven` only signed
    evidence counts, and none lets them act as a colleague, whose words alone take a ticket out of triage (H2, W3).
    """
    for rule, ticket in pointed_at:
        if ticket.draft is not None:
            continue
        is_member = sender.address is not None and team.by_address(sender.address.lower()) is not None
        if not ticket.is_part(sender.address) and not is_member:
            return Hold(ticket, rule)
        if disproven and (is_member or rule not in SIGNED):
            return Hold(ticket, rule, disproven=True)
        if ticket.status in FINAL:
            return Open(rule=f"{rule}_to_{ticket.status}", related=ticket)
        if window_is_over(ticket, at):
            return Open(rule=f"{rule}_to_closed", related=ticket)
        return Append(ticket, rule)
    return Open(rule="no_evidence")
