"""What a mail's directives come to: which of them are followed, and why the others are not (O7, O8).

Intake says what was written; here it is held against the company's workspaces and people, and against who may ask.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast, get_args

from balcao.shared.aggregate import Revision
from balcao.shared.events import DirectiveTaken, MailDirective, MessageReceived, Party
from balcao.tickets.domain.fields import Edit, Known, edit_step
from balcao.tickets.domain.items import folded
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.proof import is_proven
from balcao.tickets.domain.stages import BEFORE_PLANNING
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Kind, Ticket, rank_of

_AT_DESK = frozenset({"admin", "agent"})
_MOST_PRIORITY = 100
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Wishes:
    """What is to be followed, and the account of all that was asked for."""

    workspace_id: str | None = None
    analyst: Party | None = None
    priority: int | None = None
    kind: Kind | None = None
    taken: tuple[DirectiveTaken, ...] = ()

    @property
    def none_followed(self) -> bool:
        """Whether nothing is to be done."""
        return all(one is None for one in (self.workspace_id, self.analyst, self.priority, self.kind))


NO_WISHES = Wishes()


def wishes_of(asked: Iterable[MailDirective], team: Team) -> Wishes:
    """What the directives of a mail that opens a ticket come to. Everybody who may write may ask for all of them (O7).

    They come with those that weigh more first: of each kind the first that can be followed is; the requester's profile
    and the defaults stand where none can (O8).
    """
    followed: dict[str, Any] = {}
    taken: list[DirectiveTaken] = []
    for one in asked:
        value, meant, ignored = None, None, one.ignored
        if ignored is None and one.kind in followed:
            ignored = "overruled"
        elif ignored is None:
            value, meant, ignored = _MEANINGS[one.kind](one.value or "", team)
        if ignored is None:
            followed[one.kind] = value
        taken.append(DirectiveTaken(kind=one.kind, place=one.place, given=one.given, meant=meant, ignored=ignored))
    return Wishes(
        workspace_id=followed.get("workspace"),
        analyst=followed.get("analyst"),
        priority=followed.get("priority"),
        kind=followed.get("type"),
        taken=tuple(taken),
    )


def wishes_for(ticket: Ticket, message: MessageReceived, team: Team, member: Person | None) -> Wishes:
    """What the directives of a mail that joins a ticket come to.

    Only somebody of the desk changes a ticket by them, as on the screen, and only where it is sure that it was them:
    anybody can write a colleague's name into From. A requester's are set aside, with the reason. What stands in the
    subject was said when the ticket was opened, and every answer repeats it: it is not even listed.
    """
    asked = [one for one in message.directives if one.place == "body"]
    if not asked:
        return NO_WISHES
    if member is None or not _works_at_desk(member):
        return _set_aside(asked, "only_when_opening")
    if not is_proven(message):
        return _set_aside(asked, "sender_not_proven")
    if ticket.status not in ("open", "waiting"):
        return _set_aside(asked, "ticket_is_over")
    return wishes_of(asked, team)


def beginning(ticket: Ticket, wishes: Wishes) -> Ticket:
    """A new ticket, whose workspace is chosen already, with the rest of what was asked for."""
    values: dict[str, Any] = {"directives": wishes.taken}
    if wishes.priority is not None:
        values |= {"priority": wishes.priority, "rank": rank_of(wishes.priority, ticket.number)}
    if wishes.kind is not None:
        values["kind"] = wishes.kind
    if wishes.analyst is not None:
        held = ticket.stage_assignees
        theirs = dict.fromkeys(
            (one for one in BEFORE_PLANNING if held.get(one) in (None, ticket.analyst)), wishes.analyst
        )
        values |= {"analyst": wishes.analyst, "stage_assignees": {**held, **theirs}}
    return ticket.model_copy(update=values)


def follow(revision: Revision[Ticket], wishes: Wishes, by: Party, team: Team) -> None:
    """Do what was asked for as one step of a change, as an edit at the desk would."""
    if wishes.none_followed:
        return
    values: dict[str, Any] = {
        "workspace_id": wishes.workspace_id,
        "analyst_id": wishes.analyst.person_id if wishes.analyst is not None else None,
        "priority": wishes.priority,
        "kind": wishes.kind,
    }
    given = {name: value for name, value in values.items() if value is not None}
    # Constructed as it is: mail takes any whole priority, the desk's form only steps of five (O9).
    edit_step(revision, Edit.model_construct(_fields_set=set(given), **given), by, Known(team=team))


def _set_aside(asked: Iterable[MailDirective], why: str) -> Wishes:
    return Wishes(
        taken=tuple(
            DirectiveTaken(kind=one.kind, place=one.place, given=one.given, ignored=one.ignored or why) for one in asked
        )
    )


def _works_at_desk(person: Person) -> bool:
    return person.active and not _AT_DESK.isdisjoint(person.roles)


_Meaning = tuple[Any, str | None, str | None]
"""The value to follow, its name for people, or else why it is ignored."""


def _workspace(value: str, team: Team) -> _Meaning:
    """By number, else by name; a hashtag writes a name's spaces as hyphens, or leaves them out."""
    there = team.workspaces.values()
    found = [one for one in there if value.isdecimal() and one.number == int(value)]
    found = found or [one for one in there if one.key == value]
    found = found or [one for one in there if _run_together(one.key) == _run_together(value)]
    open_ones = [one for one in found if not one.archived]
    if len(open_ones) == 1:
        return open_ones[0].id, open_ones[0].name, None
    return None, None, "ambiguous" if open_ones else "archived_workspace" if found else "unknown_workspace"


def _analyst(value: str, team: Team) -> _Meaning:
    """Somebody at this company's desk. Whether others have an account here, the answer does not say."""
    person = team.by_address(value.lower())
    if person is None or not _works_at_desk(person):
        return None, None, "not_at_the_desk"
    return person.party(), value.lower(), None


def _priority(value: str, team: Team) -> _Meaning:
    del team
    if not value.isdecimal() or int(value) > _MOST_PRIORITY:
        return None, None, "out_of_range"
    return int(value), str(int(value)), None


def _type(value: str, team: Team) -> _Meaning:
    del team
    return (cast("Kind", value), value, None) if value in get_args(Kind) else (None, None, "unknown_type")


_MEANINGS: dict[str, Callable[[str, Team], _Meaning]] = {
    "workspace": _workspace,
    "analyst": _analyst,
    "priority": _priority,
    "type": _type,
}


def _run_together(name: str) -> str:
    return _BETWEEN_WORDS.sub("", folded(name))
