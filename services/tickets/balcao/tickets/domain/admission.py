"""Who comes in: what a company wants done with a first mail from somebody it does not know (O3).

Nobody is dropped silently: whoever is not let in is either told so, or waits for a person of the team to decide.
"""

from dataclasses import dataclass
from typing import Literal

from balcao.shared.events import MessageReceived, Party
from balcao.tickets.domain.proof import is_disproven
from balcao.tickets.domain.team import Team

HeldBecause = Literal["unknown_sender", "sender_not_proven", "sender_not_answerable"]
_MOST_DECIDERS = 20


@dataclass(frozen=True)
class Admit:
    """They become a guest, and their message a ticket."""


@dataclass(frozen=True)
class KeepWaiting:
    """A person of the team decides."""

    because: HeldBecause


@dataclass(frozen=True)
class TurnAway:
    """They are told that the company takes requests from people it knows only."""


Admission = Admit | KeepWaiting | TurnAway


def lets_everybody_in(team: Team) -> bool:
    """Whether the company lets everybody in: then nobody has to look who somebody is."""
    return team.company.policies.unknown_sender == "register"


def admission(message: MessageReceived, team: Team) -> Admission:
    """What becomes of a message by somebody whom the company does not know, or who is disproven.

    Whoever writes on the portal has signed in, so the company knows them; about a mail that a person let in at intake
    it is decided already. A rejection goes out only where it reaches whoever wrote: to a forged address it would bother
    a stranger, and machines might answer it. Such a message is held, as is any that is disproven.
    """
    if message.let_in_by is not None:
        return Admit()
    policy, doubted = team.company.policies.unknown_sender, is_disproven(message)
    if (policy == "register" and not doubted) or message.channel == "portal":
        return Admit()
    if policy == "hold" and not doubted:
        return KeepWaiting("unknown_sender")
    if message.authentication is not None and not message.authentication.authenticated:
        return KeepWaiting("sender_not_proven")
    if not message.sender.address or message.wants_no_automatic_answer:
        return KeepWaiting("sender_not_answerable")
    return TurnAway()


def deciders(team: Team) -> tuple[Party, ...]:
    """Who of the team is told that somebody waits: who serves the company, and its administrators."""
    chosen = {person.id: person.party() for person in team.members.values() if "admin" in person.roles}
    analyst = team.analyst(None)
    if analyst is not None and analyst.person_id is not None:
        chosen = {analyst.person_id: analyst, **chosen}
    if not chosen:
        chosen = {person.id: person.party() for person in team.members.values() if "agent" in person.roles}
    return tuple(chosen.values())[:_MOST_DECIDERS]
