"""Merging tickets: one survives, the others are resolved into it, all at once (W13)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import LinkedTicket, Party, TicketAbsorbed, TicketMerged, TicketNoted
from balcao.tickets.domain.conditions import CannotMerge
from balcao.tickets.domain.fields import MOST_WATCHERS
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import resolve_step
from balcao.tickets.domain.ticket import Link, Ticket

MOST_MERGED = 20


def merge(
    survivor: Ticket, others: Sequence[Ticket], by: Party, at: datetime, *, operation_id: str, comment: str = ""
) -> tuple[Change[Ticket], ...]:
    """Merge `others` into `survivor`: the changes of all of them, the survivor's first.

    Requesters and watchers of the merged ones get copies of the survivor from now on. Raises `CannotMerge` unless all
    are open, none has open tasks and all are of one workspace; it names every reason for each ticket.
    """
    _allowed(survivor, others)
    changes = [_absorb(survivor, others, by, operation_id, comment)]
    changes.extend(_merged(other, survivor, by, at, operation_id, comment) for other in others)
    return tuple(changes)


def linked(ticket: Ticket) -> LinkedTicket:
    """A ticket as facts about another one name it, which is changed by the same step."""
    return LinkedTicket(id=ticket.id, number=ticket.number, title=ticket.title, version=ticket.version + 1)


def _allowed(survivor: Ticket, others: Sequence[Ticket]) -> None:
    together = (survivor, *others)
    if len({one.id for one in together}) < 2 or len({one.id for one in together}) != len(together):
        raise CannotMerge("name two or more different tickets", tickets=[])
    if len(others) > MOST_MERGED:
        raise CannotMerge(f"at most {MOST_MERGED} tickets can be merged into one at once", tickets=[])
    refused = [{"number": one.number, "reasons": reasons} for one in together if (reasons := _reasons(one, survivor))]
    if len(_joining(survivor, others)) + len(survivor.watchers) > MOST_WATCHERS:
        refused.append({"number": survivor.number, "reasons": [{"code": "too-many-watchers", "most": MOST_WATCHERS}]})
    if refused:
        numbers = ", ".join(f"#{one['number']}" for one in refused)
        raise CannotMerge(f"these stand in the way: {numbers}", tickets=refused)


def _reasons(ticket: Ticket, survivor: Ticket) -> list[dict[str, Any]]:
    """All that keeps one ticket from being merged."""
    reasons: list[dict[str, Any]] = []
    if ticket.status != "open":
        reasons.append({"code": "not-open", "status": ticket.status})
    # Also those in external approval: they may come back, and would find nobody here.
    tasks = [task.number for task in ticket.tasks if task.state in ("requested", "open")]
    if tasks:
        reasons.append({"code": "open-tasks", "tasks": tasks})
    if ticket.workspace_id != survivor.workspace_id:
        reasons.append({"code": "other-workspace", "workspace_id": ticket.workspace_id})
    return reasons


def _joining(survivor: Ticket, others: Sequence[Ticket]) -> tuple[Party, ...]:
    """Who gets copies of the survivor through the merge and did not before: each address once."""
    seen = {survivor.requester.address, *(one.address for one in survivor.watchers)}
    joining: list[Party] = []
    for other in others:
        for party in (other.requester, *other.watchers):
            if party.address and party.address not in seen:
                seen.add(party.address)
                joining.append(party)
    return tuple(joining)


def _absorb(survivor: Ticket, others: Sequence[Ticket], by: Party, operation_id: str, comment: str) -> Change[Ticket]:
    joining = _joining(survivor, others)
    links = tuple(Link(kind="merged_from", id=one.id, number=one.number, title=one.title) for one in others)
    revision = Revision(survivor)
    revision.set(watchers=(*survivor.watchers, *joining), links=(*survivor.links, *links))
    theirs = {task.id for other in others for task in other.tasks}  # work on them may go on here, if it begins again
    revision.set(left_tasks=tuple(id_ for id_ in survivor.left_tasks if id_ not in theirs))
    revision.say(
        TicketAbsorbed,
        operation_id=operation_id,
        merged=tuple(linked(one) for one in others),
        watchers_added=joining,
    )
    if comment:
        revision.say(TicketNoted, author=by, text=comment)
    touch(revision, by)
    return revision.done()


def _merged(
    ticket: Ticket, survivor: Ticket, by: Party, at: datetime, operation_id: str, comment: str
) -> Change[Ticket]:
    link = Link(kind="merged_into", id=survivor.id, number=survivor.number, title=survivor.title)
    revision = Revision(ticket)
    revision.set(merged_into=survivor.id, links=(*ticket.links, link))
    revision.say(TicketMerged, operation_id=operation_id, into=linked(survivor))
    if comment:
        revision.say(TicketNoted, author=by, text=comment)
    resolve_step(revision, "merged", at)
    return revision.done()
